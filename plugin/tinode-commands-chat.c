/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands-chat.c: commands about groups. */
#include "tinode-commands-chat.h"

#include <string.h>

#include "tinode-access.h"
#include "tinode-chat.h"
#include "tinode-commands.h"
#include "tinode-group-ask.h"
#include "tinode-group-new.h"
#include "tinode-group.h"
#include "tinode-members.h"
#include "tinode-text.h"

#define OPERATOR (TN_ACCESS_APPROVE | TN_ACCESS_SHARE | TN_ACCESS_DELETE)

/* Sentences are plain text; commands answer in HTML. */
static char *html(char *why)
{
    char *escaped = why != NULL ? g_markup_escape_text(why, -1) : NULL;

    g_free(why);
    return escaped;
}

/* Names in quotes, as clients complete them with a colon or a comma behind. */
static char *name_of(const char *typed)
{
    char *name = g_strstrip(g_strdup(typed));
    gsize length = strlen(name);

    if (length > 1 && (name[length - 1] == ':' || name[length - 1] == ','))
        name[--length] = '\0';
    if (length > 1 && name[0] == '"' && name[length - 1] == '"') {
        name[length - 1] = '\0';
        memmove(name, name + 1, length - 1);
    }
    return name;
}

static char *named(TinodeTopic *topic, TinodeDeed deed, const char *typed)
{
    g_autofree char *name = name_of(typed);

    return html(tinode_group_do_named(topic, deed, name));
}

static char *run_topic(TinodeTopic *topic, char **args)
{
    g_autofree char *text = NULL;

    if (args[0][0] != '\0')
        return html(tinode_group_do(topic, TINODE_DEED_TOPIC, NULL, args[0]));
    text = topic->note != NULL ? g_strdup_printf(_("The topic is: %s"), topic->note)
                               : g_strdup(_("This group has no topic."));
    tinode_group_say(topic, FALSE, text);
    return NULL;
}

static char *run_rename(TinodeTopic *topic, char **args)
{
    if (args[0][0] == '\0')
        return g_strdup(_("Please say what the group is to be called."));
    return html(tinode_group_do(topic, TINODE_DEED_RENAME, NULL, args[0]));
}

static char *run_invite(TinodeTopic *topic, char **args)
{
    return named(topic, TINODE_DEED_INVITE, args[0]);
}

/* BitlBee's own /kick comes as an id and a reason, which the server has no place for. */
static char *run_kick(TinodeTopic *topic, char **args)
{
    char *end = strchr(args[0], ' ');

    if (end != NULL && tn_topic_kind(args[0]) == TN_TOPIC_P2P) {
        *end = '\0';
        if (!tn_topic_is_valid(args[0]))
            *end = ' ';
    }
    return named(topic, TINODE_DEED_KICK, args[0]);
}

static char *run_ban(TinodeTopic *topic, char **args)
{
    return named(topic, TINODE_DEED_BAN, args[0]);
}

static char *run_unban(TinodeTopic *topic, char **args)
{
    return named(topic, TINODE_DEED_UNBAN, args[0]);
}

static char *role(TinodeTopic *topic, const char *typed, guint add, guint remove)
{
    g_autofree char *name = name_of(typed);
    gboolean is_ambiguous = FALSE;
    const char *user = name[0] != '\0' ? tinode_members_find(topic, name, &is_ambiguous) : NULL;
    g_autofree char *copy = g_strdup(user);

    if (name[0] == '\0')
        return g_strdup(_("Please say who."));
    if (is_ambiguous)
        return html(g_strdup_printf(_("Several people are called %s: please use the name with the "
                                      "letters in brackets, or the id."),
                                    name));
    if (copy == NULL)
        return html(g_strdup_printf(_("%s is not a member of this group."), name));
    return html(tinode_group_role(topic, copy, add, remove));
}

static char *run_op(TinodeTopic *topic, char **args)
{
    return role(topic, args[0], OPERATOR, 0);
}

/* Inviting is every member's right by default: it stays. */
static char *run_deop(TinodeTopic *topic, char **args)
{
    return role(topic, args[0], 0, TN_ACCESS_APPROVE | TN_ACCESS_DELETE);
}

static char *run_voice(TinodeTopic *topic, char **args)
{
    return role(topic, args[0], TN_ACCESS_WRITE, 0);
}

static char *run_devoice(TinodeTopic *topic, char **args)
{
    return role(topic, args[0], 0, TN_ACCESS_WRITE);
}

static char *run_leave(TinodeTopic *topic, char **args)
{
    if (args[0][0] == '\0')
        return html(tinode_group_do(topic, TINODE_DEED_LEAVE, NULL, NULL));
    if (strcmp(args[0], "delete") != 0)
        return g_strdup(_("Type /leave, or /leave delete to delete a group of yours."));
    if (tinode_rights_lacking(topic, TINODE_DEED_DELETE) != NULL)
        return g_strdup(tinode_rights_lacking(topic, TINODE_DEED_DELETE));
    tinode_group_ask(topic, TINODE_DEED_DELETE);
    return NULL;
}

static char *run_mute(TinodeTopic *topic, char **args)
{
    (void)args;
    return html(tinode_access_mute(topic, TRUE));
}

static char *run_unmute(TinodeTopic *topic, char **args)
{
    (void)args;
    return html(tinode_access_mute(topic, FALSE));
}

static char *run_archive(TinodeTopic *topic, char **args)
{
    (void)args;
    return html(tinode_access_archive(topic, TRUE));
}

static char *run_unarchive(TinodeTopic *topic, char **args)
{
    (void)args;
    return html(tinode_access_archive(topic, FALSE));
}

static char *run_create(TinodeTopic *topic, char **args)
{
    return html(tinode_group_new_make(topic->ta, args[0], NULL, FALSE));
}

static char *run_join(TinodeTopic *topic, char **args)
{
    g_autoptr(GHashTable) components = NULL;

    if (args[0][0] == '\0')
        return g_strdup(_("Please say which group: its name or its id."));
    components = tinode_chat_components(args[0]);
    tinode_join_chat(topic->ta->gc, components);
    return NULL;
}

void tinode_commands_chat_init(void)
{
    static const TinodeCommand commands[] = {
        {"topic", "s", TINODE_IN_CHAT, run_topic,
         N_("topic [text]: show or set the topic of this group")},
        {"rename", "s", TINODE_IN_CHAT, run_rename,
         N_("rename &lt;name&gt;: give this group another name, for everybody")},
        {"invite", "s", TINODE_IN_CHAT, run_invite,
         N_("invite &lt;name&gt;: make somebody a member; a name, a login or an id")},
        {"kick", "s", TINODE_IN_CHAT, run_kick,
         N_("kick &lt;name&gt;: remove a member, who may come back")},
        {"ban", "s", TINODE_IN_CHAT, run_ban,
         N_("ban &lt;name&gt;: remove a member, who cannot come back")},
        {"unban", "s", TINODE_IN_CHAT, run_unban, N_("unban &lt;name&gt;: lift a ban")},
        {"op", "s", TINODE_IN_CHAT, run_op,
         N_("op &lt;name&gt;: make a member an operator, who can remove people and change "
            "rights")},
        {"deop", "s", TINODE_IN_CHAT, run_deop,
         N_("deop &lt;name&gt;: the member is no operator any more")},
        {"voice", "s", TINODE_IN_CHAT, run_voice,
         N_("voice &lt;name&gt;: let a member write here")},
        {"devoice", "s", TINODE_IN_CHAT, run_devoice,
         N_("devoice &lt;name&gt;: let a member only read here")},
        {"leave", "s", TINODE_IN_CHAT, run_leave,
         N_("leave [delete]: leave this group for good; delete: delete a group of yours for "
            "everybody. Closing the window leaves nothing.")},
        {"mute", "", TINODE_IN_IM | TINODE_IN_CHAT, run_mute,
         N_("mute: no news from this conversation until you open it")},
        {"unmute", "", TINODE_IN_IM | TINODE_IN_CHAT, run_unmute,
         N_("unmute: news from this conversation again")},
        {"archive", "", TINODE_IN_IM | TINODE_IN_CHAT, run_archive,
         N_("archive: put this conversation into the archive")},
        {"unarchive", "", TINODE_IN_IM | TINODE_IN_CHAT, run_unarchive,
         N_("unarchive: take this conversation out of the archive")},
        {"create", "s", TINODE_IN_IM | TINODE_IN_CHAT, run_create,
         N_("create &lt;name&gt;: make a new group")},
        {"join", "s", TINODE_IN_IM | TINODE_IN_CHAT, run_join,
         N_("join &lt;group&gt;: open a group; its name or its id")},
    };

    tinode_commands_add(commands, G_N_ELEMENTS(commands));
}
