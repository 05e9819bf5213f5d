/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-codec.h: bytes <-> packets. Pure functions; tn-json.c, tn-decode.c and tn-encode.c are the
 * only files that see jansson.
 *
 * What is wrong in a frame costs as little as possible, for a peer may have written it: a value of
 * the wrong type, a number that is negative, no whole one or above 2^31-1 (never clamped, it would
 * claim what nobody said; sizes are), a name with other characters than an id has, all count as
 * absent. Only what a kind cannot do without makes the frame malformed: ctrl.code, data.topic and
 * seq, meta.topic, pres.topic and what, info.topic and what.
 */
#ifndef TN_CODEC_H
#define TN_CODEC_H

#include "tn-wire.h"

G_BEGIN_DECLS

/* Decode one frame. Returns: (transfer full) the packet; NULL with error set for what is not UTF-8,
 * not JSON, too deep, too large, or lacks what its kind must have. Never aborts, time linear. */
TnPacket *tn_packet_decode(const char *text, gsize length,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL is fine. A login token in the packet is overwritten. */
void tn_packet_free(TnPacket *packet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TnPacket, tn_packet_free)

#define TN_CODEC_ERROR (tn_codec_error_quark())
typedef enum { TN_CODEC_ERROR_MALFORMED, TN_CODEC_ERROR_LIMIT } TnCodecError;
GQuark tn_codec_error_quark(void);

/* Encoders: each returns a newly allocated frame, NUL-terminated. id may be NULL (no reply). What
 * is not UTF-8 in a string shows as U+FFFD. Frames of login and acc hold a secret:
 * tn_secret_free(). credential may be NULL. */
char *tn_encode_hi(const char *id, const char *version, const char *agent, const char *language);
/* login and password as the user typed them; the secret is built here and wiped after. */
char *tn_encode_login_basic(const char *id, const char *login, const char *password,
                            const TnCredential *credential);
char *tn_encode_login_token(const char *id, const char *token, const TnCredential *credential);
/* A new account that is signed in at once. full_name may be NULL. */
char *tn_encode_acc_new(const char *id, const char *login, const char *password,
                        const char *full_name, const TnCredential *credentials,
                        gsize n_credentials);
/* Another password for the user who is signed in. */
char *tn_encode_acc_password(const char *id, const char *password);
char *tn_encode_sub(const char *id, const char *topic, const TnGet *get);
char *tn_encode_leave(const char *id, const char *topic, gboolean is_unsub);
char *tn_encode_get(const char *id, const char *topic, const TnGet *get);
/* A new topic: topic is "new" or "nch" and something unique, and becomes grp... */
char *tn_encode_sub_new(const char *id, const char *topic, const TnSet *set);
char *tn_encode_set(const char *id, const char *topic, const TnSet *set);
/* topic: of messages, a topic and a member; else ignored. */
char *tn_encode_del(const char *id, const char *topic, const TnDelete *what);
char *tn_encode_pub(const char *id, const char *topic, const TnPub *pub, gboolean is_noecho);
/* what: "recv", "read", "kp"; seq 0 for kp. */
char *tn_encode_note(const char *topic, const char *what, guint32 seq);

/* Times on the wire: RFC 3339 UTC with 0 to 3 fractional digits, as Unix ms. 0 if malformed. */
gint64 tn_time_parse(const char *text);
/* The same way back, for TnGet.ims: newly allocated, three fractional digits. */
char *tn_time_format(gint64 time_ms);
/* Overwrite and free a frame or a secret; NULL is fine. */
void tn_secret_free(char *secret);

G_END_DECLS

#endif
