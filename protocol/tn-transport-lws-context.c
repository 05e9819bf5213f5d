/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws-context.c: what the transport needs of libwebsockets before there is a socket.
 *
 * A context may outlive its transport for a turn of the loop, because it must not be destroyed
 * inside its own callbacks.
 */
#define _GNU_SOURCE /* RTLD_NODELETE */

#include "tn-transport-lws-context.h"

#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tn-transport-lws-internal.h"

#define READ_BYTES   16384 /* one TLS record: less freezes the program when reading pauses */
#define HEADER_BYTES 16384 /* of an HTTP answer: proxies add a lot */
#define GLUE         "libwebsockets-evlib_glib.so"

static const char *glue = GLUE;
static gboolean is_glue_pinned;

static guint n_contexts, n_contexts_made;
static GSList *graveyard; /* contexts to be destroyed in the next turn */
static guint reaper;

/* Log ------------------------------------------------------------------------------------------ */

static TnLogFunc log_func;
static gpointer log_data;
/* What the log said since it was last asked: the only place that tells why TLS failed. */
static int certificate_error;
static gboolean is_ca_unread;

static void on_log(int level, const char *line)
{
    int number = tn_reason_certificate_error(line);
    g_autofree char *clean = NULL;

    if (number != 0)
        certificate_error = number;
    if (tn_reason_is_ca_unread(line)) {
        if (strstr(line, "/dev/null") != NULL) /* where no CA file is set: see below */
            return;
        is_ca_unread = TRUE;
    }
    if (log_func == NULL)
        return;
    clean = tn_reason_scrub(line);
    log_func(clean, level == LLL_ERR, log_data);
}

/* The hook stays while somebody listens or a context may say why TLS failed. NULL would not take
 * it away: libwebsockets ignores that. */
static void update_log_hook(void)
{
    gboolean is_needed = log_func != NULL || n_contexts > 0;

    lws_set_log_level(LLL_ERR | LLL_WARN, is_needed ? on_log : lwsl_emit_stderr);
}

int tn_lws_take_certificate_error(void)
{
    int number = certificate_error;

    certificate_error = 0;
    return number;
}

/* Contexts ------------------------------------------------------------------------------------- */

/* The glue is loaded by libwebsockets at run time, and unloaded with a context while GLib still
 * holds its functions. Pinned, it stays; and if it is missing this tells. */
gboolean tn_lws_pin_glue(char **error)
{
    const char *why;

    if (is_glue_pinned)
        return TRUE;
    if (dlopen(glue, RTLD_NOW | RTLD_NODELETE) != NULL) {
        is_glue_pinned = TRUE;
        return TRUE;
    }
    why = dlerror();
    *error = g_strdup(why != NULL ? why : glue);
    return FALSE;
}

static void context_destroy(TnLwsContext *holder)
{
    if (holder->context != NULL)
        lws_context_destroy(holder->context); /* calls back: what it finds must still be there */
    g_main_loop_unref(holder->loop);
    tn_ca_file_clear(&holder->ca);
    g_free(holder);
    n_contexts--;
    update_log_hook();
}

/* ca: its path is taken over. */
static TnLwsContext *context_new(gboolean has_tls, TnCaFile *ca, TnCause *cause)
{
    struct lws_context_creation_info info = {0};
    TnLwsContext *holder = g_new0(TnLwsContext, 1);

    holder->refs = 1;
    holder->has_tls = has_tls;
    holder->ca = *ca;
    ca->path = NULL;
    holder->loop = g_main_loop_new(NULL, FALSE);
    holder->loops[0] = holder->loop;
    n_contexts++;
    n_contexts_made++;
    update_log_hook();

    info.options = LWS_SERVER_OPTION_GLIB | (has_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0);
    info.foreign_loops = holder->loops;
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.gid = (gid_t)-1;
    info.uid = (uid_t)-1;
    info.protocols = tn_lws_protocols;
    info.user = holder;
    info.pt_serv_buf_size = READ_BYTES;
    info.max_http_header_data2 = HEADER_BYTES;
    info.fd_limit_per_thread = 64;
    info.timeout_secs = TN_LWS_LIMIT_S;
    info.connect_timeout_secs = TN_LWS_LIMIT_S;
    info.http_proxy_address = ":0"; /* else the environment's proxy is obeyed, and not no_proxy */
    /* Without any, a directory relative to the working directory would be trusted. */
    info.client_ssl_ca_filepath = holder->ca.path != NULL ? holder->ca.path : "/dev/null";
    is_ca_unread = FALSE;
    holder->context = lws_create_context(&info);
    *cause = is_ca_unread              ? TN_CAUSE_TLS_CA_FILE
             : holder->context == NULL ? TN_CAUSE_NO_GLUE
                                       : TN_CAUSE_NONE;
    if (*cause == TN_CAUSE_NONE)
        return holder;
    context_destroy(holder);
    return NULL;
}

static gboolean reap(gpointer user_data)
{
    GSList *dead = g_steal_pointer(&graveyard);

    (void)user_data;
    reaper = 0;
    while (dead != NULL) {
        TnLwsContext *holder = dead->data;

        dead = g_slist_delete_link(dead, dead);
        if (holder->running == NULL) {
            context_destroy(holder);
        } else { /* a callback of it runs a loop of its own */
            graveyard = g_slist_prepend(graveyard, holder);
        }
    }
    if (graveyard != NULL)
        reaper = g_timeout_add(20, reap, NULL);
    return G_SOURCE_REMOVE;
}

TnLwsContext *tn_lws_context_ref(TnLwsContext *holder)
{
    holder->refs++;
    return holder;
}

void tn_lws_context_unref(TnLwsContext *holder)
{
    if (holder == NULL || --holder->refs > 0)
        return;
    if (holder->running == NULL) {
        context_destroy(holder);
        return;
    }
    graveyard = g_slist_prepend(graveyard, holder);
    if (reaper == 0)
        reaper = g_timeout_add(0, reap, NULL);
}

TnLwsContext *tn_lws_context_get(TnLwsContext *holder, gboolean use_tls, const char *ca_file,
                                 TnCause *cause)
{
    TnCaFile ca;

    *cause = TN_CAUSE_NONE;
    if (!tn_ca_file_look(&ca, use_tls ? ca_file : NULL)) {
        *cause = TN_CAUSE_TLS_CA_FILE;
        return NULL;
    }
    if (holder != NULL && holder->has_tls == use_tls && tn_ca_file_is_same(&holder->ca, &ca)) {
        tn_ca_file_clear(&ca);
        return tn_lws_context_ref(holder);
    }
    return context_new(use_tls, &ca, cause);
}

/* Did the server say anything before it left? Telling a closed door from a wrong one. */
void tn_lws_look_at_socket(struct lws *wsi, const TnRelay *relay, TnEvidence *evidence)
{
    int fd = lws_get_socket_fd(wsi);
    guint64 info[TN_TCP_INFO_RECEIVED + 1] = {0};
    socklen_t length = sizeof(info);
    int unread = 0;

    if (fd < 0)
        return;
    /* The end of the stream counts as one byte. */
    if (relay != NULL)
        evidence->is_silent = tn_relay_received(relay) == 0;
    else if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length) == 0 && length == sizeof(info))
        evidence->is_silent = info[TN_TCP_INFO_RECEIVED] <= 1;
    if (ioctl(fd, FIONREAD, &unread) == 0)
        evidence->is_unread = unread > 0;
}

/* For the program and for tests ---------------------------------------------------------------- */

void tn_transport_lws_set_log(TnLogFunc func, gpointer user_data)
{
    log_func = func;
    log_data = user_data;
    /* The code may be about to go: what waits for the next turn is done now. */
    if (func == NULL && reaper != 0) {
        g_source_remove(reaper);
        reap(NULL);
    }
    update_log_hook();
}

void tn_transport_lws_set_glue(const char *file)
{
    glue = file != NULL ? file : GLUE;
    is_glue_pinned = FALSE;
}

guint tn_transport_lws_contexts(void)
{
    return n_contexts;
}

guint tn_transport_lws_contexts_made(void)
{
    return n_contexts_made;
}
