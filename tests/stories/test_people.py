# SPDX-License-Identifier: GPL-2.0-or-later
"""People: finding, adding, removing, renaming, blocking; odd names; who comes unasked."""

import json
import tempfile

from story import Story, main


class People(Story):

    def buddies(self):
        return {b["name"]: b["alias"] for b in self.alice.ask("buddies", account="alice") or []}

    def wait_buddy(self, name, mark=0, **want):
        return self.alice.wait(dict({"ev": "buddy", "name": name}, **want), mark)

    def notice(self, mark, text):
        return self.alice.wait({"ev": "notify", "text": lambda t: t and text in t}, mark)

    def membership(self, other):
        """How the server has alice's membership in the conversation with other; None: it has not."""
        for topic in self.server.state()["topics"]:
            members = {m["user"]: m for m in topic["members"]}
            if topic["kind"] == "p2p" and set(members) == {"alice", other}:
                return members["alice"]
        return None

    def as_other(self, who, **frame):
        return self.server.order(do="request", **{"as": who}, frame=frame)["heard"]

    def upset(self, frame):
        self.server.order(do="frame", to="alice", frame=frame)


class Finding(People):

    server_options = ("--empty",)

    def search(self, words):
        mark = self.alice.mark()
        self.do("action", label="Find People and Groups…")
        request = self.alice.wait({"ev": "request"}, mark)
        self.do_answer(request, words)
        return mark

    def do_answer(self, request, text):
        self.alice.do("answer", id=request["id"], text=text)

    def found(self, mark):
        return self.alice.wait({"ev": "notify", "kind": "search"}, mark)["rows"]

    def test_search_finds_by_login_address_phone_and_id(self):
        self.sign_in()
        for words, tag in (("bob", "bob"), ("bob@example.com", "email:bob@example.com"),
                           ("+1 (702) 555-0002", "tel:+17025550002"), (self.bob, "")):
            rows = self.found(self.search(words))
            self.assertEqual(rows[0], ["Bob Smith", self.bob, "Person", tag.rpartition(":")[2]], words)
            self.assertEqual(len(rows), 1)
        self.assertEqual(self.server.attached("alice"), [])

    def test_search_that_finds_nobody_says_so(self):
        self.sign_in()
        for words in ("nobody here", "nobody", "usrAAAAAAAAAAA", ":::"):
            self.notice(self.search(words), "“%s”" % words)
        self.assertEqual(self.alice.since(0, {"ev": "notify", "kind": "search"}), [])

    def test_search_by_command(self):
        self.sign_in()
        self.do("open", self.carol)
        mark = self.alice.mark()
        self.do("command", self.carol, text="search bob")
        self.assertEqual(self.found(mark)[0][:2], ["Bob Smith", self.bob])

    def test_adding_starts_no_sync_and_posts_nothing(self):
        self.sign_in()
        mark, place = self.alice.mark(), self.server.mark()
        self.do("add", "bob", group="Friends")
        self.wait_buddy(self.bob, mark, alias="Bob Smith", group="Friends")
        self.wait_buddy("bob", mark, what="remove")
        self.server.order(do="clock", advance_ms=1000)
        self.alice.advance(5000)
        self.assertEqual(self.buddies(), {self.bob: "Bob Smith"})
        self.assertIsNotNone(self.membership("bob"))
        self.assertEqual(self.server.attached("alice"), [])
        self.assertEqual(self.server.since(place, {"ev": "pub"}), [])
        self.assertEqual(self.alice.signals("tinode-sync-changed", mark=mark), [])
        self.assertEqual(self.alice.since(mark, {"ev": "notify"}), [])

    def test_adding_from_the_results(self):
        self.sign_in()
        mark = self.search("carol")
        self.found(mark)
        self.do("press", button="add")
        self.alice.wait({"ev": "notify", "kind": "add-buddy", "title": self.carol}, mark)
        self.do("add", self.carol, alias="My Carol")
        self.wait_buddy(self.carol, mark, alias="My Carol")
        self.alice.advance(1000)
        # The name is on the server: another computer has it, too.
        other = self.host()
        other.login("alice", self.server.port)
        other.wait({"ev": "buddy", "name": self.carol, "alias": "My Carol"})

    def test_adding_nobody_leaves_no_dead_buddy(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("add", "nobody")
        self.notice(mark, "Nobody was found for “nobody”")
        self.wait_buddy("nobody", mark, what="remove")
        self.assertEqual(self.buddies(), {})

    def test_a_window_of_results_opens_conversations(self):
        self.sign_in()
        self.found(self.search("bob"))
        self.do("press", button="im")
        self.do("focus", self.bob)
        self.alice.wait_sync("alice", self.bob, "active")
        self.send(self.bob, "hello stranger")
        self.wait_buddy(self.bob, alias="Bob Smith")
        mark = self.alice.mark()
        self.do("press", button="info")
        shown = self.alice.wait({"ev": "notify", "kind": "userinfo"}, mark)
        self.assertIn({"label": "Name", "value": "Bob Smith"}, shown["entries"])


class FindingInBitlbee(Finding):

    ui = "bitlbee"

    def found(self, mark):
        """No window there: lines of text."""
        text = self.alice.wait({"ev": "notify", "text": lambda t: t and t.startswith("Found for")},
                               mark)["text"]
        return [line.split(" — ") for line in text.split("\n")[1:]]

    def test_search_finds_by_login_address_phone_and_id(self):
        self.sign_in()
        for words in ("bob", "bob@example.com", "+17025550002", self.bob):
            self.assertEqual(self.found(self.search(words)), [["Bob Smith", self.bob]], words)

    test_adding_from_the_results = None
    test_a_window_of_results_opens_conversations = None
    test_search_by_command = None


class Deeds(People):

    def test_removing_removes_from_the_server(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("remove", self.bob)
        self.notice(mark, "Bob Smith was removed")
        self.assertNotIn(self.bob, self.buddies())
        other = self.host()
        other.login("alice", self.server.port)
        other.sync()
        self.assertNotIn(self.bob, [b["name"] for b in other.ask("buddies", account="alice")])

    def test_a_contact_that_was_removed_writes_again(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("remove", self.bob)
        self.notice(mark, "Bob Smith was removed")
        self.server.order(do="unload")
        mark = self.alice.mark()
        self.server.say("bob", "alice", "are you there?")
        self.wait_buddy(self.bob, mark, alias="Bob Smith")
        self.got("are you there?", mark)

    def test_renaming_is_followed_on_another_computer(self):
        self.sign_in()
        other = self.host()
        other.login("alice", self.server.port)
        for name, shown in (("Bobby", "Bobby"), ("", "Bob Smith")):
            mark = other.mark()
            self.do("alias", self.bob, alias=name)
            other.wait({"ev": "buddy", "name": self.bob, "alias": shown}, mark)

    def test_block_and_unblock_on_the_server(self):
        self.sign_in()
        mark = self.server.mark()
        self.do("block", self.bob, on=True)
        self.alice.advance(1000)
        self.assertEqual(self.membership("bob")["want"], "RWA")
        self.server.say("bob", "alice", "let me in")
        self.alice.advance(20000)
        self.assertEqual(self.lines("let me in"), [])
        self.assertEqual(self.attaches(mark).count(self.bob), 1)
        self.assertEqual(self.server.attached("alice"), [])
        mark = self.alice.mark()
        self.do("block", self.bob, on=False)
        self.got("let me in", mark)
        self.assertEqual(self.membership("bob")["want"], "JRWPA")

    def test_block_with_an_open_conversation_is_quiet(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.do("block", self.bob, on=True)
        self.alice.advance(10000)
        self.assertEqual(self.membership("bob")["want"], "RWA")
        self.assertEqual(self.alice.since(mark, {"ev": "notify"}), [])
        self.assertEqual(self.alice.since(mark, {"ev": "line"}), [])
        self.do("block", self.bob, on=False)
        self.alice.advance(10000)
        self.alice.wait_sync("alice", self.bob, "active")

    def test_block_made_elsewhere_is_known_at_sign_in(self):
        self.as_other("alice", set={"topic": self.bob, "sub": {"mode": "RWA"}})
        self.sign_in()
        self.open_blocked()

    def open_blocked(self):
        mark = self.server.mark()
        self.do("open", self.bob)
        self.do("focus", self.bob)
        self.alice.advance(10000)
        self.assertEqual(self.attaches(mark), [])
        info = self.info(self.bob)
        self.assertEqual(info["Blocked"], "Yes")
        self.do("block", self.bob, on=False)
        self.alice.advance(1000)
        self.assertEqual(self.membership("bob")["want"], "JRWPA")

    def info(self, name):
        mark = self.alice.mark()
        self.do("info", name)
        shown = self.alice.wait({"ev": "notify", "kind": "userinfo"}, mark)
        return {e["label"]: e["value"] for e in shown["entries"]}

    def test_information(self):
        self.sign_in()
        info = self.info(self.bob)
        self.assertEqual(info["Name"], "Bob Smith")
        self.assertEqual(info["Id"], self.bob)
        self.assertEqual(info["You may"], "read, write, administer")
        self.assertEqual(self.info(self.alice_id)["The server says"], "verified")

    def test_mute_and_archive(self):
        self.sign_in()
        self.do("menu", self.bob, label="Mute")
        self.alice.advance(1000)
        self.assertEqual(self.membership("bob")["want"], "JRWA")
        self.assertEqual(self.info(self.bob)["Muted"], "Yes")
        self.do("menu", self.bob, label="Unmute")
        self.alice.advance(1000)
        self.assertEqual(self.membership("bob")["want"], "JRWPA")
        mark = self.alice.mark()
        self.do("menu", self.bob, label="Archive")
        self.wait_buddy(self.bob, mark, group="Tinode archive")
        self.do("menu", self.bob, label="Unarchive")
        self.wait_buddy(self.bob, mark, group="Tinode")

    def test_set_name_is_seen_by_others(self):
        self.sign_in()
        other = self.host()
        other.login("bob", self.server.port)
        mark, place = self.alice.mark(), other.mark()
        self.do("action", label="Set Name…")
        request = self.alice.wait({"ev": "request"}, mark)
        self.alice.do("answer", id=request["id"], text="Alice the Great")
        other.wait({"ev": "buddy", "name": self.alice_id, "alias": "Alice the Great"}, place)

    def test_tags_are_what_one_is_found_by(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("action", label="Set Tags…")
        request = self.alice.wait({"ev": "request"}, mark)
        self.alice.do("answer", id=request["id"], text="hatter tea")
        self.notice(mark, "Your tags were changed")
        other = self.host()
        other.login("bob", self.server.port)
        place = other.mark()
        other.do("action", account="bob", label="Find People and Groups…")
        request = other.wait({"ev": "request"}, place)
        other.do("answer", id=request["id"], text="tea hatter")
        rows = other.wait({"ev": "notify", "kind": "search"}, place)["rows"]
        self.assertEqual(rows[0][:2], ["Alice Hatter", self.alice_id])

    def test_statistics_are_shown(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("action", label="Sync Statistics…")
        self.alice.wait({"ev": "notify", "kind": "formatted"}, mark)

    def test_state_is_forgotten_while_signed_in(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.open(self.bob)
            self.send(self.bob, "one")
            mark = self.alice.mark()
            self.do("action", label="Forget This Device's Stored State…")
            request = self.alice.wait({"ev": "request", "kind": "action"}, mark)
            self.alice.do("answer", id=request["id"], text="OK")
            self.alice.wait({"ev": "connected", "account": "alice"}, mark)
            self.send(self.bob, "two")
            self.assertEqual(self.alice.metrics("alice")["sync"]["started_ok"] > 0, True)
            self.alice.finish()
            self.processes.remove(self.alice)


class Invisible(People):

    def test_invisible_is_offline_for_others_and_still_gets_messages(self):
        self.sign_in()
        other = self.host()
        other.login("bob", self.server.port)
        other.wait({"ev": "buddy", "name": self.alice_id, "online": True})
        place, mark = other.mark(), self.alice.mark()
        self.do("status", id="invisible")
        other.wait({"ev": "buddy", "name": self.alice_id, "online": False}, place)
        self.notice(mark, "You are invisible")
        self.server.say("carol", "alice", "psst")
        self.alice.advance_until({"ev": "message", "text": "psst"}, ms=125000)
        place = other.mark()
        self.do("status", id="available")
        other.wait({"ev": "buddy", "name": self.alice_id, "online": True}, place)


WORLD = {"users": [{"login": name, "public": {"fn": shown}} for name, shown in
                   (("alice", "Alice Hatter"), ("bob", "Bob Smith"), ("carol", "Carol Xmas"),
                    ("dave", "Dave Goliathsson"))],
         "groups": [{"name": "garden", "owner": "bob", "members": ["carol"],
                     "public": {"fn": "Garden"}}]}


class Strangers(People):

    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as users:
            json.dump(WORLD, users)
            users.flush()
            self.server_options = ("--users", users.name)
            super().setUp()

    def test_somebody_new_appears_with_the_message(self):
        self.sign_in()
        mark = self.alice.mark()
        self.server.say("bob", "alice", "hello, I am Bob")
        self.wait_buddy(self.bob, mark, alias="Bob Smith")
        self.got("hello, I am Bob", mark, name=self.bob)
        self.noted("recv", 1)
        self.alice.signal("tinode-unread", "alice", self.bob, 1, mark=mark)
        self.assertEqual(self.alice.since(mark, {"ev": "disconnected"}), [])

    def test_a_group_that_one_was_put_into_appears_with_its_message(self):
        self.sign_in()
        mark = self.alice.mark()
        garden = self.server.state()["groups"]["garden"]
        self.as_other("bob", set={"topic": garden, "sub": {"user": self.alice_id}})
        self.alice.wait({"ev": "chat", "name": garden, "alias": "Garden"}, mark)
        self.server.say("bob", "garden", "welcome")
        self.got("welcome", mark, name=garden)
        self.alice.signal("tinode-unread", "alice", garden, 1, mark=mark)
        # libpurple loses what a question about a chat holds if nobody answers it.
        request = self.alice.wait({"ev": "request"}, mark)
        self.alice.do("answer", id=request["id"], text="Accept")

    def test_who_wants_to_be_asked_is_asked(self):
        """An account whose own wish is nothing: reading needs accepting first."""
        self.sign_in()
        mark, place = self.alice.mark(), self.server.mark()
        self.upset({"meta": {"topic": "me", "sub": [{"topic": self.bob, "public": {"fn": "Bob"},
                                                     "acs": {"want": "N", "given": "JRWPA",
                                                             "mode": "N"}}]}})
        request = self.alice.wait({"ev": "request", "kind": "action"}, mark)
        self.assertEqual(request["buttons"], ["Accept", "Ignore", "Block"])
        self.alice.advance(5000)
        self.assertEqual(self.attaches(place), [])
        self.alice.do("answer", id=request["id"], text="Accept")
        self.server.wait({"ev": "attach", "who": "alice", "topic": self.bob}, place)


class Names(People):

    def rename(self, name, public):
        self.upset({"meta": {"topic": "me", "sub": [dict({"topic": name, "acs": {
            "want": "JRWPA", "given": "JRWPA", "mode": "JRWPA"}}, **public)]}})

    def test_names_of_all_kinds_are_shown_and_usable(self):
        self.sign_in()
        odd = {"usrAAAAAAAAAA1": ({"public": {"fn": "メカ"}}, "メカ"),
               "usrAAAAAAAAAA2": ({"public": {"fn": "#dev ops"}}, "#dev ops"),
               "usrAAAAAAAAAA3": ({"public": {"fn": "Bob"}}, "Bob"),
               "usrAAAAAAAAAA4": ({"public": {"fn": "Bob"}}, "Bob"),
               "usrAAAAAAAAAA5": ({"public": {"fn": ""}}, "usrAAAAAAAAAA5"),
               "usrAAAAAAAAAA6": ({}, "usrAAAAAAAAAA6"),
               "usrAAAAAAAAAA7": ({"public": {"fn": "a\nb<i>"}}, "a b<i>")}
        mark = self.alice.mark()
        for name, (public, shown) in odd.items():
            self.rename(name, public)
            self.wait_buddy(name, mark, alias=shown)
            self.do("open", name)
        mark = self.alice.mark()
        for name in odd:
            self.rename(name, {"public": {"fn": "New " + name}})
            self.wait_buddy(name, mark, alias="New " + name)
        known = self.buddies()
        self.assertEqual({name: known[name] for name in odd},
                         {name: "New " + name for name in odd})

    def test_author_that_is_in_no_list(self):
        self.sign_in()
        self.open(self.flowers)
        mark = self.alice.mark()
        self.upset({"data": {"topic": self.flowers, "from": "usrZZZZZZZZZZZ", "seq": 1,
                             "ts": "2026-01-02T03:04:05Z", "content": "who am I"}})
        line = self.got("who am I", mark)
        self.assertEqual(line["from"], "usrZZZZZZZZZZZ")

    def test_distinct_in_bitlbee(self):
        self.sign_in(ui="bitlbee")
        mark = self.alice.mark()
        for name in ("usrAAAAAAAAAA3", "usrAAAAAAAAAA4"):
            self.rename(name, {"public": {"fn": "Bob"}})
            self.wait_buddy(name, mark, alias="Bob")


if __name__ == "__main__":
    main()
