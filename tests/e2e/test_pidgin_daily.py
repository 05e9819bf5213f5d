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

    def has_chat(self, room):
        return int(self.pidgin.bus("PurpleFindConversationWithAccount", 2, room,
                                   self.pidgin.account()))

    def chat_conv(self, room):
        self.until(lambda: self.has_chat(room))
        return self.has_chat(room)

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
        self.row("bob")
        self.row("bob", "mousemove_relative", 1, 1)
        self.tooltip("read")
        self.row("flowers")
        self.server.say("bob", "alice", "and now?")
        self.im_conv("bob")
        self.pidgin.bus("PurpleConversationDestroy", self.im_conv("bob"))
        self.row("bob")
        self.row("bob", "mousemove_relative", 1, 1)
        self.tooltip("unread")
        self.assertEqual(self.server.since(mark, {"ev": "note", "what": "read", "seq": 3}), [])

    def tooltip(self, name):
        """Pidgin's own tooltip is a window without a name."""
        def shown():
            return self.display.xdotool("search", "--onlyvisible", "--class", "[Pp]idgin",
                                        check=False).split()
        before = len(shown())
        self.until(lambda: len(shown()) > before, "no tooltip")
        self.shot("tooltip-" + name)

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
        self.answer("^Tinode$", "Return")
        self.until(lambda: not self.has_buddy("typed"))
        self.shot()

    def test_search(self):
        self.account_menu(FIND)
        asked = self.dialog("^Tinode$")
        self.type("frank")
        self.shot("asked")
        self.pidgin.keys("Return")
        self.gone(asked)
        self.dialog("^[^B]")
        self.shot("results")
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
    def test_accept(self):
        mark = self.server.mark()
        self.server.order(do="frame", to="alice", frame=daily.asks(self.ids, "erin"))
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
        self.server.order(do="frame", to="alice", frame=daily.asks(self.ids, "frank"))
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
        self.pidgin.say("/invite erin")
        self.until(lambda: "erin" in daily.members(self.server, self.flowers))
        self.pidgin.say("/kick bob")
        self.until(lambda: "bob" not in daily.members(self.server, self.flowers))
        self.until(lambda: self.people(conv) == {"alice", "carol", "dave", "erin"})
        self.shot()

    def test_new_one_topic_close_and_leave(self):
        self.pidgin.focus(self.list)
        self.pidgin.keys("ctrl+c")
        dialog = self.dialog("Join a Chat")
        self.type("Garden")
        self.shot("join", dialog)
        self.pidgin.keys("Return")
        self.gone(dialog)
        self.answer("^Tinode$", "Return")
        self.until(lambda: self.mine())
        room = self.mine()
        conv = self.chat_conv(room)
        self.dialog("Garden")
        self.pidgin.say("/topic Roses are red")
        chat = int(self.pidgin.bus("PurpleConversationGetChatData", conv))
        self.until(lambda: self.pidgin.text("PurpleConvChatGetTopic", chat) == "Roses are red")
        self.shot("topic")
        # Closing leaves nothing.
        self.pidgin.keys("ctrl+w")
        self.until(lambda: not self.has_chat(room))
        self.assertIn("alice", daily.members(self.server, room))
        self.server.order(do="request", **{"as": "alice"}, frame={
            "set": {"topic": room, "sub": {"user": self.bob, "mode": "JRWPS"}}})
        self.server.order(do="request", **{"as": "bob"}, frame={
            "set": {"topic": room, "sub": {"mode": "JRWPS"}}})
        self.server.say("bob", room, "nice here")
        self.sees(self.chat_conv(room), "nice here")

    def test_leave(self):
        self.join()
        conv = self.chat_conv(self.flowers)
        self.pidgin.say("/leave")
        self.until(lambda: "alice" not in daily.members(self.server, self.flowers))
        self.shot()
        self.assertTrue(conv)

    def test_room_list(self):
        self.pidgin.focus(self.list)
        self.pidgin.keys("alt+t")
        self.pidgin.menu_keys("o")
        window = self.dialog("Room List")
        self.pidgin.keys("alt+g")
        # The rows come with Pidgin's own time: clicked until one is there to be joined.
        def joined():
            self.display.xdotool("mousemove", "--window", window, 60, 100, "click", 1)
            self.pidgin.keys("alt+j")
            return self.has_chat(self.flowers)
        self.until(joined)
        self.shot("rooms")

    def mine(self):
        """The group that alice owns."""
        return next((topic["room"] for topic in self.server.state()["topics"]
                     if topic["kind"] == "group" and any(
                         row["user"] == "alice" and "O" in row["want"]
                         for row in topic["members"])), None)


class Messages(Day):
    def test_edit_delete_reply_and_a_form(self):
        self.talk()
        self.pidgin.say("frist")
        self.pidgin.tick("frist", "sent")
        self.pidgin.say("/edit first")
        self.server.wait({"ev": "pub", "who": "alice", "content": "first"})
        self.sees(self.conv, "first")
        self.pidgin.say("/delete")
        self.sees(self.conv, "Deleted for you")
        self.server.say("bob", "alice", "which day?")
        self.sees(self.conv, "which day")
        self.pidgin.say("/reply Friday")
        self.server.wait({"ev": "pub", "who": "alice", "content": lambda content:
                          "which day?" in str(content) and "Friday" in str(content)})
        self.server.say("bob", "alice", daily.FORM, head=daily.DRAFTY)
        self.sees(self.conv, "/answer")
        self.pidgin.say("/answer 1")
        self.server.wait({"ev": "pub", "who": "alice", "content": lambda content:
                          "oh yes" in str(content)})
        self.pidgin.say("done")
        self.pidgin.tick("done", "sent")
        self.shot()

    def test_pictures(self):
        self.talk()
        self.server.say("bob", "alice", daily.picture(), head=daily.DRAFTY)
        line = self.sees(self.conv, "look")
        self.assertRegex(line, "(?i)<img id=")
        self.pidgin.keys("alt+c")
        self.pidgin.menu_keys("Up", "Up", "Return")
        self.choose("Insert Image", self.file("cat.png", daily.png()))
        self.pidgin.focus(self.window)
        self.pidgin.keys("Return")
        content = self.server.wait({"ev": "pub", "who": "alice"})["content"]
        self.assertEqual([entity["tp"] for entity in content["ent"]], ["IM"])
        self.shot()

    def test_files(self):
        self.talk()
        path = os.path.join(self.display.folder, "saved.txt")
        self.server.say("bob", "alice", daily.attachment(b"hello file"), head=daily.DRAFTY)
        self.answer("^Pidgin$", "alt+a")
        self.choose("Save File", path)
        self.until(lambda: self.content(path) == b"hello file")
        self.shot("saved")
        mark = self.server.mark()
        self.menu("bob", "s")
        self.choose("Open File", self.file("mine.txt", b"from alice"))
        content = self.server.wait({"ev": "pub", "who": "alice"}, mark)["content"]
        self.assertEqual([entity["data"]["name"] for entity in content["ent"]], ["mine.txt"])
        self.shot()

    @staticmethod
    def content(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def file(self, name, data):
        path = os.path.join(self.display.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def choose(self, title, path):
        """In a file chooser."""
        window = self.dialog(title)
        if title != "Save File":
            self.pidgin.keys("alt+l")
        self.pidgin.keys("ctrl+a")
        self.type(os.path.basename(path))
        self.shot(title.lower().replace(" ", "-"), window)
        self.pidgin.keys("Return")
        self.gone(window)


class Account(Day):
    def test_statistics(self):
        self.talk()
        self.pidgin.say("one")
        self.pidgin.tick("one", "sent")
        self.account_menu(STATISTICS)
        self.shot("statistics", self.dialog("^Tinode$"))

    def test_invisible(self):
        kind = int(self.pidgin.bus("PurplePrimitiveGetTypeFromId", "invisible"))
        status = int(self.pidgin.bus("PurpleSavedstatusNew", "", kind))
        mark = self.server.mark()
        self.pidgin.bus("PurpleSavedstatusActivate", status)
        self.until(lambda: self.server.since(mark, {"ev": "leave", "who": "alice",
                                                   "topic": "me"}) or
                   "P" not in str(self.server.state()["sessions"]))
        self.shot()


class WrongPassword(Day):
    settings = {"password": "wrong"}
    signs_in = False

    def test_says_so_and_offers_a_reset(self):
        self.pidgin.window("^Tinode$")
        self.shot()


class Damaged(Day):
    """What an earlier run has left is garbage."""
    settings = {"files": {"tinode/alice@127.0.0.1%%3A%(port)d.state": b"\0garbage" * 9,
                          "tinode/alice@127.0.0.1%%3A%(port)d.texts": b"purple-tinode"}}

    def test_signs_in_and_is_set_aside(self):
        folder = os.path.join(self.pidgin.folder, "tinode")
        self.until(lambda: len([name for name in os.listdir(folder) if ".damaged" in name]) == 2,
                   os.listdir(folder))
        self.talk()
        self.pidgin.say("all is well")
        self.pidgin.tick("all is well", "sent")
        self.shot()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
