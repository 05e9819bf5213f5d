# SPDX-License-Identifier: GPL-2.0-or-later
"""Receipts as words, for people who listen to the screen and where nothing draws ticks."""

from story import Story, main


class Words(Story):

    ui = "finch"

    def told(self, mark=0):
        return [event["text"] for event in self.alice.since(mark, {"ev": "line"})]

    def end(self, name=None):
        """A message that comes after everything that was ordered; the mark of now."""
        self.server.say("bob", name or "alice", "end")
        self.got("end")

    def test_one_line_for_each_change_of_the_newest(self):
        self.sign_in(**{"receipt-lines": "on"})
        self.open(self.bob)
        for text in ("one", "two", "three"):
            self.send(self.bob, text)
        mark = self.alice.mark()
        self.server.note("bob", self.alice_id, "recv", 3)
        self.server.note("bob", self.alice_id, "read", 2)
        self.server.note("bob", self.alice_id, "read", 3)
        self.end()
        self.assertEqual(self.told(mark), ["Delivered.", "Read."])
        for event in self.alice.since(mark, {"ev": "line"}):
            self.assertIn("system", event["flags"])
            self.assertIn("no-log", event["flags"])
            self.assertNotIn("recv", event["flags"])
            self.assertNotIn("nick", event["flags"])

    def test_group_of_three_readers(self):
        self.sign_in(**{"receipt-lines": "on"})
        self.open(self.flowers)
        self.send(self.flowers, "hello all")
        mark = self.alice.mark()
        for what in ("recv", "read"):
            for who in ("bob", "carol", "dave"):
                self.server.note(who, self.flowers, what, 1)
        self.end(self.flowers)
        self.assertEqual(self.told(mark), ["Delivered to all 3.", "Read by all 3."])

    def test_out_of_view_nothing_is_marked_by_it(self):
        self.sign_in(**{"receipt-lines": "on"})
        self.alice.do("trace", on=True)
        self.open(self.bob)
        self.send(self.bob, "one")
        self.server.say("bob", "alice", "looked at")
        self.got("looked at")
        self.noted("read", 2)
        self.send(self.bob, "two")
        self.do("blur")
        notes = self.server.mark()
        mark = self.alice.mark()
        self.server.note("bob", self.alice_id, "recv", 3)
        self.server.note("bob", self.alice_id, "read", 3)
        self.alice.wait({"ev": "line", "text": "Read."}, mark)
        self.alice.advance(5000)
        self.assertEqual(self.alice.since(mark, {"ev": "trace", "what": "updated",
                                                 "word": "unseen"}), [])
        self.server.say("bob", "alice", "not looked at")
        self.got("not looked at")
        self.alice.signal("tinode-unread", "alice", self.bob, 1, mark=mark)
        self.alice.advance(5000)
        self.assertEqual(self.server.notes("alice", "read", notes), [])
        self.do("focus", self.bob)
        self.noted("read", 4, notes)
        self.assertEqual(self.told(mark), ["Delivered.", "Read."])

    def test_pidgin_out_of_view_waits_for_the_focus(self):
        self.sign_in("pidgin", **{"receipt-lines": "on"})
        self.open(self.bob)
        self.send(self.bob, "one")
        self.do("blur")
        self.alice.advance(3000)
        mark = self.alice.mark()
        self.server.note("bob", self.alice_id, "recv", 1)
        self.server.note("bob", self.alice_id, "read", 1)
        self.alice.signal("tinode-message-state", "alice", self.bob, None, 1, "read", mark=mark)
        self.alice.advance(3000)
        self.assertEqual(self.told(mark), [])
        self.do("focus", self.bob)
        self.alice.wait({"ev": "line", "text": "Read."}, mark)
        self.assertEqual(self.told(mark), ["Read."])

    def test_bitlbee_in_the_control_channel_and_only_if_asked_for(self):
        for choice, notices in (("auto", []), ("on", ["Bob Smith: Delivered.", "Bob Smith: Read."])):
            with self.subTest(choice):
                self.sign_in("bitlbee", **{"receipt-lines": choice})
                seq = self.server.say("bob", "alice", "hello")
                self.got("hello")
                self.do("send", self.bob, text="one")
                self.alice.signal("tinode-message-state", "alice", self.bob, None, seq + 1, "sent")
                mark = self.alice.mark()
                self.server.note("bob", self.alice_id, "recv", seq + 1)
                self.server.note("bob", self.alice_id, "read", seq + 1)
                self.server.say("bob", "alice", "end " + choice)
                self.got("end " + choice)
                self.assertEqual([event["text"] for event in
                                  self.alice.since(mark, {"ev": "notify", "kind": "notice"})],
                                 notices)
                self.assertEqual(self.told(mark), [])
                self.assertEqual(self.alice.since(mark, {"ev": "dropped"}), [])
                self.alice.finish()
                self.processes.remove(self.alice)


if __name__ == "__main__":
    main()
