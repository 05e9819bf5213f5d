# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing grows: many sign-ins, many messages, many receipts, and then silence."""

import json
import os
import tempfile

from story import BUILD, Failure, Server, Story, main

# Under a sanitizer it is leaks that are looked for, and those show with less.
SCALE = 10 if "asan" in BUILD else 1
CHANNELS = 200 // SCALE
MESSAGES = 20000 // SCALE
RECEIPTS = 100000 // SCALE
SIGN_INS = 200 // SCALE
QUIET_S = 7
WINDOWS = 3
KB_PER_LINE = 0.4


def status(process, key):
    with open("/proc/%d/status" % process.child.pid, encoding="ascii") as file:
        for line in file:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    raise KeyError(key)


class Growth(Story):

    def setUp(self):
        users = [{"login": "alice"}] + [{"login": "user%d" % n} for n in range(CHANNELS)]
        world = {"users": users, "p2p": [["alice", "user%d" % n] for n in range(CHANNELS)]}
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(world, file)
        self.world = file.name
        self.server_options = ("--users", self.world)
        self.processes = []
        self.server = self.start(Server, *self.server_options)
        self.ids = self.server.state()["users"]

    def tearDown(self):
        super().tearDown()
        os.unlink(self.world)

    def memory(self):
        return status(self.alice, "VmRSS")

    def receipts(self, count):
        """count receipts on me, of all contacts in turn; most of them known already."""
        for number in range(count):
            peer = self.ids["user%d" % (number % CHANNELS)]
            self.server.send(do="frame", to="alice", frame={"info": {
                "topic": "me", "src": peer, "from": peer, "what": "read",
                "seq": 1 + number // CHANNELS % 100}})

    def wake_ups(self):
        """How often the client woke up in a window in which nothing happens. libpurple has timers of
        its own (the buddy list is saved some seconds after a change), so one window is not enough."""
        self.alice.sync()
        before = status(self.alice, "voluntary_ctxt_switches")
        mark = self.alice.mark()
        with self.assertRaises(Failure):
            self.alice.wait(lambda _: True, mark, deadline=QUIET_S)
        return status(self.alice, "voluntary_ctxt_switches") - before

    def test_nothing_grows(self):
        self.sign_in()
        for _ in range(SIGN_INS):
            mark = self.alice.mark()
            self.alice.send(do="logout", account="alice")
            self.alice.wait({"ev": "disconnected"}, mark)
            self.alice.send(do="login", account="alice")
            self.alice.wait({"ev": "connected"}, mark)
        self.server.say("user0", "alice", "hello")
        self.got("hello")
        self.alice.advance(15000)
        self.assertEqual(len(self.lines("hello")), 1)
        self.assertEqual(len(self.server.notes("alice")), 1)
        taken = self.alice.metrics("alice")["link"]["frames_in"]
        sizes = []
        for round_ in range(4):
            each = MESSAGES // CHANNELS // 4
            for number in range(CHANNELS):
                self.server.send(do="say", **{"as": "user%d" % number}, to="alice",
                                 content="m", times=each)
            self.receipts(RECEIPTS // 4)
            self.server.state()
            self.alice.wait_count("message", 1 + each * CHANNELS * (round_ + 1), deadline=120)
            self.alice.advance(30000)
            sizes.append(self.memory())
        metrics = self.alice.metrics("alice")
        self.assertEqual(len(self.lines("m")), MESSAGES)
        self.assertGreaterEqual(metrics["link"]["frames_in"] - taken, RECEIPTS)
        self.alice.advance(60000)
        self.assertEqual(self.alice.metrics("alice")["timers"]["armed"], 0)
        self.assertEqual(self.server.attached("alice"), [])
        print("kB after each quarter:", sizes)
        if SCALE == 1:  # a sanitizer keeps what was freed, and has a thread of its own
            # libpurple keeps every line that a conversation has shown; the rest must stay flat.
            self.assertLessEqual(sizes[3] - sizes[1],
                                 KB_PER_LINE * MESSAGES // 2 + sizes[1] * 5 // 100, sizes)
        self.assertLessEqual(min(self.wake_ups() for _ in range(WINDOWS)), 1)


if __name__ == "__main__":
    main()
