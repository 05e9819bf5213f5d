/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-file-text.c: sentences about files. */
#include "tinode-file-text.h"

#include "tinode-text.h"

static char *too_large(gboolean is_sent, goffset limit)
{
    g_autofree char *size = NULL;

    if (!is_sent)
        return g_strdup(_("The file was not saved: it is larger than its sender said."));
    if (limit <= 0)
        return g_strdup(_("The file was not sent: it is larger than this server takes."));
    size = g_format_size_full((guint64)limit, G_FORMAT_SIZE_IEC_UNITS);
    /* Translators: %s is a size, as in 8.0 MiB. */
    return g_strdup_printf(_("The file was not sent: it is larger than this server takes (%s)."),
                           size);
}

char *tinode_file_failure_text(const TnFailure *why, gboolean is_sent, goffset limit)
{
    g_autofree char *reason = NULL;

    if (why->cause == TN_CAUSE_TOO_LARGE)
        return too_large(is_sent, limit);
    if (why->error == TN_ERROR_GONE)
        return g_strdup(is_sent ? _("The file was not sent: the server takes no files.")
                                : _("The file was not saved: the server does not have it."));
    if (why->error == TN_ERROR_AUTH || why->error == TN_ERROR_FORBIDDEN)
        return g_strdup(is_sent
                            ? _("The file was not sent: the server does not let you.")
                            : _("The file was not saved: the server does not let you have it."));
    if (why->cause == TN_CAUSE_NONE)
        return g_strdup(is_sent ? _("The file was not sent: it could not be read.")
                                : _("The file was not saved."));
    reason = tinode_failure_text(why);
    /* Translators: %s is a whole sentence with the reason. */
    return g_strdup_printf(
        is_sent ? _("The file was not sent. %s") : _("The file was not saved. %s"), reason);
}
