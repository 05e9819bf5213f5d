#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real BitlBee with the plugin, and what an IRC client gets to see of it.

Needs bitlbee-libpurple: the plain bitlbee has no libpurple in it.
"""

import json
import os
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import DEADLINE, Failure, Server  # noqa: E402
import daily  # noqa: E402
from irc import CONTROL, BitlBee  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"

# One card each: letters that IRC has none for, a channel's sign, twins, nothing, markup.
CARDS = {"ann": {"fn": "メカ"}, "ben": {"fn": "#dev ops"}, "bob1": {"fn": "Bob"},
         "bob2": {"fn": "Bob"}, "cat": {"fn": ""}, "dan": None, "eve": {"fn": "a\nb<i>"}}


class Bee(unittest.TestCase):
    """alice uses an IRC client; the others are played by the server."""

    server_options = ()

    def setUp(self):
        self.processes = []
        self.server = self.start(Server, "--events", *self.server_options)
        self.ids = self.server.state()["users"]
        self.alice = self.ids["alice"]

    def tearDown(self):
        ok = all(test is not self or not why for test, why in
                 self._outcome.result.failures + self._outcome.result.errors)
        for process in reversed(self.processes):
            process.finish() if ok else process.kill()

    def start(self, kind, *options, **more):
        process = kind(BUILD, *options, **more)
        self.processes.append(process)
        return process

    def sign_in(self, password="alice123", answer=r"Logged in", **options):
        self.bee = self.start(BitlBee)
        self.bee.order("register secret", "successfully created")
        self.bee.order("account add tinode alice %s" % password, "successfully added")
        options = {"server": "127.0.0.1:%d" % self.server.port, "tls": "off", **options}
        for key, value in options.items():
            key = key.replace("_", "-") if key != "nick_source" else key
            self.bee.order("account tinode set %s %s" % (key, value), "%s = `" % key)
        self.bee.order("account tinode on", answer)

    def nicks(self):
        """Nick of each handle, as `blist all` has them."""
        mark = self.bee.mark()
        self.bee.say(CONTROL, "blist all")
        self.bee.wait(mark, text=r"\d+ buddies \(")
        rows = [line.text.split() for line in self.bee.since(mark)
                if line.source == "root" and " tinode " in line.text]
        return {row[1]: row[0] for row in rows if row[1].startswith("usr")}


class Conversations(Bee):

    def setUp(self):
        super().setUp()
        self.bob = self.ids["bob"]
        self.flowers = self.server.group()

    def test_messages_both_ways_and_no_receipts_from_the_peer(self):
        self.sign_in()
        self.server.say("bob", "alice", "hello")
        self.bee.wait(command="PRIVMSG", source=self.bob, text="^hello$")
        self.bee.say(self.bob, "hi <b>bob</b> &amp; co")
        pub = self.server.wait({"ev": "pub", "who": "alice", "seq": 2})
        self.assertEqual(pub["content"], "hi <b>bob</b> &amp; co")
        self.server.note("bob", self.alice, "recv", 2)
        self.server.note("bob", self.alice, "read", 2)
        self.server.say("bob", "alice", "if (a < b) <i>x</i> &lt;")
        self.bee.wait(command="PRIVMSG", source=self.bob, text="^if ")
        self.assertEqual(self.bee.said(), [
            (self.bob, self.bee.nick, "hello"),
            (self.bob, self.bee.nick, "if (a < b) <i>x</i> &lt;")])
        self.assertEqual([line for line in self.bee.since(0) if "Read" in line.text], [])

    def test_receipts_where_they_were_asked_for(self):
        self.sign_in(receipt_lines="on")
        self.server.say("bob", "alice", "hello")
        self.bee.wait(command="PRIVMSG", source=self.bob)
        for number in (2, 3, 4):
            self.bee.say(self.bob, "m%d" % number)
            self.server.wait({"ev": "pub", "who": "alice", "seq": number})
        mark = self.bee.mark()
        self.server.note("bob", self.alice, "recv", 4)
        self.bee.wait(mark, source="root", words=[CONTROL], text="^tinode - Bob Smith: Delivered.$")
        self.server.note("bob", self.alice, "read", 3)
        self.server.note("bob", self.alice, "read", 4)
        self.bee.wait(mark, source="root", words=[CONTROL], text="^tinode - Bob Smith: Read.$")
        self.assertEqual(len([line for line in self.bee.since(mark)
                              if line.command == "PRIVMSG"]), 2)

    def test_read_is_told_with_the_answer(self):
        self.sign_in()
        mark = self.server.mark()
        for text in ("one", "two", "three"):
            self.server.say("bob", "alice", text)
        self.bee.wait(text="^three$")
        self.server.wait({"ev": "note", "who": "alice", "what": "recv", "seq": 3}, mark)
        self.assertEqual(self.read_by_alice(), 0)
        self.bee.say(self.bob, "answer")
        self.server.wait({"ev": "pub", "who": "alice", "seq": 4})
        self.assertEqual(self.read_by_alice(), 4)

    def test_read_is_told_on_arrival_where_that_was_chosen(self):
        self.sign_in(send_read="arrival")
        mark = self.server.mark()
        self.server.say("bob", "alice", "one")
        self.server.wait({"ev": "note", "who": "alice", "what": "read", "seq": 1}, mark)

    def read_by_alice(self):
        """What the server knows of her in the conversation with bob."""
        topic, = (topic for topic in self.server.state()["topics"]
                  if {member["user"] for member in topic["members"]} == {"alice", "bob"})
        row, = (member for member in topic["members"] if member["user"] == "alice")
        return max(row["read"], row.get("memory", {}).get("read", 0))

    def test_several_lines(self):
        self.sign_in()
        self.server.say("bob", "alice", "a\r\nb\nc")
        self.bee.wait(text="^c$")
        self.server.say("bob", "alice", {"txt": "d e f", "fmt": [
            {"at": 1, "len": 1, "tp": "BR"}, {"at": 3, "len": 1, "tp": "BR"}]})
        self.bee.wait(text="^f$")
        self.assertEqual([text for _, _, text in self.bee.said()], list("abcdef"))

    def test_written_on_my_phone(self):
        self.sign_in()
        self.server.say("bob", "alice", "hello")
        self.bee.wait(text="^hello$")
        self.server.say("alice", "bob", "from my phone")
        line = self.bee.wait(text="^from my phone$")
        self.assertEqual((line.source, line.words), (self.bee.nick, [self.bob]))

    def test_group(self):
        self.sign_in()
        self.bee.order("chat add tinode %s #flowers" % self.flowers, "successfully added")
        mark = self.bee.mark()
        self.bee.send("JOIN #flowers")
        others = [self.ids[name] for name in ("bob", "carol", "dave")]
        for who in others:
            self.bee.wait(mark, source=who, command="JOIN", words=["#flowers"])
        self.bee.say("#flowers", "hello group")
        self.server.wait({"ev": "pub", "who": "alice", "seq": 1})
        self.server.say("carol", self.flowers, "hi alice\nhow are you")
        self.bee.wait(mark, text="^how are you$")
        for who in ("bob", "carol", "dave"):
            self.server.note(who, self.flowers, "read", 1)
        self.server.say("bob", self.flowers, "end")
        self.bee.wait(mark, text="^end$")
        self.assertEqual(self.bee.said(mark), [
            (self.ids["carol"], "#flowers", "hi alice"),
            (self.ids["carol"], "#flowers", "how are you"),
            (self.ids["bob"], "#flowers", "end")])
        joined = [line.source for line in self.bee.since(mark) if line.command == "JOIN"]
        self.assertEqual(sorted(joined), sorted(others + [self.bee.nick]), "nobody twice")

    def test_wrong_password(self):
        self.sign_in(password="wrong", answer="The user name or the password is wrong")

    def test_link_lost_and_back(self):
        self.sign_in()
        self.server.say("bob", "alice", "before")
        self.bee.wait(text="^before$")
        self.server.order(do="refuse", for_ms=500)
        self.server.order(do="drop", who="alice")
        self.bee.say(self.bob, "meanwhile")
        self.server.wait({"ev": "pub", "who": "alice", "seq": 2})
        self.server.say("bob", "alice", "after")
        self.bee.wait(text="^after$")
        self.assertEqual([text for _, _, text in self.bee.said()], ["before", "after"])


class Names(Bee):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="purple-tinode-users-")
        self.addCleanup(shutil.rmtree, self.folder)
        path = os.path.join(self.folder, "users.json")
        users = [{"login": "alice", "public": {"fn": "Alice"}}]
        for login, card in CARDS.items():
            users.append({"login": login, **({"public": card} if card is not None else {})})
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"users": users, "p2p": [["alice", login] for login in CARDS],
                       "groups": [{"name": "ops", "owner": "ann", "public": {"fn": "#dev ops"},
                                   "members": ["alice", "ben"]}]}, file)
        self.server_options = ("--users", path)
        super().setUp()

    def check(self, source):
        self.sign_in(nick_source=source)
        for login in CARDS:
            mark = self.bee.mark()
            self.server.say(login, "alice", "I am " + login)
            line = self.bee.wait(mark, command="PRIVMSG", text="^I am %s$" % login)
            self.assertRegex(line.source, r"^[A-Za-z_\[\]\\`^{}|][A-Za-z0-9_\-\[\]\\`^{}|]*$")
            self.bee.say(line.source, "you are " + login)
            self.server.wait({"ev": "pub", "who": "alice", "content": "you are " + login})
        nicks = self.nicks()
        self.assertEqual(set(nicks), {self.ids[login] for login in CARDS})
        self.assertEqual(len(set(nicks.values())), len(CARDS))
        return nicks

    def test_by_id(self):
        nicks = self.check("handle")
        self.assertEqual(nicks, {user: user for user in nicks})

    def test_by_name(self):
        nicks = self.check("full_name")
        self.assertRegex(nicks[self.ids["bob1"]], "(?i)^bob")
        self.assertRegex(nicks[self.ids["bob2"]], "(?i)^bob")

    def test_group_with_a_name_that_no_channel_can_have(self):
        self.sign_in()
        group = self.server.group("ops")
        self.server.say("ben", group, "hello")
        line = self.bee.wait(command="PRIVMSG", text="^hello$")
        self.assertRegex(line.words[0], r"^[#&][^ ,\x07]+$")
        self.bee.say(line.words[0], "hi ben")
        self.server.wait({"ev": "pub", "who": "alice", "content": "hi ben"})


class Day(Bee):
    """What people do every day besides writing."""

    def setUp(self):
        self.server_options = ("--users", daily.world(self))
        super().setUp()
        self.flowers = self.server.group()

    def until(self, condition, what):
        """Something of the server's comes true while BitlBee says what it likes."""
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                raise Failure(what)
            with self.bee.changed:
                self.bee.changed.wait(0.05)

    def want(self, login):
        topic = daily.between(self.server, "alice", login)
        return [row["want"] for row in topic["members"] if row["user"] == "alice"][0]

    def test_who_is_there(self):
        self.sign_in()
        self.until(lambda: set(self.nicks()) == {self.ids[name] for name in
                                                 ("bob", "carol", "dave")}, "the buddy list")
        mark = self.bee.mark()
        self.server.order(do="frame", to="alice", frame={
            "pres": {"topic": "me", "src": self.ids["bob"], "what": "on"}})
        self.bee.wait(mark, source=self.ids["bob"], command="JOIN")

    def test_add_block_and_remove(self):
        self.sign_in()
        self.bee.say(CONTROL, "add tinode erin")
        self.until(lambda: daily.between(self.server, "alice", "erin"), "erin is added")
        self.bee.say(CONTROL, "block " + self.ids["bob"])
        self.until(lambda: "J" not in self.want("bob") or "P" not in self.want("bob"), "blocked")
        self.bee.say(CONTROL, "allow " + self.ids["bob"])
        self.until(lambda: "JRWP" in self.want("bob"), "allowed")
        self.bee.say(CONTROL, "remove " + self.ids["dave"])
        self.until(lambda: not daily.between(self.server, "alice", "dave"), "removed")

    def test_somebody_new_is_accepted(self):
        self.sign_in()
        mark, place = self.bee.mark(), self.server.mark()
        self.server.order(do="frame", to="alice", frame=daily.asks(self.ids, "erin"))
        self.bee.wait(mark, text="Erin Stranger wants to write to you")
        self.bee.say(CONTROL, "yes")
        self.server.wait({"ev": "attach", "who": "alice", "topic": self.ids["erin"]}, place)

    def test_invited_to_a_group(self):
        self.sign_in()
        pond = self.server.group("pond")
        mark = self.bee.mark()
        self.server.order(do="request", **{"as": "dave"}, frame={
            "set": {"topic": pond, "sub": {"user": self.alice, "mode": "JRWPS"}}})
        self.bee.wait(mark, text="invit")
        self.bee.say(CONTROL, "yes")
        self.until(lambda: "alice" in daily.members(self.server, pond), "in the pond")
        self.server.say("bob", pond, "welcome")
        self.bee.wait(mark, text="^welcome$")

    def test_people_of_a_group(self):
        self.server.order(do="request", **{"as": "carol"}, frame={
            "set": {"topic": self.flowers, "sub": {"user": self.alice, "mode": "JRWPASD"}}})
        self.server.order(do="request", **{"as": "alice"}, frame={
            "set": {"topic": self.flowers, "sub": {"mode": "JRWPASD"}}})
        self.sign_in()
        self.bee.order("chat add tinode %s #flowers" % self.flowers, "successfully added")
        mark = self.bee.mark()
        self.bee.send("JOIN #flowers")
        self.bee.wait(mark, source=self.ids["bob"], command="JOIN", words=["#flowers"])
        self.bee.send("KICK #flowers %s :bye" % self.ids["bob"])
        self.until(lambda: "bob" not in daily.members(self.server, self.flowers), "bob is out")
        self.bee.send("PART #flowers")
        self.bee.wait(mark, source=self.bee.nick, command="PART")
        self.assertIn("alice", daily.members(self.server, self.flowers), "closing is no leaving")

    def test_file_comes(self):
        self.sign_in()
        mark = self.bee.mark()
        self.server.say("bob", "alice", daily.attachment(b"hello file"), head=daily.DRAFTY)
        self.bee.wait(mark, text="notes.txt")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]] + sys.argv[2:], verbosity=1)
