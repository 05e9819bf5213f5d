# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of messages after they were written: edits, deletions, answers, forms, notes."""

from story import Story, main

DRAFTY = {"mime": "text/x-drafty"}
DWELL = 1000
FORM = {"txt": "Coming?YesNo", "fmt": [{"len": 12, "tp": "FM"}, {"at": 7, "len": 3},
                                       {"at": 10, "len": 2, "key": 1}],
        "ent": [{"tp": "BN", "data": {"name": "yes", "act": "pub", "val": "oh yes"}},
                {"tp": "BN", "data": {"name": "no", "act": "pub"}}]}


class After(Story):

    def shown(self, name, mark=0):
        return [event["text"] for event in self.alice.since(mark, {"ev": "message", "name": name})]

    def said(self, mark=0):
        """Lines of the system's."""
        return [event["text"] for event in self.alice.since(mark, {"ev": "line"})]

    def line(self, text, mark=0):
        return self.alice.wait({"ev": "line", "text": text}, mark)

    def edit(self, who, to, target, text, **head):
        return self.server.say(who, to, text, head=dict(head, replace=":%d" % target))

    def command(self, name, text):
        self.do("command", name, text=text)

    def published(self, mark=0):
        return self.server.since(mark, {"ev": "pub", "who": "alice"})

    def come_back(self):
        """The link is cut and resumed."""
        mark = self.alice.mark()
        self.server.order(do="drop", who="alice")
        self.alice.advance_until({"ev": "signal", "name": "tinode-sync-changed",
                                  "args": lambda args: args[2] == "active"}, 60000, mark)


class Edits(After):

    def test_an_edit_is_one_line_that_says_so(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.open(self.bob)
            seq = self.server.say("bob", "alice", "typo")
            self.got("typo")
            last = self.edit("bob", "alice", seq, "fixed")
            self.got("Edited “typo”: fixed")
            self.alice.advance(DWELL + 500)
            self.noted("read", last)
            self.come_back()
            self.server.say("bob", "alice", "next")
            self.got("next")
            self.assertEqual(self.shown(self.bob), ["typo", "Edited “typo”: fixed", "next"])
            self.alice.finish()
            self.processes.remove(self.alice)
            self.sign_in(folder=folder)
            self.open(self.bob)
            self.server.say("bob", "alice", "after all")
            self.got("after all")
            # What was unread is shown once more, what was read is not.
            self.assertNotIn("Edited “typo”: fixed", self.shown(self.bob))

    def test_an_edit_of_what_is_not_known_is_shown_once(self):
        for number in range(1, 13):
            self.server.say("bob", "alice", "m%d" % number)
        self.server.note("alice", self.bob, "read", 12)
        self.sign_in(history=0)
        self.open(self.bob)
        last = self.edit("bob", "alice", 12, "fixed")
        self.got("Edited: fixed")
        self.alice.advance(DWELL + 500)
        self.noted("read", last)
        self.come_back()
        self.server.say("bob", "alice", "next")
        self.got("next")
        self.assertEqual(self.shown(self.bob), ["Edited: fixed", "next"])

    def test_an_edit_by_somebody_else_changes_nothing(self):
        self.sign_in()
        self.open(self.flowers)
        seq = self.server.say("bob", "flowers", "mine")
        self.got("mine")
        last = self.edit("carol", "flowers", seq, "forged")
        self.assertEqual(self.got("forged")["from"], self.carol)
        self.alice.advance(DWELL + 500)
        self.noted("read", last)
        self.edit("bob", "flowers", seq, "true")
        self.got("Edited “mine”: true")
        self.edit("bob", "flowers", last + 90, "of the future")
        self.got("of the future")

    def test_edited_while_away_the_last_text_stands_in_its_place(self):
        seq = self.server.say("bob", "alice", "wrong")
        self.server.say("bob", "alice", "between")
        self.edit("bob", "alice", seq, "better")
        last = self.edit("bob", "alice", seq, "best")
        self.sign_in()
        self.open(self.bob)
        self.got("between")
        self.alice.advance(DWELL + 500)
        self.noted("read", last)
        self.assertEqual(self.shown(self.bob), ["best (edited)", "between"])
        self.assertEqual(self.alice.signals("tinode-unread")[-1][2], 0)

    def test_own_edits_go_out_as_edits_with_a_tick(self):
        self.sign_in()
        self.open(self.bob)
        self.send(self.bob, "hallo")
        mark = self.alice.mark()
        self.command(self.bob, "edit hello <there>")
        line = self.got("Edited “hallo”: hello <there>", mark)
        self.message_state(self.bob, line["id"], "sent", mark)
        pub = self.published()[-1]
        self.assertEqual(pub["content"], "hello <there>")
        self.server.note("bob", self.alice_id, "read", pub["seq"])
        self.message_state(self.bob, line["id"], "read", mark)
        self.assertIn("send", line["flags"])

    def test_an_own_edit_survives_a_crash_and_is_posted_once(self):
        for silence in ({"times": 1}, {"times": 1, "echo": True}):
            with self.subTest(silence), self.folder() as folder:
                self.sign_in(folder=folder)
                self.open(self.bob)
                self.send(self.bob, "hallo")
                place = self.server.mark()
                self.server.order(do="silence", to="pub", **silence)
                self.command(self.bob, "edit hello")
                self.server.wait({"ev": "pub", "who": "alice", "content": "hello"}, place)
                self.alice.kill()
                self.processes.remove(self.alice)
                self.sign_in(folder=folder)
                self.open(self.bob)
                self.send(self.bob, "end")
                self.assertEqual([pub["content"] for pub in self.published(place)],
                                 ["hello", "end"])
                self.alice.finish()
                self.processes.remove(self.alice)

    def test_a_message_that_waits_is_changed_before_it_leaves(self):
        self.sign_in()
        self.open(self.bob)
        self.server.order(do="refuse", for_ms=600000)
        self.server.order(do="drop", who="alice")
        self.alice.wait_sync("alice", self.bob, "suspended")
        self.do("send", self.bob, text="hallo")
        self.command(self.bob, "edit hello")
        self.do("send", self.bob, text="nonsense")
        self.command(self.bob, "delete")
        self.line("Your message that waited to be sent was taken back.")
        self.server.order(do="refuse", for_ms=1)
        self.alice.advance_until({"ev": "signal", "name": "tinode-message-state",
                                  "args": lambda args: args[4] == "sent"}, 60000)
        self.assertEqual([pub["content"] for pub in self.published()], ["hello"])


class Deletions(After):

    def delete(self, who, topic, low, high, hard=True):
        self.server.order(do="request", **{"as": who}, frame={"del": {
            "topic": topic, "what": "msg", "hard": hard,
            "delseq": [{"low": low, "hi": high + 1}]}})

    def test_what_was_shown_and_deleted_is_told_in_one_line(self):
        self.sign_in()
        self.open(self.flowers)
        for text in ("one", "two", "three", "four"):
            self.server.say("bob", "flowers", text)
            self.got(text)
        self.delete("carol", self.flowers, 2, 2)
        self.line("Carol Xmas deleted a message: “two”")
        self.delete("carol", self.flowers, 1, 3)
        self.line("Carol Xmas deleted 2 messages.")
        self.come_back()
        self.server.say("bob", "flowers", "next")
        self.got("next")
        self.assertEqual(len(self.said()), 2)
        self.assertEqual(self.shown(self.flowers), ["one", "two", "three", "four", "next"])

    def test_what_was_never_shown_is_not_told(self):
        for number in range(1, 6):
            self.server.say("bob", "flowers", "m%d" % number)
        self.server.note("alice", self.flowers, "read", 5)
        self.sign_in(history=0)
        self.open(self.flowers)
        self.delete("carol", self.flowers, 2, 3)
        self.server.say("bob", "flowers", "next")
        self.got("next")
        self.assertEqual(self.said(), [])

    def test_what_is_too_old_stays_and_is_not_told(self):
        self.sign_in()
        self.open(self.flowers)
        seq = self.server.say("bob", "flowers", "old")
        self.got("old")
        self.server.order(do="clock", advance_ms=700000)
        self.alice.wait_sync("alice", self.flowers, "active")
        self.delete("carol", self.flowers, seq, seq)
        self.server.say("bob", "flowers", "new")
        self.got("new")
        self.assertEqual(self.said(), [])

    def test_own_messages_are_deleted_as_far_as_the_server_lets_us(self):
        self.sign_in()
        self.open(self.bob)
        self.send(self.bob, "secret")
        self.command(self.bob, "delete")
        self.line("Deleted for you, the others still have it: “secret”")


class Answers(After):

    def test_a_reply_quotes_as_official_clients_do(self):
        self.sign_in()
        self.open(self.bob)
        seq = self.server.say("bob", "alice", "Tea?")
        self.got("Tea?")
        mark = self.alice.mark()
        self.command(self.bob, "reply Yes & thanks")
        line = self.got("To Bob Smith “Tea?”: Yes & thanks", mark)
        self.message_state(self.bob, line["id"], "sent", mark)
        self.assertEqual(self.published()[-1]["content"], {
            "txt": "Bob Smith Tea?Yes & thanks", "fmt": [
                {"len": 9}, {"at": 9, "len": 1, "tp": "BR"}, {"len": 14, "tp": "QQ"}],
            "ent": [{"tp": "MN", "data": {"val": self.bob}}]})
        self.assertGreater(seq, 0)

    def test_what_stands_in_the_window_can_be_meant_after_a_new_sign_in(self):
        self.sign_in()
        self.open(self.bob)
        seq = self.server.say("bob", "alice", "Tea?")
        self.got("Tea?")
        self.send(self.bob, "Yse")
        self.do("logout")
        self.alice.wait({"ev": "disconnected"})
        mark = self.alice.mark()
        self.alice.login("alice", self.server.port)
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "active", mark=mark)
        mark = self.alice.mark()
        self.command(self.bob, "edit Yes")
        line = self.got("Edited “Yse”: Yes", mark)
        self.message_state(self.bob, line["id"], "sent", mark)
        self.command(self.bob, "reply please")
        self.got("To Bob Smith “Tea?”: please", mark)
        self.assertGreater(seq, 0)

    def test_a_form_is_shown_and_answered(self):
        self.sign_in()
        self.open(self.bob)
        seq = self.server.say("bob", "alice", FORM, head=DRAFTY)
        self.got("Coming?\n1. Yes\n2. No\n(Choose with /answer and the number.)")
        mark = self.alice.mark()
        self.command(self.bob, "answer 1")
        line = self.got("Yes", mark)
        self.message_state(self.bob, line["id"], "sent", mark)
        self.assertEqual(self.published()[-1]["content"], {
            "txt": "Yes", "fmt": [{"at": -1}], "ent": [{"tp": "EX", "data": {
                "mime": "text/x-drafty-fr", "val": {"seq": seq, "resp": {"yes": "oh yes"}}}}]})

    def test_where_there_are_no_commands_none_is_named(self):
        self.sign_in("bitlbee")
        self.server.say("bob", "alice", FORM, head=DRAFTY)
        self.got("Coming?\n1. Yes\n2. No")

    def test_messages_are_kept_in_the_notes(self):
        self.sign_in()
        self.open(self.bob)
        self.server.say("bob", "alice", "the address")
        self.got("the address")
        self.command(self.bob, "save")
        self.line("Saved in your notes to self: “the address”")
        pub = self.server.wait({"ev": "pub", "who": "alice"})
        self.assertEqual(pub["content"]["txt"], "➦ Bob Smith the address")
        self.alice.wait({"ev": "buddy", "name": "slf", "alias": "Notes to self", "online": True})
        self.open("slf")
        self.send("slf", "milk")
        place = self.server.mark()
        self.server.order(do="request", **{"as": "alice"}, frame={"pub": {
            "topic": "slf", "content": "from phone"}})
        line = self.got("from phone")
        self.assertIn("send", line["flags"])
        self.alice.advance(15000)
        self.assertEqual(self.server.since(place, {"ev": "note", "who": "alice",
                                                   "topic": "slf"}), [])
        self.assertEqual([args for args in self.alice.signals("tinode-unread")
                          if args[1] == "slf" and args[2] > 0], [])

    def test_refused_messages_can_be_sent_again(self):
        self.sign_in()
        self.open(self.bob)
        self.server.order(do="error", to="pub", code=403, times=1, text="permission denied")
        self.do("send", self.bob, text="again")
        self.line("Your message was not sent: you may not write here. To try again, type /resend.")
        mark = self.alice.mark()
        self.command(self.bob, "resend")
        self.message_state(self.bob, None, "sent", mark)
        self.assertEqual([pub["content"] for pub in self.published()], ["again"])

    def test_seen_by_command_is_told_whatever_the_policy(self):
        self.sign_in(**{"send-read": "never"})
        self.open(self.bob)
        seq = self.server.say("bob", "alice", "psst")
        self.got("psst")
        self.alice.advance(DWELL + 500)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.command(self.bob, "seen")
        self.noted("read", seq)


if __name__ == "__main__":
    main()
