#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real Finch in a terminal: what people do every day besides writing, driven by keys."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daily  # noqa: E402
import test_finch  # noqa: E402
from desktop import write_prefs  # noqa: E402

BUILD = test_finch.BUILD
ROWS = {"flowers": 1, "bob": 2, "carol": 3, "dave": 4}  # below the first group of the list


class Day(test_finch.Finch):
    size = (100, 40)
    has_list = True
    prefs = {"/finch/blist/showoffline": True, "/purple/away/idle_reporting": "none",
             "/purple/savedstatus/idleaway": 0, "/finch/roomlist/size/width": 70,
             "/finch/roomlist/size/height": 30}

    def setUp(self):
        self.server_options = ("--users", daily.world(self))
        super().setUp()
        if self.has_list:
            self.finch.wait("Dave Golia")

    def fill_folder(self):
        super().fill_folder()
        write_prefs(os.path.join(self.folder, "prefs.xml"), self.prefs)

    def until(self, condition, what=None):
        """Something of the server's comes true while the screen does what it likes."""
        self.finch.wait(lambda screen: condition(), what or "the server's state")

    def row(self, who):
        self.finch.keys("M-1")
        self.finch.keys(*["Up"] * 8, *["Down"] * ROWS[who])

    def menu(self, who, key, item):
        """An item of a row's menu, by its letter."""
        self.row(who)
        self.finch.keys("F11")
        self.finch.wait(r"%s +\(%s\)" % (item, key))
        self.finch.keys(key)

    def account_menu(self, key, item):
        self.finch.keys("M-1", "F10", "Right")
        self.finch.wait(r"alice \(a\)")
        self.finch.keys("a")
        self.finch.wait(r"%s.* +\(%s\)" % (item, key))
        self.finch.keys(key)

    def want(self, login):
        topic = daily.between(self.server, "alice", login)
        return [row["want"] for row in topic["members"] if row["user"] == "alice"][0]

    def open_flowers(self):
        self.row("flowers")
        self.finch.keys("Enter")
        self.finch.wait(r"Dave Goliathsson \]")
        self.to_window(2)
        self.finch.wait("Receipts: up to date")


class List(Day):
    def test_who_is_there_and_what_is_unread(self):
        self.finch.wait("⊗ Bob Smith")
        self.server.order(do="frame", to="alice", frame={
            "pres": {"topic": "me", "src": self.bob, "what": "on"}})
        self.finch.wait("[^⊗] Bob Smith")
        self.server.say("bob", "alice", "hello")
        self.finch.wait(r"Bob Smith \(alice")
        self.row("bob")
        self.finch.wait("Unread")
        self.finch.shot("unread")

    def test_add_by_login(self):
        self.finch.keys("M-1", "F10")
        self.finch.wait(r"Add +\(a\)")
        self.finch.keys("a")
        self.finch.wait(r"Buddy \(b\)")
        self.finch.keys("b")
        self.finch.wait("Add Buddy")
        self.finch.type("erin", enter=False)
        self.finch.shot("dialog")
        # The group completes itself with the first Tab.
        self.finch.keys(*["Tab"] * 6, "Enter")
        self.finch.wait("Erin Stranger")
        self.until(lambda: daily.between(self.server, "alice", "erin"))
        self.assertNotRegex(self.finch.screen(), "⊗ erin")

    def test_search(self):
        self.account_menu("f", "Find People")
        self.finch.wait("Find people and groups")
        self.finch.type("frank", enter=False)
        self.finch.keys("Tab", "Enter")
        self.finch.wait("Person")
        self.to_window(2)
        self.finch.wait("Frank Newcomer")
        self.finch.shot("results")
        self.assertIsNone(daily.between(self.server, "alice", "frank"), "looking makes nothing")

    def test_rename_block_remove(self):
        self.menu("carol", "l", "Alias")
        self.finch.wait("Please enter the new name")
        self.finch.keys("C-u")
        self.finch.type("Charlie", enter=False)
        self.finch.keys("Tab", "Enter")
        self.finch.wait("⊗ Charlie")
        self.menu("bob", "b", "Blocked")
        self.until(lambda: "P" not in self.want("bob") or "J" not in self.want("bob"))
        self.menu("bob", "b", "Blocked")
        self.until(lambda: "JRWP" in self.want("bob"))
        self.menu("dave", "e", "Remove")
        self.finch.wait("Are you sure you want to remove")
        self.finch.shot("remove")
        self.finch.keys("Tab", "Enter")
        self.until(lambda: not daily.between(self.server, "alice", "dave"))
        self.finch.wait(lambda screen: "Dave Golia" not in screen or "was removed" in screen)


class Strangers(Day):
    def test_accept(self):
        mark = self.server.mark()
        self.server.order(do="frame", to="alice", frame=daily.asks(self.ids, "erin"))
        self.finch.wait("Ignore")
        self.to_window(2)
        self.finch.wait("Erin Stranger wants to write to you")
        self.finch.shot("question")
        self.finch.keys("Enter")
        self.server.wait({"ev": "attach", "who": "alice", "topic": self.ids["erin"]}, mark)
        self.server.say("erin", "alice", "so you know me?")
        self.finch.wait(r"Erin Stranger \(alice|so you know me")

    def test_invited_to_a_group(self):
        pond = self.server.group("pond")
        self.server.order(do="request", **{"as": "dave"}, frame={
            "set": {"topic": pond, "sub": {"user": self.alice, "mode": "JRWPS"}}})
        self.finch.wait("chat room Pond")
        self.to_window(2)
        self.finch.wait("Dave Goliathsson has invited")
        self.finch.shot("question")
        self.finch.keys("Enter")
        self.finch.wait(r"Pond \(alice|Dave Goliathsson \]")
        self.assertIn("alice", daily.members(self.server, pond))


class Groups(Day):
    def test_from_the_list_people_and_commands(self):
        self.open_flowers()
        self.finch.type("/kick bob")
        self.finch.wait("can remove people|operators of this")
        self.server.order(do="request", **{"as": "carol"}, frame={
            "set": {"topic": self.flowers, "sub": {"user": self.alice, "mode": "JRWPASD"}}})
        self.until(lambda: "A" in daily.members(self.server, self.flowers)["alice"]["want"])
        self.finch.type("/invite erin")
        self.until(lambda: "erin" in daily.members(self.server, self.flowers))
        self.finch.type("/kick bob")
        self.until(lambda: "bob" not in daily.members(self.server, self.flowers))
        self.finch.wait("Erin Stranger")
        # Closing the window leaves nothing; the command does.
        self.finch.keys("M-c")
        self.finch.wait(lambda screen: "kick bob" not in screen)
        self.assertIn("alice", daily.members(self.server, self.flowers))
        self.server.say("carol", "flowers", "still here?")
        self.finch.wait(r"Flowers \(alice|still here")
        self.to_window(2)
        self.finch.wait("Receipts: up to date")
        self.finch.type("/leave")
        self.until(lambda: "alice" not in daily.members(self.server, self.flowers))

    def test_new_one_and_its_topic(self):
        self.finch.keys("M-1", "F10")
        self.finch.wait(r"Join Chat\.\.\. +\(j\)")
        self.finch.keys("j")
        self.finch.wait("Please enter the name of the chat")
        self.finch.type("Garden", enter=False)
        self.finch.keys("Tab", "Enter")
        self.finch.wait("Cancel")
        self.finch.shot("question")
        self.finch.keys("Enter")
        self.finch.wait(r"Garden \(alice|┤Garden")
        room, = (topic["room"] for topic in self.server.state()["topics"]
                 if topic["kind"] == "group" and len(topic["members"]) == 1)
        self.to_window(2)
        self.finch.wait("Receipts: up to date")
        self.finch.type("/topic Roses are red")
        self.finch.wait("Roses are red")
        self.finch.type("hello me")
        self.server.wait({"ev": "pub", "who": "alice", "room": room})

    def test_room_list(self):
        self.finch.keys("M-a")
        self.finch.wait("Room List")
        self.finch.keys(*["Down"] * 7, "Enter")
        self.finch.wait(r"│ Get │")
        self.finch.keys("Tab", "Tab", "Tab", "Enter")
        self.finch.wait("││Flowers")
        self.finch.shot("rooms")


class Messages(Day):
    def test_edit_delete_reply_and_a_form(self):
        self.open_bob()
        self.say("frist")
        self.finch.type("/edit first")
        self.server.wait({"ev": "pub", "who": "alice", "content": "first"})
        self.finch.wait("Edited")
        self.finch.type("/delete")
        self.finch.wait("Deleted for you")
        self.server.say("bob", "alice", "which day?")
        self.finch.wait("which day")
        self.finch.type("/reply Friday")
        self.server.wait({"ev": "pub", "who": "alice", "content": lambda content:
                          "which day?" in str(content) and "Friday" in str(content)})
        self.server.say("bob", "alice", daily.FORM, head=daily.DRAFTY)
        self.finch.wait("/answer")
        self.finch.type("/answer 1")
        self.server.wait({"ev": "pub", "who": "alice", "content": lambda content:
                          "oh yes" in str(content)})
        self.server.say("bob", "alice", daily.picture(), head=daily.DRAFTY)
        self.finch.wait("look")
        self.say("done")

    def test_file_comes_and_is_saved(self):
        self.open_bob()
        self.server.say("bob", "alice", daily.attachment(b"hello file"), head=daily.DRAFTY)
        self.finch.wait("is offering to send")
        self.to_window(3)
        self.finch.wait("wants to send")
        self.finch.shot("offer")
        self.finch.keys("Enter")
        self.finch.wait("Save File")
        self.finch.shot("save")
        self.finch.keys(*["Tab"] * 4, "Enter")
        self.finch.wait("omplete")
        with open(os.path.join(self.finch.folder, "notes.txt"), "rb") as file:
            self.assertEqual(file.read(), b"hello file")

    def test_file_of_the_server_is_saved(self):
        self.open_bob()
        url = self.server.order(do="file", bytes=300000, type="application/x-test")["url"]
        self.server.say("bob", "alice", {"txt": "", "fmt": [{"at": -1}], "ent": [{
            "tp": "EX", "data": {"mime": "application/x-test", "ref": url, "name": "big.bin",
                                 "size": 300000}}]}, head=daily.DRAFTY)
        self.finch.wait("is offering to send")
        self.to_window(3)
        self.finch.wait("wants to send")
        self.finch.keys("Enter")
        self.finch.wait("Save File")
        self.finch.keys(*["Tab"] * 4, "Enter")
        self.finch.wait("big.bin complete")
        self.assertEqual(os.path.getsize(os.path.join(self.finch.folder, "big.bin")), 300000)

    def test_file_is_sent(self):
        with open(os.path.join(self.finch.folder, "mine.txt"), "wb") as file:
            file.write(b"from alice")
        mark = self.server.mark()
        self.menu("bob", "s", "Send File")
        self.finch.wait("Open File")
        self.finch.keys("Tab", "Tab", "C-u")
        self.finch.type("mine.txt", enter=False)
        self.finch.wait("^│mine.txt_")
        self.finch.keys("Tab", "Tab", "Enter")
        content = self.server.wait({"ev": "pub", "who": "alice"}, mark)["content"]
        self.assertEqual([entity["data"]["name"] for entity in content["ent"]], ["mine.txt"])

    def test_left_while_a_file_is_offered(self):
        self.open_bob()
        self.server.say("bob", "alice", daily.attachment(b"hello file"), head=daily.DRAFTY)
        self.finch.wait("is offering to send")
        self.server.say("bob", "alice", daily.attachment(b"another"), head=daily.DRAFTY)
        self.to_window(3)
        self.finch.wait("wants to send")
        self.finch.keys("Enter")
        self.finch.wait("Save File")  # and the end


class Account(Day):
    def test_statistics(self):
        self.account_menu("y", "Sync Statistics…")
        self.finch.wait("^│ *In sync: ")
        self.finch.shot("statistics")


class WrongPassword(Day):
    passwords = {"alice": "wrong"}
    ready = "Set a _?New Password"
    has_list = False

    def test_says_so_and_offers_a_reset(self):
        self.finch.shot("question")


class Damaged(Day):
    """What an earlier run has left is garbage."""

    def fill_folder(self):
        super().fill_folder()
        folder = os.path.join(self.folder, "tinode")
        os.mkdir(folder)
        name = "alice@127.0.0.1%%3A%d.state" % self.server.port
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"\0garbage" * 9)

    def test_signs_in_and_is_set_aside(self):
        folder = os.path.join(self.folder, "tinode")
        self.assertEqual(len([name for name in os.listdir(folder) if ".damaged" in name]), 1)
        self.to_window(2)
        self.finch.wait("Damaged state file")
        self.finch.shot("notice")
        self.finch.keys("Enter")
        self.finch.wait(lambda screen: "Damaged" not in screen)
        self.open_bob()
        self.say("all is well")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]] + sys.argv[2:], verbosity=1)
