# SPDX-License-Identifier: GPL-2.0-or-later
"""The name of the server takes seconds to look up: the client stays alive meanwhile.

The lookup is a real thread of the real resolver; only getaddrinfo() is another one, which sleeps.
"""

import os
import statistics
import time

from story import BUILD, Host, Story, main

LOOKUP_S = 2.0
# The answers that a person waits for. The processor is shared: a late one may be somebody else's.
ANSWER_S = 0.1
# What one turn may cost, in yardsticks of purple-host (0.4 ms of a quiet machine).
TURN = 250


class SlowNames(Story):

    def begin(self, server, lookup_s=LOOKUP_S):
        options = [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
        self.alice = self.start(Host, env={
            "LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "tests", "slow-resolver.so")),
            "SLOW_RESOLVER_MS": str(int(lookup_s * 1000)),
            "ASAN_OPTIONS": ":".join(filter(None, options))})
        self.enable(server)

    def enable(self, server):
        self.asked = time.monotonic()
        self.alice.do("login", account="alice", password="alice123", options={
            "server": "%s:%d" % (server, self.server.port), "tls": "off"})
        self.alice.sync()

    def take_answers(self):
        """Orders, one after the other, as long as the name is being looked up; their times."""
        times = []
        while time.monotonic() - self.asked < LOOKUP_S * 0.8:
            begin = time.monotonic()
            self.alice.ask("buddies", account="alice")
            times.append(time.monotonic() - begin)
            time.sleep(0.02)
        return times

    def ended(self, mark=0):
        return self.alice.wait({"ev": "disconnected", "account": "alice"}, mark)

    def assert_never_blocked(self):
        turns = self.alice.loop()
        self.assertLess(turns["longest_cpu_ms"], TURN * turns["yardstick_ms"])

    def test_lookup_takes_seconds_orders_are_answered_and_then_it_connects(self):
        self.begin("slow.test")
        self.alice.loop()
        times = self.take_answers()
        self.assertEqual(self.alice.since(0, {"ev": "connected"}), [])
        self.assertGreater(len(times), 5)
        self.assertLess(statistics.median(times), ANSWER_S)
        self.assertLess(max(times), LOOKUP_S / 2)
        longest = self.alice.loop()
        self.assertLess(longest["longest_ms"], LOOKUP_S * 1000 / 2)
        self.assertLess(longest["longest_cpu_ms"], TURN * longest["yardstick_ms"])
        self.alice.wait({"ev": "connected", "account": "alice"})
        self.assertGreater(time.monotonic() - self.asked, LOOKUP_S)
        self.open(self.bob)
        self.send(self.bob, "there at last")

    def test_signing_out_while_a_name_is_looked_up_is_at_once(self):
        self.begin("slow.test", 4.0)
        self.alice.loop()
        begin = time.monotonic()
        self.alice.do("logout", account="alice")
        self.assertEqual(self.ended()["reason"], "requested")
        self.assertLess(time.monotonic() - begin, 1)
        self.assert_never_blocked()
        # In again by another name, while the first lookup still runs.
        mark = self.alice.mark()
        self.enable("127.0.0.1")
        self.alice.wait({"ev": "connected", "account": "alice"}, mark)
        self.assertLess(time.monotonic() - begin, 4.0)
        # The answer to the first lookup, when it comes, is nobody's business.
        while time.monotonic() - begin < 4.5:
            time.sleep(0.1)
        self.alice.sync()
        self.assertEqual(len(self.alice.since(0, {"ev": "disconnected"})), 1)
        self.assertEqual(len(self.alice.since(0, {"ev": "connected"})), 1)
        self.assertEqual(len(self.server.state()["sessions"]), 1)

    def test_name_that_is_not_there_is_told_after_the_lookup(self):
        self.begin("gone.test", 0.5)
        ended = self.ended()
        self.assertEqual(ended["reason"], "network-error")
        self.assertIn("gone.test", ended["text"])
        self.assertGreater(time.monotonic() - self.asked, 0.5)

    def test_program_ends_while_a_name_is_looked_up(self):
        self.begin("slow.test", 10.0)
        begin = time.monotonic()
        self.alice.finish()
        self.processes.remove(self.alice)
        self.assertLess(time.monotonic() - begin, 5)


if __name__ == "__main__":
    main()
