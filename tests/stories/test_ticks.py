# SPDX-License-Identifier: GPL-2.0-or-later
"""Ticks and counts of own messages."""

from story import Story, main


class Ticks(Story):

    def test_sent_delivered_read(self):
        self.sign_in()
        self.open(self.bob)
        message = self.send(self.bob, "hi")
        self.server.note("bob", self.alice_id, "recv", 1)
        self.message_state(self.bob, message, "delivered", counts=(1, 0, 1))
        self.server.note("bob", self.alice_id, "read", 1)
        self.message_state(self.bob, message, "read", counts=(1, 1, 1))
        self.assertEqual(self.alice.ask("ipc", account="alice", call="message-state",
                                        name=self.bob, args=[message]), "read")

    def test_receipts_come_on_me_while_closed(self):
        self.sign_in()
        self.open(self.bob)
        message = self.send(self.bob, "hi")
        self.do("close", self.bob)
        self.alice.advance(10000)
        self.assertEqual(self.server.attached("alice"), [])
        self.server.note("bob", self.alice_id, "read", 1)
        self.message_state(self.bob, message, "read")

    def test_read_while_the_link_was_down_is_learnt_after(self):
        self.sign_in()
        self.open(self.bob)
        message = self.send(self.bob, "hi")
        mark = self.alice.mark()
        self.server.order(do="refuse", for_ms=300)
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "suspended", mark=mark)
        self.server.note("bob", self.alice_id, "read", 1)
        self.message_state(self.bob, message, "read", mark=mark)
        self.assertEqual(self.alice.since(0, {"ev": "disconnected"}), [])

    def test_group_says_how_far(self):
        self.sign_in()
        self.open(self.flowers)
        message = self.send(self.flowers, "hello all")
        self.server.note("bob", self.flowers, "recv", 1)
        self.server.note("bob", self.flowers, "read", 1)
        self.server.note("carol", self.flowers, "recv", 1)
        self.message_state(self.flowers, message, "sent", counts=(2, 1, 3))
        mark = self.alice.mark()
        self.do("command", self.flowers, text="receipts")
        text = self.alice.wait({"ev": "line"}, mark)["text"]
        for name in ("Bob Smith", "Carol Xmas", "Dave Goliathsson"):
            self.assertIn(name, text)
        self.assertRegex(text, "Read by: Bob")
        self.assertRegex(text, "Delivered to: Carol")
        self.assertRegex(text, "Not yet delivered to: Dave")
        self.server.note("dave", self.flowers, "recv", 1)
        self.message_state(self.flowers, message, "delivered", counts=(3, 1, 3))
        self.server.note("carol", self.flowers, "read", 1)
        self.server.note("dave", self.flowers, "read", 1)
        self.message_state(self.flowers, message, "read", counts=(3, 3, 3))

    def test_cursors_never_move_backwards(self):
        self.sign_in()
        self.open(self.bob)
        for number in range(1, 11):
            self.send(self.bob, "m%d" % number)
        self.server.note("bob", self.alice_id, "read", 10)
        self.alice.signal("tinode-receipt", "alice", self.bob, self.bob, "read", 10)
        stale = self.alice.metrics("alice")["receipts"]["stale"]
        mark = self.alice.mark()
        for seq in (8, 7, 6):
            self.server.order(do="frame", to="alice", frame={"data": {
                "topic": self.bob, "from": self.bob, "ts": "2026-01-02T03:04:05Z", "seq": seq,
                "content": "old"}})
        self.server.order(do="frame", to="alice", frame={"info": {
            "topic": self.bob, "from": self.bob, "what": "read", "seq": 4}})
        self.server.order(do="frame", to="alice", frame={"meta": {
            "topic": self.bob, "sub": [{"user": self.bob, "acs": {}, "read": 9, "recv": 3}]}})
        self.server.say("bob", "alice", "end")
        self.got("end", mark)
        moved = [args[3:] for args in self.alice.signals("tinode-receipt", mark=mark)
                 if args[4] <= 10]
        self.assertEqual(moved, [])
        self.assertEqual(self.alice.signals("tinode-message-state", mark=mark), [])
        self.assertEqual(self.lines("old"), [])
        self.assertGreaterEqual(self.alice.metrics("alice")["receipts"]["stale"], stale + 2)

    def test_own_echo_is_one_line_with_one_tick(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.server.order(do="silence", to="pub", times=1, echo=True)
        self.do("send", self.bob, text="hello")
        line = self.got("hello", mark)
        self.message_state(self.bob, line["id"], "sent", mark)
        self.server.order(do="frame", to="alice", frame={"data": {
            "topic": self.bob, "from": self.alice_id, "ts": "2026-01-02T03:04:05Z", "seq": 1,
            "head": {"x-purple-tinode-id": line["id"]}, "content": "hello"}})
        self.server.order(do="frame", to="alice", frame={"pres": {
            "topic": "me", "src": self.bob, "what": "msg", "seq": 1}})
        self.alice.advance(5000)
        self.assertEqual(len(self.lines("hello")), 1)
        sent = self.alice.signals("tinode-message-state", "alice", self.bob, None, 1, "sent")
        self.assertEqual([args[2] for args in sent], [line["id"]])
        self.assertEqual(self.alice.signals("tinode-unread"), [])


if __name__ == "__main__":
    main()
