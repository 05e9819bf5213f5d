/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-topic.c: names of topics and access modes. Part of protocol/; pure.
 */
#include "tn-wire.h"

#include <string.h>

/* URL-safe base64 without padding is all that ids are made of. */
static gboolean is_id_tail(const char *text)
{
    if (*text == '\0')
        return FALSE;
    for (; *text != '\0'; text++) {
        if (!g_ascii_isalnum(*text) && *text != '-' && *text != '_')
            return FALSE;
    }
    return TRUE;
}

TnTopicKind tn_topic_kind(const char *topic)
{
    static const struct {
        const char *name;
        TnTopicKind kind;
    } whole[] =
        {
            {"me", TN_TOPIC_ME},
            {"fnd", TN_TOPIC_FND},
            {"slf", TN_TOPIC_SELF},
            {"sys", TN_TOPIC_SYS},
        },
      prefixes[] = {
          {"usr", TN_TOPIC_P2P},
          {"grp", TN_TOPIC_GROUP},
          {"chn", TN_TOPIC_CHANNEL},
      };

    if (topic == NULL)
        return TN_TOPIC_UNKNOWN;
    for (gsize i = 0; i < G_N_ELEMENTS(whole); i++) {
        if (strcmp(topic, whole[i].name) == 0)
            return whole[i].kind;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(topic, prefixes[i].name) && topic[3] != '\0')
            return prefixes[i].kind;
    }
    return TN_TOPIC_UNKNOWN;
}

gboolean tn_topic_is_valid(const char *topic)
{
    return tn_topic_kind(topic) != TN_TOPIC_UNKNOWN && strlen(topic) <= TN_MAX_NAME &&
           is_id_tail(topic);
}

/* In the order in which the server writes them. */
static const char access_letters[] = "JRWPASDO";

static gboolean access_bit(char letter, guint *bit)
{
    const char *at = letter != '\0' ? strchr(access_letters, letter) : NULL;

    if (at == NULL)
        return FALSE;
    *bit = 1u << (at - access_letters);
    return TRUE;
}

gboolean tn_access_parse(const char *mode, guint *bits)
{
    guint sum = 0;

    if (mode == NULL || *mode == '\0')
        return FALSE;
    if (strcmp(mode, "N") != 0) {
        for (; *mode != '\0'; mode++) {
            guint bit;

            if (!access_bit(*mode, &bit))
                return FALSE;
            sum |= bit;
        }
    }
    *bits = sum;
    return TRUE;
}

gboolean tn_access_apply(const char *delta, guint *bits)
{
    guint sum = *bits;
    char sign = '\0';
    gboolean is_empty = TRUE; /* no letter since the last sign */

    if (delta == NULL || (*delta != '+' && *delta != '-'))
        return tn_access_parse(delta, bits);
    for (; *delta != '\0'; delta++) {
        guint bit;

        if (*delta == '+' || *delta == '-') {
            if (sign != '\0' && is_empty)
                return FALSE;
            sign = *delta;
            is_empty = TRUE;
            continue;
        }
        if (!access_bit(*delta, &bit))
            return FALSE;
        sum = sign == '+' ? sum | bit : sum & ~bit;
        is_empty = FALSE;
    }
    if (is_empty)
        return FALSE;
    *bits = sum;
    return TRUE;
}

char *tn_access_format(guint bits)
{
    GString *mode = g_string_sized_new(sizeof access_letters);

    for (gsize i = 0; access_letters[i] != '\0'; i++) {
        if ((bits & (1u << i)) != 0)
            g_string_append_c(mode, access_letters[i]);
    }
    if (mode->len == 0)
        g_string_append_c(mode, 'N');
    return g_string_free(mode, FALSE);
}
