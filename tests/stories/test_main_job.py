# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job: conversations open, sync, receive, send and close; accounts come and go."""

import glob
import os
import random
import stat

from story import Failure, Host, Story, main


class MainJob(Story):

    def test_signing_in_starts_nothing(self):
        self.sign_in()
        self.alice.advance(20000)
        self.assertEqual(self.attaches(), [])
        self.assertEqual(self.alice.signals("tinode-sync-changed"), [])
        self.assertEqual(self.alice.metrics("alice")["timers"]["armed"], 0)

    def test_open_attaches_close_detaches_reopen_attaches_again(self):
        self.sign_in()
        self.open(self.bob)
        self.assertEqual(self.server.attached("alice"), [self.bob])
        mark = self.server.mark()
        self.do("close", self.bob)
        self.alice.advance(10000)
        self.server.wait({"ev": "leave", "who": "alice"}, mark)
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "idle")
        self.assertEqual(self.server.attached("alice"), [])
        self.open(self.bob)
        self.assertEqual(self.server.attached("alice"), [self.bob])

    def test_open_in_the_background_stays_cold(self):
        self.sign_in()
        self.do("open", self.bob)
        self.alice.advance(10000)
        self.assertEqual(self.server.attached("alice"), [])

    def test_background_stays_warm_by_option(self):
        self.sign_in(**{"sync-background": True})
        self.do("open", self.bob)
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "active")

    def test_idle_account_has_no_timer_armed(self):
        self.sign_in()
        self.open(self.bob)
        self.send(self.bob, "hi")
        self.do("close", self.bob)
        self.alice.advance(60000)
        self.assertEqual(self.alice.metrics("alice")["timers"]["armed"], 0)

    def test_message_for_a_closed_conversation_is_fetched_received_and_left(self):
        self.sign_in()
        seq = self.server.say("bob", "alice", "hello")
        message = self.got("hello")
        self.assertEqual((message["name"], message["from"]), (self.bob, self.bob))
        self.noted("recv", seq)
        self.alice.signal("tinode-unread", "alice", self.bob, 1)
        self.alice.advance(10000)
        self.assertEqual(self.server.attached("alice"), [])
        self.assertEqual(len(self.lines("hello")), 1)

    def test_what_came_while_away_is_shown_once_in_order(self):
        for number in range(1, 151):
            self.server.say("bob", "alice", "m%d" % number)
        self.sign_in()
        self.got("m150")
        self.noted("recv", 150)
        shown = [event["text"] for event in self.alice.since(0, {"ev": "message"})]
        self.assertEqual(shown, ["m%d" % number for number in range(1, 151)])

    def test_restart_shows_nothing_again(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            seq = self.server.say("bob", "alice", "hello")
            self.got("hello")
            self.noted("recv", seq)
            self.alice.advance(10000)
            self.alice.finish()
            self.processes.remove(self.alice)
            self.server.say("bob", "alice", "news")
            self.sign_in(folder=folder)
            self.got("news")
            self.assertEqual(self.lines("hello"), [])
            # While it runs files come and go.
            self.alice.finish()
            self.processes.remove(self.alice)
            files = glob.glob(os.path.join(folder, "tinode", "*"))
            self.assertTrue(files)
            for path in files:
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)

    def test_damaged_state_is_set_aside_with_a_warning(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.server.say("bob", "alice", "hello")
            self.got("hello")
            self.alice.advance(10000)
            self.alice.finish()
            self.processes.remove(self.alice)
            path, = glob.glob(os.path.join(folder, "tinode", "*.state"))
            with open(path, "r+b") as file:
                content = file.read()
                file.truncate(len(content) // 2)
            self.sign_in(folder=folder)
            self.alice.wait({"ev": "notify", "text": lambda text: "damaged" in text})
            aside, = glob.glob(path + ".damaged-*")
            with open(aside, "rb") as file:
                self.assertEqual(file.read(), content[:len(content) // 2])

    def test_written_on_another_device_is_an_own_line(self):
        self.sign_in()
        self.open(self.bob)
        self.send(self.bob, "from here")
        self.server.say("alice", "bob", "from phone")
        line = self.got("from phone")
        self.assertIn("send", line["flags"])
        self.server.note("bob", self.alice_id, "read", 2)
        self.message_state(self.bob, line["id"], "read")
        self.assertEqual(self.server.notes("alice"), [])

    def test_group_messages_both_ways(self):
        self.sign_in()
        self.open(self.flowers)
        members = self.alice.wait({"ev": "chat-members",
                                   "members": lambda names: len(names) == 4})
        self.assertIn("Bob Smith", members["aliases"].values())
        self.send(self.flowers, "hello all")
        self.assertEqual(len(self.lines("hello all")), 1)
        self.server.say("bob", self.flowers, "hello alice")
        message = self.got("hello alice")
        self.assertEqual((message["name"], message["from"], message["chat"]),
                         (self.flowers, self.bob, True))

    def test_outage_keeps_order_and_loses_nothing(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.server.order(do="refuse", for_ms=300)
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "suspended", mark=mark)
        for text in "abc":
            self.do("send", self.bob, text=text)
        pending = self.alice.signals("tinode-message-state", None, None, None, 0, "pending",
                                     mark=mark)
        self.assertEqual(len(pending), 3)
        for seq in (1, 2, 3):
            self.alice.signal("tinode-message-state", "alice", self.bob, None, seq, "sent",
                              mark=mark)
        self.assertEqual([args[2] for args in self.alice.signals(
            "tinode-message-state", None, None, None, None, "sent")],
            [args[2] for args in pending])
        self.assertEqual(len(self.server.since(0, {"ev": "pub", "who": "alice"})), 3)

    def test_unanswered_message_is_not_posted_twice(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.server.order(do="silence", to="pub", times=1)
        self.do("send", self.bob, text="once")
        self.server.wait({"ev": "pub", "who": "alice"})
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-message-state", "alice", self.bob, None, 1, "sent", mark=mark)
        self.alice.advance(5000)
        self.assertEqual(len(self.server.since(0, {"ev": "pub", "who": "alice"})), 1)
        self.assertEqual(len(self.lines("once")), 1)

    def test_refused_message_fails_with_a_sentence(self):
        self.sign_in()
        self.open(self.bob)
        self.server.order(do="error", to="pub", code=403, times=1)
        self.do("send", self.bob, text="no")
        self.alice.signal("tinode-message-state", "alice", self.bob, None, 0, "failed")
        self.alice.wait({"ev": "line", "text": lambda text: "not sent" in text})
        self.send(self.bob, "yes")

    def test_another_plugin_holds_a_channel(self):
        self.sign_in()
        for _ in range(2):
            self.assertTrue(self.alice.ask("ipc", account="alice", call="start-receipt-sync",
                                           name=self.bob))
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "active")
        self.alice.ask("ipc", account="alice", call="stop-receipt-sync", name=self.bob)
        self.alice.advance(10000)
        self.assertEqual(self.server.attached("alice"), [self.bob])
        self.alice.ask("ipc", account="alice", call="stop-receipt-sync", name=self.bob)
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "idle")
        self.assertEqual(self.server.attached("alice"), [])

    def test_bad_password_is_told_and_not_repeated(self):
        host = self.host()
        host.send(do="login", account="alice", password="wrong",
                  options={"server": "127.0.0.1:%d" % self.server.port, "tls": "off"})
        end = host.wait({"ev": "disconnected"})
        self.assertEqual(end["reason"], "authentication-failed")
        self.assertIn("password", end["text"])
        host.advance(60000)
        self.assertEqual(len(host.since(0, {"ev": "disconnected"})), 1)

    def test_nobody_listens_is_a_network_error(self):
        host = self.host()
        host.send(do="login", account="alice", password="alice123",
                  options={"server": "127.0.0.1:1", "tls": "off"})
        self.assertEqual(host.wait({"ev": "disconnected"})["reason"], "network-error")

    def test_a_minute_without_link_is_told_and_the_next_sign_in_takes_up(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.server.order(do="refuse", for_ms=120000)
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "suspended", mark=mark)
        self.do("send", self.bob, text="hold on")
        self.alice.advance(61000)
        end = self.alice.wait({"ev": "disconnected"}, mark)
        self.assertEqual(end["reason"], "network-error")
        self.server.order(do="clock", advance_ms=120000)
        mark = self.alice.mark()
        self.alice.send(do="login", account="alice")
        self.alice.wait({"ev": "connected"}, mark)
        self.alice.signal("tinode-message-state", "alice", self.bob, None, 1, "sent", mark=mark)
        self.alice.signal("tinode-sync-changed", "alice", self.bob, "active", mark=mark)

    def test_account_is_removed_or_the_client_ends_at_any_moment(self):
        for number, ms in enumerate((0, 1, 5, 20, 60, 200)):
            host = self.host()
            host.send(do="login", account="alice", password="alice123",
                      options={"server": "127.0.0.1:%d" % self.server.port, "tls": "off"})
            host.send(do="wait", ms=ms)
            if number % 2 == 0:
                host.send(do="delete-account", account="alice")
                host.wait({"ev": "disconnected", "reason": "requested"})
            host.finish()
            self.processes.remove(host)
        self.server.wait(lambda _: self.server.since(0, {"ev": "connect"}))

    def test_disable_and_enable_at_any_moment(self):
        chance = random.Random(20)
        self.sign_in()
        self.do("open", self.bob)
        self.do("focus", self.bob)
        for number in range(200):
            if number % 20 == 0:
                self.server.say("bob", "alice", "m%d" % number)
            mark = self.alice.mark()
            self.alice.send(do="logout", account="alice")
            self.alice.wait({"ev": "disconnected"}, mark)
            self.alice.send(do="login", account="alice")
            self.alice.advance(chance.randrange(1500))
            if chance.random() < 0.3:
                self.do("open", self.bob)
                self.do("focus", self.bob)
                if chance.random() < 0.5:
                    self.do("close", self.bob)
        self.alice.wait(lambda event: self.alice.since(0, {"ev": "connected"}))
        self.open(self.bob)
        last = self.server.say("bob", "alice", "the end")
        self.got("the end")
        self.alice.advance(900)
        mark = self.alice.mark()
        self.do("logout")
        self.alice.send(do="login", account="alice")
        self.alice.wait({"ev": "connected"}, mark)
        self.alice.advance(3000)
        self.noted("read", last)
        for number in range(0, 200, 20):
            # Once, and once more in a window that was opened after one was closed unseen.
            self.assertGreaterEqual(len(self.lines("m%d" % number)), 1)
        self.assertEqual(len(self.lines("the end")), 1)


if __name__ == "__main__":
    main()
