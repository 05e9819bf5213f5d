/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-rights.c: rights in words. */
#include "tinode-rights.h"

#include "tinode-text.h"

#define ADMINS  (TN_ACCESS_APPROVE | TN_ACCESS_OWNER)
#define SHARERS (TN_ACCESS_SHARE | ADMINS)

/* One of these bits is enough; 0: nothing is needed. */
static const struct {
    guint any_of;
    const char *lacking;
} rights[] = {
    [TINODE_DEED_WRITE] = {TN_ACCESS_WRITE,
                           N_("You may read this group, but not write in it: its owner or an "
                              "operator has to allow it. Nothing was sent.")},
    [TINODE_DEED_TOPIC] = {TN_ACCESS_OWNER,
                           N_("Only the owner of this group can change its topic.")},
    [TINODE_DEED_RENAME] = {TN_ACCESS_OWNER, N_("Only the owner of this group can rename it.")},
    [TINODE_DEED_INVITE] = {SHARERS, N_("You may not invite people to this group: its owner or an "
                                        "operator has to allow it.")},
    [TINODE_DEED_KICK] = {ADMINS, N_("Only the owner and the operators of this group can remove "
                                     "people.")},
    [TINODE_DEED_BAN] = {ADMINS,
                         N_("Only the owner and the operators of this group can ban people.")},
    [TINODE_DEED_UNBAN] = {ADMINS,
                           N_("Only the owner and the operators of this group can lift a ban.")},
    [TINODE_DEED_ROLE] = {ADMINS, N_("Only the owner and the operators of this group can change "
                                     "what others may do.")},
    [TINODE_DEED_DELETE] = {TN_ACCESS_OWNER,
                            N_("Only the owner of this group can delete it. /leave leaves it.")},
    [TINODE_DEED_LEAVE] = {0, NULL},
    [TINODE_DEED_ACCEPT] = {0, NULL},
    [TINODE_DEED_CREATE] = {0, NULL},
};

static const char *cannot_leave(void)
{
    return _("This group is yours, so you cannot leave it. /leave delete deletes it for "
             "everybody.");
}

const char *tinode_rights_lacking(const TinodeTopic *topic, TinodeDeed deed)
{
    if (topic->kind == TN_TOPIC_CHANNEL && deed != TINODE_DEED_LEAVE)
        return deed == TINODE_DEED_WRITE
                   ? _("This is a channel: you read it, its authors write it. Nothing was sent.")
                   : _("You are a reader of this channel: only its authors can do that.");
    if (!topic->has_mode)
        return NULL;
    if (deed == TINODE_DEED_LEAVE)
        return (topic->mode & TN_ACCESS_OWNER) != 0 ? cannot_leave() : NULL;
    if (rights[deed].any_of == 0 || (topic->mode & rights[deed].any_of) != 0)
        return NULL;
    return _(rights[deed].lacking);
}

/* The server knows more than our own mode shows. */
static char *forbidden(TinodeDeed deed, const char *whom)
{
    switch (deed) {
    case TINODE_DEED_INVITE:
        /* Translators: %s is a person's name. */
        return g_strdup_printf(_("%s cannot be invited: the group is closed to this person, or "
                                 "this person to groups."),
                               whom);
    case TINODE_DEED_KICK:
    case TINODE_DEED_BAN:
    case TINODE_DEED_ROLE:
        return g_strdup_printf(_("You may not do that to %s. The owner of a group cannot be "
                                 "removed."),
                               whom);
    case TINODE_DEED_LEAVE:
        return g_strdup(cannot_leave());
    case TINODE_DEED_CREATE:
        return g_strdup(_("The server does not let you create a group."));
    default:
        return g_strdup(tinode_request_text(TN_ERROR_FORBIDDEN));
    }
}

char *tinode_rights_refused(const TinodeTopic *topic, TinodeDeed deed, const TnReply *reply,
                            const char *whom)
{
    const char *lacking = topic != NULL ? tinode_rights_lacking(topic, deed) : NULL;

    switch (reply->error) {
    case TN_ERROR_FORBIDDEN:
        return lacking != NULL ? g_strdup(lacking) : forbidden(deed, whom != NULL ? whom : "");
    case TN_ERROR_GONE:
        return whom != NULL ? g_strdup_printf(_("The server does not know %s."), whom)
                            : g_strdup(_("This group does not exist any more."));
    default:
        break;
    }
    if (reply->code == 422 && deed == TINODE_DEED_INVITE && whom != NULL)
        return g_strdup_printf(_("%s cannot be invited: this group is full."), whom);
    return g_strdup(tinode_request_text(reply->error));
}

const char *tinode_rights_blocked(const TinodeTopic *topic)
{
    if ((topic->want & TN_ACCESS_JOIN) != 0 && (topic->given & TN_ACCESS_JOIN) == 0)
        return _("You were banned from it: only its owner or an operator can let you in again.");
    if ((topic->want & TN_ACCESS_JOIN) == 0 && (topic->given & TN_ACCESS_JOIN) != 0)
        return _("You have blocked it.");
    return _("You have blocked it, or its owner does not let you in.");
}

PurpleConvChatBuddyFlags tinode_rights_flags(guint mode, gboolean is_moderated)
{
    if ((mode & TN_ACCESS_OWNER) != 0)
        return PURPLE_CBFLAGS_FOUNDER;
    if ((mode & TN_ACCESS_APPROVE) != 0)
        return PURPLE_CBFLAGS_OP;
    if (is_moderated && (mode & TN_ACCESS_WRITE) != 0)
        return PURPLE_CBFLAGS_VOICE;
    return PURPLE_CBFLAGS_NONE;
}
