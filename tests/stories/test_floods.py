# SPDX-License-Identifier: GPL-2.0-or-later
"""Very many own messages that change at once: told in slices, and the client lives on between."""

from story import BUILD, Story, main

COUNT = 1000 if "asan" in BUILD else 10000
PIECE = 500


class Floods(Story):

    def messages(self, count):
        """count own messages from another device, all told as stored."""
        self.sign_in()
        self.open(self.bob)
        for _ in range(count // PIECE):
            mark = self.alice.mark()
            seq = self.server.say("alice", self.bob, "a line of some length", times=PIECE)
            self.alice.signal("tinode-message-state", "alice", self.bob, None, seq, "sent",
                              mark=mark)
        return seq

    def read(self, seq):
        """Bob reads them all; where alice's events stand before that."""
        mark = self.alice.mark()
        self.server.note("bob", self.alice_id, "read", seq)
        return mark

    def states(self, mark):
        return [event["args"] for event in
                self.alice.since(mark, {"ev": "signal", "name": "tinode-message-state"})]

    def test_each_once_in_order_and_a_question_is_answered_between(self):
        seq = self.messages(COUNT)
        newest = self.alice.signal("tinode-message-state", "alice", self.bob, None, seq, "sent")[2]
        mark = self.read(seq)
        self.alice.signal("tinode-message-state", "alice", self.bob, None, None, "read", mark=mark)
        state = self.alice.ask("ipc", account="alice", call="message-state", name=self.bob,
                               args=[newest])
        told = len(self.states(mark))
        self.assertEqual(state, "read")  # ahead of what is told
        self.assertLess(told, COUNT)
        self.alice.signal("tinode-message-state", "alice", self.bob, None, seq, "read",
                          mark=mark, deadline=60)
        self.alice.sync()
        states = self.states(mark)
        self.assertEqual(len(states), COUNT)
        self.assertEqual([args[4] for args in states], ["read"] * COUNT)
        seqs = [args[3] for args in states]
        self.assertEqual(seqs, sorted(set(seqs)))
        self.alice.advance(1000)
        self.assertEqual(len(self.states(mark)), COUNT)

    def test_signing_out_in_the_middle_ends_it(self):
        mark = self.read(self.messages(1000))
        self.alice.signal("tinode-message-state", "alice", self.bob, None, None, "read", mark=mark)
        self.alice.send(do="logout", account="alice")
        self.alice.wait({"ev": "disconnected"}, mark)
        told = len(self.states(mark))
        self.assertLess(told, 1000)
        self.alice.advance(5000)
        self.assertEqual(len(self.states(mark)), told)


if __name__ == "__main__":
    main()
