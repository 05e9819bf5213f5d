# SPDX-License-Identifier: GPL-2.0-or-later
"""Receipt sync over time: other devices, long absences, bad links, many conversations."""

import glob
import os
import random
import time

from story import Story, main

DWELL = 1000


class Sync(Story):

    def frame(self, **frame):
        self.server.order(do="frame", to="alice", frame=frame)

    # Other devices

    def test_read_on_another_device_is_told_once_and_not_again(self):
        self.sign_in()
        own = []
        self.open(self.bob)
        own.append(self.send(self.bob, "mine"))
        self.do("blur")
        self.do("close", self.bob)
        self.alice.advance(10000)
        for text in ("four", "five"):
            self.server.say("bob", "alice", text)
            self.got(text)
        self.alice.signal("tinode-unread", "alice", self.bob, 2)
        self.alice.advance(10000)
        mark, states = self.alice.mark(), len(self.alice.signals("tinode-message-state"))
        place = self.server.mark()
        self.frame(pres={"topic": "me", "src": self.bob, "what": "read", "seq": 3})
        self.frame(info={"topic": "me", "src": self.bob, "from": self.alice_id, "what": "read",
                         "seq": 3})
        self.alice.signal("tinode-unread", "alice", self.bob, 0, mark=mark)
        self.do("open", self.bob)
        self.do("focus", self.bob)
        self.alice.advance(3000)
        self.assertEqual(len(self.alice.signals("tinode-unread", mark=mark)), 1)
        self.assertEqual(self.server.notes("alice", "read", place), [])
        self.assertEqual(len(self.alice.signals("tinode-message-state")), states)

    def test_written_on_another_device_while_closed(self):
        self.sign_in()
        self.server.say("bob", "alice", "a question")
        self.got("a question")
        self.alice.signal("tinode-unread", "alice", self.bob, 1)
        self.alice.advance(10000)
        place = self.server.mark()
        self.server.say("alice", "bob", "from phone")
        line = self.got("from phone")
        self.assertIn("send", line["flags"])
        self.assertNotEqual(line["id"], "")
        self.alice.signal("tinode-unread", "alice", self.bob, 0)
        self.server.note("bob", self.alice_id, "read", 2)
        self.message_state(self.bob, line["id"], "read")
        self.assertEqual(self.server.notes("alice", mark=place), [])

    # Messages that are not there

    def test_deleted_while_unread_is_neither_waited_for_nor_unread(self):
        for number in range(1, 21):
            self.server.say("bob", "alice", "m%d" % number)
        self.server.note("alice", self.bob, "read", 15)
        self.server.order(do="request", **{"as": "alice"}, frame={"del": {
            "topic": self.bob, "what": "msg", "delseq": [{"low": 17, "hi": 20}]}})
        self.sign_in()
        self.open(self.bob)
        self.got("m20")
        self.alice.advance(DWELL + 500)
        self.noted("read", 20)
        shown = [event["text"] for event in self.alice.since(0, {"ev": "message"})]
        self.assertEqual(shown[-2:], ["m16", "m20"])
        self.assertEqual(self.alice.signals("tinode-unread")[-1][2], 0)
        self.assertTrue(all(args[2] >= 0 for args in self.alice.signals("tinode-unread")))

    def test_conversation_never_seen_before(self):
        self.sign_in()
        users = self.server.state()["users"]
        self.assertIn("dave", users)
        self.server.order(do="request", **{"as": "alice"}, frame={"del": {
            "topic": self.dave, "what": "topic"}})
        self.alice.wait({"ev": "buddy", "name": self.dave, "what": "remove"})
        self.server.order(do="unload")
        mark = self.alice.mark()
        seq = self.server.say("dave", "alice", "me again")
        message = self.got("me again", mark)
        self.assertEqual(message["alias"], "Dave Goliathsson")
        self.alice.wait({"ev": "buddy", "name": self.dave, "what": "add"}, mark)
        self.alice.signal("tinode-unread", "alice", self.dave, 1, mark=mark)
        self.noted("recv", seq)

    def test_unread_in_a_closed_window_is_shown_again_and_can_be_read(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.server.say("bob", "alice", "one")
            self.got("one")
            self.open(self.bob)
            self.alice.advance(DWELL + 500)
            self.noted("read", 1)
            self.do("blur")
            for text in ("two", "three"):
                self.server.say("bob", "alice", text)
                self.got(text)
            self.do("close", self.bob)
            self.alice.advance(15000)
            mark = self.alice.mark()
            self.open(self.bob)
            self.got("three", mark)
            self.assertEqual([e["text"] for e in self.alice.since(mark, {"ev": "message"})],
                             ["two", "three"])
            self.do("blur")
            self.alice.advance(15000)
            self.alice.finish()
            self.processes.remove(self.alice)
            self.sign_in(folder=folder)
            self.assertEqual(self.alice.since(0, {"ev": "message"}), [])
            self.open(self.bob)
            self.got("three")
            self.alice.advance(DWELL + 500)
            self.noted("read", 3)
            self.do("close", self.bob)
            self.alice.advance(15000)
            mark = self.alice.mark()
            self.open(self.bob)
            self.alice.advance(3000)
            self.assertEqual(self.alice.since(mark, {"ev": "message"}), [])

    # Long absences

    def test_a_thousand_unread_come_once_in_order(self):
        self.server.say("bob", self.flowers, "m1")
        self.server.note("alice", self.flowers, "read", 1)
        place = self.server.mark()
        self.server.order(do="say", **{"as": "bob"}, to=self.flowers, content="more", times=1050)
        begin = time.monotonic()
        self.sign_in()
        self.alice.wait_count("message", 1050, deadline=60)
        self.open(self.flowers)
        self.alice.advance(2 * DWELL)
        self.noted("read", 1051)
        self.assertEqual(self.server.notes("alice", "read", place), [1051])
        # Gathered for a tenth of a second each.
        self.assertLessEqual(len(self.server.notes("alice", "recv", place)),
                             10 * (time.monotonic() - begin) + 3)
        self.assertEqual(len(self.lines("more")), 1050)

    def test_nothing_old_again(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            for text in ("u1", "u2"):
                self.server.say("dave", "alice", text)
                self.got(text)
            for other in ("bob", "carol"):
                self.server.say(other, "alice", "from " + other)
                self.got("from " + other)
                self.open(self.ids[other])
            self.open(self.flowers)
            self.alice.advance(3000)
            lines = len(self.alice.since(0, {"ev": "message"}))
            for round_ in range(5):
                mark = self.alice.mark()
                self.server.order(do="drop", who="alice")
                self.alice.signal("tinode-sync-changed", "alice", self.flowers, "suspended",
                                  mark=mark)
                text = "meanwhile %d" % round_
                self.server.say("bob", "alice", text)
                self.got(text, mark)
                self.alice.wait_sync("alice", self.flowers, "active")
            self.assertEqual(len(self.alice.since(0, {"ev": "message"})), lines + 5)
            self.assertEqual(self.alice.signals("tinode-unread", "alice", self.dave)[-1][2], 2)
            self.alice.finish()
            self.processes.remove(self.alice)
            self.server.say("bob", "alice", "after the restart")
            self.sign_in(folder=folder)
            self.got("after the restart")
            self.alice.advance(5000)
            self.assertEqual([event["text"] for event in self.alice.since(0, {"ev": "message"})],
                             ["after the restart"])

    # Bad links

    def test_flapping_link_loses_and_doubles_nothing(self):
        self.sign_in()
        self.open(self.bob)
        chance = random.Random(19)
        sent, received = [], []
        for number in range(30):
            mark = self.alice.mark()
            self.server.order(do="drop", who="alice")
            self.alice.signal("tinode-sync-changed", "alice", self.bob, "suspended", mark=mark)
            self.do("send", self.bob, text="a%d" % number)
            sent.append("a%d" % number)
            received.append("b%d" % number)
            self.server.say("bob", "alice", received[-1])
            self.alice.advance_until({"ev": "signal", "name": "tinode-sync-changed",
                                      "args": lambda args: args[1:3] == [self.bob, "active"]},
                                     mark=mark)
            self.alice.advance(chance.randrange(20000))
        self.alice.wait(lambda _: len(self.alice.signals(
            "tinode-message-state", None, None, None, None, "sent")) >= len(sent))
        posted = [e["content"] for e in self.server.since(0, {"ev": "pub", "who": "alice"})]
        self.assertEqual(posted, sent)
        self.got(received[-1])
        shown = [e["text"] for e in self.alice.since(0, {"ev": "message", "from": self.bob})]
        self.assertEqual(shown, received)
        self.assertEqual(self.alice.since(0, {"ev": "disconnected"}), [])

    def test_one_minute_ends_sync_and_a_later_link_starts_it_again(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.server.order(do="refuse", for_ms=600000)
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "suspended", "network-lost",
                          mark=mark)
        self.alice.advance(58000)
        self.assertEqual(self.alice.since(mark, {"ev": "disconnected"}), [])
        self.alice.advance(3000)
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "idle", "minute-over",
                          mark=mark)
        self.alice.wait({"ev": "disconnected", "reason": "network-error"}, mark)
        self.server.order(do="clock", advance_ms=600000)
        mark = self.alice.mark()
        self.alice.send(do="login", account="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "active", mark=mark)

    def test_read_that_is_owed_survives_the_end_of_the_program(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.open(self.bob)
            seq = self.server.say("bob", "alice", "hello")
            self.got("hello")
            self.server.order(do="refuse", for_ms=600000)
            self.server.order(do="drop", who="alice")
            self.alice.wait_sync("alice", self.bob, "suspended")
            self.alice.advance(DWELL + 200)
            self.alice.signal("tinode-unread", "alice", self.bob, 0)
            self.assertEqual(self.server.notes("alice", "read"), [])
            self.alice.kill()
            self.processes.remove(self.alice)
            self.server.order(do="clock", advance_ms=600000)
            self.sign_in(folder=folder)
            self.noted("read", seq)
            self.alice.advance(15000)
            self.assertEqual(self.server.attached("alice"), [])
            self.assertEqual(self.alice.since(0, {"ev": "message"}), [])

    def pending_at_the_end(self, folder):
        """A message waits when the program is killed."""
        self.sign_in(folder=folder)
        self.open(self.bob)
        self.server.order(do="refuse", for_ms=600000)
        self.server.order(do="drop", who="alice")
        self.alice.wait_sync("alice", self.bob, "suspended")
        self.do("send", self.bob, text="waits")
        self.alice.kill()
        self.processes.remove(self.alice)
        self.server.order(do="clock", advance_ms=600000)

    def test_message_that_waits_survives_the_end_of_the_program(self):
        with self.folder() as folder:
            self.pending_at_the_end(folder)
            self.sign_in(folder=folder)
            self.alice.signal("tinode-message-state", "alice", self.bob, None, 1, "sent")
            self.alice.advance(15000)
            posted = [e["content"] for e in self.server.since(0, {"ev": "pub", "who": "alice"})]
            self.assertEqual(posted, ["waits"])
            self.assertEqual(glob.glob(os.path.join(folder, "tinode", "*.texts")), [])

    def test_message_whose_text_is_damaged_fails_and_says_so(self):
        with self.folder() as folder:
            self.pending_at_the_end(folder)
            path, = glob.glob(os.path.join(folder, "tinode", "*.texts"))
            with open(path, "r+b") as file:
                file.truncate(10)
            self.sign_in(folder=folder)
            self.alice.wait({"ev": "notify", "text": lambda text: "damaged" in text})
            self.open(self.bob)
            self.alice.signal("tinode-message-state", "alice", self.bob, None, 0, "failed")
            self.alice.wait({"ev": "line", "text": lambda text: "damaged" in text})
            self.assertEqual(self.server.since(0, {"ev": "pub", "who": "alice"}), [])
            self.assertEqual(len(glob.glob(path + ".damaged-*")), 1)

    # Many conversations

    def test_limit_evicts_the_oldest_and_says_so(self):
        self.sign_in(**{"sync-limit": 2, "sync-background": True})
        for name in (self.bob, self.carol, self.dave):
            self.do("open", name)
            self.do("focus", name)
            self.alice.advance(1000)
        self.alice.wait_sync("alice", self.dave, "active")
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "evicted", "limit")
        self.assertEqual(self.server.attached("alice"), sorted([self.carol, self.dave]))
        self.do("close", self.carol)
        self.alice.advance(10000)
        self.alice.wait_sync("alice", self.bob, "active")
        self.assertEqual(self.server.attached("alice"), sorted([self.bob, self.dave]))

    def test_one_bad_channel_does_not_delay_another(self):
        self.server.order(do="error", to="sub", topic=self.bob, code=500, times=50)
        self.sign_in()
        self.do("open", self.bob)
        self.do("focus", self.bob)
        self.alice.wait_sync("alice", self.bob, "waiting")
        self.open(self.carol)
        self.do("focus", self.bob)
        self.alice.advance_until({"ev": "signal", "name": "tinode-sync-changed",
                                  "args": lambda args: args[2] == "tripped"})
        self.alice.signal("tinode-problem", "alice", self.bob)
        self.server.order(do="clear")
        self.alice.advance(300000)
        self.alice.wait_sync("alice", self.bob, "active")

    def test_flipping_through_tabs_attaches_only_the_last(self):
        self.sign_in()
        tabs = [self.bob, self.carol, self.dave]
        for name in tabs:
            self.do("open", name)
        self.do("focus", tabs[0])
        self.alice.wait_sync("alice", tabs[0], "active")
        mark = self.server.mark()
        for number in range(50):
            self.do("focus", tabs[number % 3])
            self.alice.advance(20)
        self.do("focus", self.dave)
        self.alice.advance(1000)
        self.alice.wait_sync("alice", self.dave, "active")
        self.assertLessEqual(len(self.attaches(mark)), 2)

    def test_idle_stops_sync_after_the_linger_and_return_starts_it(self):
        self.sign_in()
        self.open(self.bob)
        self.do("idle", on=True)
        self.alice.advance(10000)
        self.alice.wait_sync("alice", self.bob, "idle")
        self.assertEqual(self.server.attached("alice"), [])
        self.do("idle", on=False)
        self.alice.advance(1500)
        self.alice.wait_sync("alice", self.bob, "active")

    # Growth

    def test_sign_ins_and_receipts_leave_nothing_behind(self):
        self.sign_in()
        for number in range(50):
            self.server.say("bob", "alice", "m%d" % number)
        self.got("m49")
        self.open(self.bob)
        self.alice.advance(5000)
        self.do("close", self.bob)
        self.alice.advance(15000)
        before = self.alice.metrics("alice")["memory"]
        for number in range(20):
            self.open(self.bob)
            self.send(self.bob, "n%d" % number)
            self.server.note("bob", self.alice_id, "read", 51 + number)
            self.alice.signal("tinode-message-state", None, None, None, 51 + number, "read")
            self.do("close", self.bob)
            self.alice.advance(15000)
        after = self.alice.metrics("alice")
        self.assertEqual(after["memory"]["channels"], before["channels"])
        self.assertLessEqual(after["memory"]["bytes"], before["bytes"] * 2)
        self.alice.advance(60000)
        self.assertEqual(self.alice.metrics("alice")["timers"]["armed"], 0)

    def test_stats_read_well(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.do("command", self.bob, text="receipts stats")
        text = self.alice.wait({"ev": "line"}, mark)["text"]
        self.assertIn("In sync: 1 of at most 8", text)
        self.assertEqual(len(text.splitlines()), 9)


if __name__ == "__main__":
    main()
