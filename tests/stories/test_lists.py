# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists far longer than anybody's: thousands of conversations, a group of a thousand members."""

import json
import os
import tempfile

from story import Server, Story, main

# What a turn may cost, in yardsticks of purple-host: one is 0.4 ms of a quiet machine, and a person
# notices 100 ms.
TURN = 250
CONTACTS = 1300
MEMBERS = 1024


class Lists(Story):

    def setUp(self):
        self.processes = []

    def serve(self, world):
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(world, file)
        self.addCleanup(os.unlink, file.name)
        self.server = self.start(Server, "--users", file.name)
        state = self.server.state()
        self.ids, self.groups = state["users"], state["groups"]

    def is_in_time(self, turns):
        return turns["longest_cpu_ms"] < TURN * turns["yardstick_ms"]

    def in_time(self, what):
        """No turn of the loop since it was asked last took longer than a person notices. The time
        is the loop's own, as the processor is shared, and compared with other work here."""
        turns = self.alice.loop()
        self.assertTrue(self.is_in_time(turns), "%s: %s" % (what, turns))

    def test_more_conversations_than_an_answer_holds_are_all_there(self):
        others = ["user%04d" % n for n in range(CONTACTS)]
        self.serve({"users": [{"login": "alice"}] + [{"login": name} for name in others],
                    "p2p": [["alice", name] for name in others]})
        # What disturbs only ever adds: the best of some counts.
        self.sign_in()
        for _ in range(2):
            if self.is_in_time(self.alice.loop()):
                break
            self.alice.finish()
            self.processes.remove(self.alice)
            self.sign_in()
        else:
            self.in_time("signing in")
        buddies = {buddy["name"] for buddy in self.alice.ask("buddies", account="alice")}
        self.assertEqual(buddies, {self.ids[name] for name in others})
        # The link comes back: the same list, and nothing twice.
        mark = self.alice.mark()
        self.server.order(do="drop", who="alice")
        self.server.say(others[-1], "alice", "while you were away")
        self.alice.advance_until({"ev": "message", "text": "while you were away"}, 20000, mark)
        self.in_time("coming back")
        self.assertEqual(len(self.alice.ask("buddies", account="alice")), CONTACTS)

    def crowd(self):
        """A group of so many; alice looks at it."""
        others = ["user%04d" % n for n in range(MEMBERS - 1)]
        self.serve({"users": [{"login": "alice"}] + [{"login": name} for name in others],
                    "p2p": [["alice", others[0]]],
                    "groups": [{"name": "crowd", "owner": "alice", "members": others}]})
        self.friend = self.ids[others[0]]
        self.name = self.groups["crowd"]
        self.sign_in()
        self.open(self.name)
        return others

    def all_read(self, others, seq):
        for name in others:
            self.server.send(do="note", **{"as": name}, topic="crowd", what="read", seq=seq)

    def test_thousand_members_each_reads_and_typing_goes_on(self):
        others = self.crowd()
        message = self.send(self.name, "hello, all of you")
        self.in_time("a thousand rows")
        members = self.alice.wait({"ev": "chat-members", "name": self.name})["members"]
        self.assertEqual(len(members), MEMBERS)
        self.do("open", self.friend)
        mark = self.alice.mark()
        self.all_read(others, 1)
        self.server.send(do="note", **{"as": others[0]}, topic="alice", what="kp")
        self.alice.wait({"ev": "typing", "name": self.friend}, mark)
        self.message_state(self.name, message, "read", mark=mark, counts=(MEMBERS - 1,) * 3)
        self.in_time("a thousand receipts")
        told = self.alice.signals("tinode-message-state", "alice", self.name, message, mark=mark)
        self.assertLessEqual(len(told), MEMBERS)

    def test_thousand_reads_in_one_answer_are_one_update_for_each_message(self):
        others = self.crowd()
        messages = [self.send(self.name, "line %d" % n) for n in range(3)]
        mark = self.alice.mark()
        self.server.order(do="refuse", for_ms=600000)
        self.server.order(do="drop", who="alice")
        self.all_read(others, 3)
        self.server.order(do="refuse", for_ms=1)
        self.alice.loop()
        self.alice.advance_until(
            {"ev": "signal", "name": "tinode-message-state",
             "args": lambda args: args[2] == messages[-1] and args[4] == "read"}, 60000, mark)
        self.alice.sync()
        self.in_time("a thousand rows that say read")
        for message in messages:
            told = self.alice.signals("tinode-message-state", "alice", self.name, message,
                                      mark=mark)
            self.assertEqual([args[4:] for args in told], [["read"] + [MEMBERS - 1] * 3])


if __name__ == "__main__":
    main()
