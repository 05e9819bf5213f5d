#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real Pidgin under Xvfb: what people do every day besides writing, driven by keys and mouse."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daily  # noqa: E402
import test_pidgin  # noqa: E402
from desktop import Failure  # noqa: E402

BUILD = test_pidgin.BUILD
# Where the middle of a row of the buddy list is, from its window's top.
ROWS = {"bob": 66, "carol": 102, "dave": 138, "flowers": 173}
FIND, NEW_GROUP, STATISTICS = 1, 2, 7  # how far down in the account's menu


class Day(test_pidgin.Desk):
    prefs = {"/pidgin/blist/show_offline_buddies": True, "/purple/savedstatus/idleaway": 0}
    extra_options = ()
    signs_in = True

    def setUp(self):
        self.server_options = ("--users", daily.world(self), *self.extra_options)
        super().setUp()
        self.name = self.id().split(".")[-1][len("test_"):].replace("_", "-")
        self.list = self.pidgin.buddy_list()
        self.display.xdotool("windowmove", "--sync", self.list, 560, 0)
        if self.signs_in:
            self.buddy("dave")

    def shot(self, name="end", window=None):
        super().shot("daily/pidgin-%s-%s" % (getattr(self, "name", "start"), name), window)

    # The buddy list -------------------------------------------------------------------------------

    def buddy(self, login):
        """Its number on the bus, once it is on the list."""
        self.until(lambda: self.has_buddy(login))
        return int(self.pidgin.bus("PurpleFindBuddy", self.pidgin.account(), self.ids[login]))

    def has_buddy(self, login):
        return self.pidgin.bus("PurpleFindBuddy", self.pidgin.account(),
                               self.ids.get(login, login)) != "0"

    def alias(self, login):
        return self.pidgin.text("PurpleBuddyGetAlias", self.buddy(login))

    def is_online(self, login):
        presence = int(self.pidgin.bus("PurpleBuddyGetPresence", self.buddy(login)))
        return self.pidgin.bus("PurplePresenceIsOnline", presence) == "1"

    def row(self, who, *clicks):
        self.pidgin.focus(self.list)
        self.display.xdotool("mousemove", "--window", self.list, 60, ROWS[who], *clicks)

    def menu(self, who, key):
        """An item of a row's menu, by its underlined letter."""
        self.row(who, "click", 3)
        self.pidgin.menu_keys(key)

    def account_menu(self, down):
        """An item of the account's menu, by its place."""
        self.pidgin.focus(self.list)
        self.pidgin.keys("alt+a")
        self.pidgin.menu_keys("Down", "Right", *["Down"] * down, "Return")

    # Windows --------------------------------------------------------------------------------------

    def dialog(self, title):
        window = self.pidgin.window(title)
        self.pidgin.focus(window)
        return window

    def gone(self, window):
        self.until(lambda: window not in self.display.xdotool(
            "search", "--onlyvisible", "--name", ".", check=False).split())

    def answer(self, title, *keys):
        """A question with this title: look at it, press that, and it is gone."""
        window = self.dialog(title)
        self.shot(title.strip("^$").lower().replace(" ", "-"), window)
        self.pidgin.keys(*keys)
        self.gone(window)

    def type(self, text):
        self.display.xdotool("type", "--clearmodifiers", "--delay", "1", text)

    def chat_conv(self, room):
        def find():
            return int(self.pidgin.bus("PurpleFindConversationWithAccount", 2, room,
                                       self.pidgin.account()))
        self.until(find)
        return find()

    def has_im(self, login):
        return int(self.pidgin.bus("PurpleFindConversationWithAccount", 1, self.ids[login],
                                   self.pidgin.account()))

    def im_conv(self, login):
        self.until(lambda: self.has_im(login))
        return self.has_im(login)

    def sees(self, conv, word):
        """A line of the conversation holds that; the line."""
        self.until(lambda: any(word in line for line in self.pidgin.history(conv)),
                   word)
        return next(line for line in self.pidgin.history(conv) if word in line)

    def people(self, conv):
        chat = int(self.pidgin.bus("PurpleConversationGetChatData", conv))
        logins = {user: login for login, user in self.ids.items()}
        return {logins.get(self.pidgin.text("PurpleConvChatCbGetName", int(one)))
                for one in self.pidgin.list("PurpleConvChatGetUsers", chat)}

    def until(self, condition, what=None, seconds=10):
        try:
            super().until(condition, seconds)
        except Failure as error:
            raise Failure(what or error)


class List(Day):
    def test_who_is_there_and_what_is_unread(self):
        self.assertEqual([self.alias(login) for login in ("bob", "carol", "dave")],
                         ["Bob Smith", "Carol Xmas", "Dave Goliathsson"])
        self.assertFalse(self.is_online("bob"))
        self.server.order(do="frame", to="alice", frame={
            "pres": {"topic": "me", "src": self.bob, "what": "on"}})
        self.until(lambda: self.is_online("bob"))
        # Unread, once its window is closed before anybody has looked.
        mark = self.server.mark()
        self.server.say("bob", "alice", "hello")
        self.server.say("alice", "bob", "from my phone")
        self.server.note("bob", "alice", "read", 2)
        self.pidgin.tick("from my phone", "read")
        self.dialog("Bob")
        self.pidgin.keys("ctrl+w")
        self.until(lambda: not self.has_im("bob"))
        self.server.say("bob", "alice", "and now?")
        self.im_conv("bob")
        self.pidgin.bus("PurpleConversationDestroy", self.im_conv("bob"))
        self.row("bob")
        self.row("bob", "mousemove_relative", 1, 1)
        self.tooltip()
        self.assertEqual(self.server.since(mark, {"ev": "note", "what": "read", "seq": 3}), [])

    def tooltip(self):
        """Pidgin's own tooltip is a window without a name."""
        def shown():
            return self.display.xdotool("search", "--onlyvisible", "--class", "[Pp]idgin",
                                        check=False).split()
        before = len(shown())
        self.until(lambda: len(shown()) > before, "no tooltip")
        self.shot("tooltip")

    def test_add_by_login(self):
        self.pidgin.focus(self.list)
        self.pidgin.keys("ctrl+b")
        self.dialog("Add Buddy")
        self.type("erin")
        self.pidgin.keys("Return")
        self.until(lambda: daily.between(self.server, "alice", "erin"))
        self.until(lambda: self.has_buddy("erin"))
        self.until(lambda: self.alias("erin") == "Erin Stranger")
        self.ids["typed"] = "erin"
        self.assertFalse(self.has_buddy("typed"), "the name as typed is no buddy")
        self.pidgin.focus(self.list)
        self.pidgin.keys("ctrl+b")
        self.dialog("Add Buddy")
        self.type("nobody")
        self.pidgin.keys("Return")
        self.ids["typed"] = "nobody"
        self.answer("^Tinode$|^Pidgin$|Error|Not", "Return")
        self.until(lambda: not self.has_buddy("typed"))
        self.shot()

    def test_search(self):
        self.account_menu(FIND)
        asked = self.dialog("^Tinode$")
        self.type("frank")
        self.shot("asked")
        self.pidgin.keys("Return")
        self.gone(asked)
        window = self.dialog(".*")
        self.shot("results", window)
        self.assertFalse(self.has_buddy("frank"))
        self.assertIsNone(daily.between(self.server, "alice", "frank"), "looking makes nothing")

    def test_rename_block_remove(self):
        self.menu("carol", "a")
        self.answer_in_place("Charlie")
        def renamed():
            topic = daily.between(self.server, "alice", "carol")
            return "Charlie" in str(topic)
        self.until(lambda: self.alias("carol") == "Charlie")
        mark = self.server.mark()
        self.menu("bob", "b")
        def rights(login):
            topic = daily.between(self.server, "alice", login)
            return [row["want"] for row in topic["members"] if row["user"] == "alice"][0]
        self.until(lambda: "P" not in rights("bob"))
        self.shot("blocked")
        self.menu("bob", "b")
        self.until(lambda: "P" in rights("bob"))
        self.menu("dave", "r")
        self.answer("^Pidgin$", "alt+r")
        self.until(lambda: not daily.between(self.server, "alice", "dave"))
        self.assertFalse(self.has_buddy("dave"))
        self.assertEqual(self.server.since(mark, {"ev": "note"}), [])
        self.shot()

    def answer_in_place(self, text):
        self.pidgin.keys("ctrl+a")
        self.type(text)
        self.pidgin.keys("Return")


class Strangers(Day):
    def asks(self, login):
        """Somebody new, and an account whose own wish is to be asked."""
        self.server.order(do="frame", to="alice", frame={"meta": {"topic": "me", "sub": [
            {"topic": self.ids[login], "public": {"fn": daily.PEOPLE[login]},
             "acs": {"want": "N", "given": "JRWPA", "mode": "N"}}]}})

    def test_accept(self):
        mark = self.server.mark()
        self.asks("erin")
        self.answer("^Tinode$", "alt+a")
        self.server.wait({"ev": "attach", "who": "alice", "topic": self.ids["erin"]}, mark)
        self.server.say("erin", "alice", "so you know me?")
        self.sees(self.im_conv("erin"), "so you know me?")
        self.assertEqual(self.alias("erin"), "Erin Stranger")
        self.dialog("Erin")
        self.pidgin.say("now I do")
        self.pidgin.tick("now I do", "sent")
        self.shot()

    def test_ignore(self):
        mark = self.server.mark()
        self.asks("frank")
        self.answer("^Tinode$", "alt+i")
        self.until(lambda: not self.has_buddy("frank"))
        self.assertEqual(self.server.since(mark, {"ev": "attach"}), [])

    def test_invited_to_a_group(self):
        pond = self.server.group("pond")
        self.server.order(do="request", **{"as": "dave"}, frame={
            "set": {"topic": pond, "sub": {"user": self.alice, "mode": "JRWPS"}}})
        self.answer("^Pidgin$", "alt+a")
        conv = self.chat_conv(pond)
        self.dialog("Pond")
        self.pidgin.say("thank you")
        self.pidgin.tick("thank you", "sent")
        self.assertIn("alice", daily.members(self.server, pond))
        self.until(lambda: self.people(conv) >= {"bob", "dave", "alice"})
        self.shot()


class Groups(Day):

    def test_from_the_list_people_and_commands(self):
        self.row("flowers", "click", "--repeat", 2, "--delay", 30, 1)
        conv = self.chat_conv(self.flowers)
        self.window = self.dialog("Flowers")
        self.until(lambda: self.people(conv) == {"alice", "bob", "carol", "dave"})
        self.shot("joined")
        self.pidgin.say("/kick bob")
        self.sees(conv, "can remove people")
        # carol, who owns it, makes alice an operator.
        self.server.order(do="request", **{"as": "carol"}, frame={
            "set": {"topic": self.flowers, "sub": {"user": self.alice, "mode": "JRWPASD"}}})
        self.until(lambda: "A" in daily.members(self.server, self.flowers)["alice"]["want"])
        self.pidgin.say("/topic Roses are red")
        self.until(lambda: self.pidgin.text(
            "PurpleConvChatGetTopic",
            int(self.pidgin.bus("PurpleConversationGetChatData", conv))) == "Roses are red")
        self.pidgin.say("/invite erin")
        self.until(lambda: "erin" in daily.members(self.server, self.flowers))
        self.pidgin.say("/kick bob")
        self.until(lambda: "bob" not in daily.members(self.server, self.flowers))
        self.until(lambda: self.people(conv) == {"alice", "carol", "dave", "erin"})
        self.shot()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
