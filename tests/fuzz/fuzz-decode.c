/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-decode.c: libFuzzer entry: any bytes as a frame. Whatever is decoded is looked at whole, so
 * that a sanitizer sees what the fields point to, and kept within the ceilings.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void look(const char *text, gsize max)
{
    MUST(text == NULL || (strlen(text) <= max && g_utf8_validate(text, -1, NULL)));
}

static void look_at_card(const TnCard *card)
{
    look(card->fn, TN_MAX_TEXT);
    look(card->note, TN_MAX_TEXT);
    look(card->org, TN_MAX_TEXT);
    look(card->org_title, TN_MAX_TEXT);
    look(card->photo_type, TN_MAX_TEXT);
    look(card->photo_data, TN_MAX_PHOTO);
    look(card->photo_ref, G_MAXSIZE);
    MUST(card->fn == NULL || strpbrk(card->fn, "\r\n\t") == NULL);
    MUST(card->n_comm <= TN_MAX_COMM);
    for (gsize i = 0; i < card->n_comm; i++) {
        MUST(card->comm[i].kind != NULL && card->comm[i].value != NULL);
        look(card->comm[i].kind, TN_MAX_TEXT);
        look(card->comm[i].value, TN_MAX_TEXT);
        MUST(strpbrk(card->comm[i].value, "\r\n\t") == NULL);
    }
}

static void look_at_row(const TnRow *row)
{
    look(row->topic, TN_MAX_NAME);
    look(row->user, TN_MAX_NAME);
    look_at_card(&row->card);
    look(row->matched, G_MAXSIZE);
    look(row->comment, TN_MAX_TEXT);
    look(row->seen_agent, TN_MAX_TEXT);
    MUST(row->seq <= G_MAXINT32 && row->read <= G_MAXINT32 && row->recv <= G_MAXINT32);
}

static void look_at_ranges(const TnRange *ranges, gsize n)
{
    MUST(n <= TN_MAX_ROWS);
    for (gsize i = 0; i < n; i++)
        MUST(ranges[i].low >= 1 && ranges[i].low <= ranges[i].high);
}

static void look_at_ctrl(const TnCtrl *ctrl)
{
    look(ctrl->id, TN_MAX_TEXT);
    look(ctrl->topic, TN_MAX_NAME);
    look(ctrl->text, TN_MAX_TEXT);
    look(ctrl->what, TN_MAX_TEXT);
    look(ctrl->user, TN_MAX_NAME);
    look(ctrl->token, 4096);
    look(ctrl->url, 4096);
    look(ctrl->new_topic, TN_MAX_NAME);
    for (guint i = 0; ctrl->cred != NULL && ctrl->cred[i] != NULL; i++)
        look(ctrl->cred[i], TN_MAX_TEXT);
}

static void look_at_data(const TnData *data)
{
    g_autofree char *html = tn_content_to_html(data->content);
    g_autofree char *text = tn_content_to_text(data->content);

    MUST(data->topic != NULL && data->seq > 0);
    look(data->topic, TN_MAX_NAME);
    look(data->from, TN_MAX_NAME);
    look(data->mime, TN_MAX_TEXT);
    look(data->client_id, TN_MAX_TEXT);
    look(data->webrtc, TN_MAX_TEXT);
    look(html, G_MAXSIZE);
    look(text, G_MAXSIZE);
}

static void look_at_meta(const TnMeta *meta)
{
    look(meta->topic, TN_MAX_NAME);
    if (meta->desc != NULL)
        look_at_row(meta->desc);
    MUST(meta->n_subs <= TN_MAX_ROWS);
    for (gsize i = 0; i < meta->n_subs; i++)
        look_at_row(&meta->subs[i]);
    look_at_ranges(meta->del, meta->n_del);
    for (guint i = 0; meta->tags != NULL && meta->tags[i] != NULL; i++) {
        MUST(i < TN_MAX_TAGS);
        look(meta->tags[i], TN_MAX_TEXT);
    }
}

static void look_at_pres(const TnPres *pres)
{
    look(pres->topic, TN_MAX_NAME);
    look(pres->src, TN_MAX_NAME);
    look(pres->act, TN_MAX_NAME);
    look(pres->tgt, TN_MAX_NAME);
    look(pres->agent, TN_MAX_TEXT);
    look(pres->want, TN_MAX_TEXT);
    look(pres->given, TN_MAX_TEXT);
    look_at_ranges(pres->del, pres->n_del);
}

static void look_at_info(const TnInfo *info)
{
    look(info->topic, TN_MAX_NAME);
    look(info->src, TN_MAX_NAME);
    look(info->from, TN_MAX_NAME);
    MUST(info->seq <= G_MAXINT32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *frame = g_malloc(size + 1);
    TnPacket *packet;

    memcpy(frame, data, size);
    frame[size] = '\0';
    packet = tn_packet_decode(frame, size, &error);
    MUST((packet == NULL) == (error != NULL));
    if (packet == NULL)
        return 0;
    switch (packet->kind) {
    case TN_PACKET_CTRL:
        look_at_ctrl(&packet->ctrl);
        break;
    case TN_PACKET_DATA:
        look_at_data(&packet->data);
        break;
    case TN_PACKET_META:
        look_at_meta(&packet->meta);
        break;
    case TN_PACKET_PRES:
        look_at_pres(&packet->pres);
        break;
    case TN_PACKET_INFO:
        look_at_info(&packet->info);
        break;
    case TN_PACKET_OTHER:
        break;
    }
    tn_packet_free(packet);
    return 0;
}
