# SPDX-License-Identifier: GPL-2.0-or-later
"""Connecting that goes wrong, and nodes of a cluster that come and go."""

import json
import tempfile

from story import Host, Server, Story, main

HANDSHAKE_FAILURES = {
    "close": ("network-error", "The server closed the connection."),
    "half": ("network-error", "The server closed the connection."),
    "silent": ("network-error", "The server does not answer."),
    "reset-after-101": ("network-error", "The server closed the connection."),
    "silent-after-101": ("network-error", "The server does not answer."),
    "200": ("network-error", "Something else than a Tinode server answered. A network that wants "
                             "a sign-in page first does that."),
    "503": ("network-error", "Something else than a Tinode server answered. A network that wants "
                             "a sign-in page first does that."),
}


class Connect(Story):

    def begin(self, *options, ui="pidgin", **settings):
        """A client that signs in again soon after an error that is not fatal, and signs in."""
        self.alice = self.start(Host, "--reconnect", "200", *options, ui=ui)
        self.enable(**settings)

    def enable(self, password="alice123", **settings):
        settings.setdefault("server", "127.0.0.1:%d" % self.server.port)
        settings.setdefault("tls", "off")
        self.alice.do("login", account="alice", password=password, options=settings)
        self.alice.sync()

    def ended(self, mark=0, ms=0):
        """The one end of a connection since mark; time passes until it comes if ms is not 0."""
        want = {"ev": "disconnected", "account": "alice"}
        if ms:
            self.alice.advance_until(want, ms, mark)
        return self.alice.wait(want, mark)

    def told(self, mark=0):
        return [(event["reason"], event["text"]) for event in
                self.alice.since(mark, {"ev": "disconnected"})]

    def connected(self, mark=0):
        return self.alice.since(mark, {"ev": "connected"})

    def wait_online(self, mark=0):
        self.alice.wait({"ev": "connected", "account": "alice"}, mark)

    def at(self, text):
        return "127.0.0.1:%d: %s" % (self.server.port, text)

    # Odd endings

    def test_handshake_ends_oddly_is_told_once_and_tried_again(self):
        for mode, (reason, text) in HANDSHAKE_FAILURES.items():
            with self.subTest(mode):
                self.server.order(do="handshake", mode=mode, times=1)
                self.begin()
                self.ended(ms=36000)
                self.assertEqual(self.told(), [(reason, self.at(text))])
                self.assertEqual(self.connected(), [])
                self.wait_online()
                self.assertEqual(len(self.told()), 1)
                self.alice.finish()
                self.processes.remove(self.alice)

    def test_api_key_refused_is_told_once_and_not_tried_again(self):
        self.server.order(do="handshake", mode="403", times=0)
        self.begin()
        self.ended()
        self.alice.advance(60000)
        self.assertEqual(self.told(), [("invalid-settings", self.at(
            "The server refused the API key in the account's settings."))])

    def test_connection_cut_within_a_frame_loses_nothing(self):
        for reset in (False, True):
            with self.subTest(reset=reset):
                text = "cut %s %s" % (reset, "x" * 500)
                self.begin()
                self.wait_online()
                place = self.server.mark()
                self.server.order(do="cut", who="alice", after_bytes=100, reset=reset)
                self.server.say("bob", "alice", text)
                self.alice.advance_until({"ev": "message", "text": text}, 20000)
                self.server.wait({"ev": "connect", "who": "alice"}, place)
                self.alice.advance(5000)
                self.assertEqual(len(self.alice.since(0, {"ev": "message", "text": text})), 1)
                self.assertEqual(self.told(), [])
                self.alice.finish()
                self.processes.remove(self.alice)

    def test_signing_out_in_each_phase_is_quiet(self):
        phases = {
            "connecting": {"do": "handshake", "mode": "silent", "times": 1},
            "upgraded": {"do": "handshake", "mode": "silent-after-101", "times": 1},
            "hello": {"do": "silence", "to": "hi"},
            "login": {"do": "silence", "to": "login"},
            "attaching": {"do": "silence", "to": "sub"},
            "up": None,
        }
        for phase, order in phases.items():
            with self.subTest(phase):
                if order:
                    self.server.order(**order)
                self.begin()
                self.alice.advance(1000)
                mark = self.alice.mark()
                self.alice.do("logout", account="alice")
                self.alice.sync()
                self.assertEqual(self.ended(mark)["reason"], "requested")
                self.alice.advance(120000)
                self.assertEqual(len(self.told()), 1)
                self.assertEqual(len(self.connected()), 1 if phase == "up" else 0)
                self.assertEqual(self.server.state()["sessions"], [])
                self.server.order(do="clear")
                self.alice.finish()
                self.processes.remove(self.alice)

    def test_signing_out_while_the_link_is_lost_is_quiet(self):
        self.begin()
        self.wait_online()
        self.server.order(do="refuse", for_ms=600000)
        self.server.order(do="drop", who="alice")
        self.alice.advance(10000)
        self.alice.do("logout", account="alice")
        self.alice.sync()
        self.alice.advance(120000)
        self.assertEqual([reason for reason, _ in self.told()], ["requested"])

    # A cluster in transition

    def test_cluster_unreachable_is_never_online_and_asks_nothing(self):
        self.server.order(do="error", to="sub", topic="me", code=502, times=3)
        self.begin()
        self.wait_online()
        self.assertEqual([event["ev"] for event in self.alice.since(0) if event.get("ev") in (
            "connected", "disconnected")], ["disconnected"] * 3 + ["connected"])
        self.assertEqual(self.told(), [("network-error", self.at(
            "The server has a problem of its own."))] * 3)
        self.assertEqual(self.alice.since(0, {"ev": "request"}), [])

    def test_cluster_unreachable_goes_on_with_the_next_node(self):
        other = self.start(Server)
        self.server.order(do="error", to="sub", topic="me", code=502, times=100)
        self.begin(server="127.0.0.1:%d,127.0.0.1:%d" % (self.server.port, other.port))
        self.wait_online()
        self.assertEqual(self.told(), [])
        self.server.wait({"ev": "disconnect", "who": "alice"})
        self.assertEqual(len(other.state()["sessions"]), 1)

    def test_shutdown_of_one_node_goes_on_with_the_next_without_a_word(self):
        other = self.start(Server)
        self.begin(server="127.0.0.1:%d,127.0.0.1:%d" % (self.server.port, other.port))
        self.wait_online()
        node, rest = (self.server, other) if self.server.state()["sessions"] else (
            other, self.server)
        node.order(do="shutdown", for_ms=600000)
        self.alice.advance_until(lambda _: rest.since(0, {"ev": "connect", "who": "alice"}), 20000)
        rest.wait({"ev": "connect", "who": "alice"})
        self.alice.sync()
        rest.say("bob", "alice", "from the other node")
        self.got("from the other node")
        self.assertEqual(self.told(), [])

    def test_term_of_a_topic_comes_back_and_receipts_flow(self):
        self.begin()
        self.wait_online()
        self.open(self.flowers)
        message = self.send(self.flowers, "are you all there?")
        place, mark = self.server.mark(), self.alice.mark()
        self.server.order(do="frame", to="alice", frame={"pres": {
            "topic": "me", "src": self.flowers, "what": "term"}})
        self.alice.advance_until(lambda _: self.server.since(place, {
            "ev": "attach", "who": "alice", "topic": self.flowers}), 20000)
        self.alice.signal("tinode-sync-changed", "alice", self.flowers, "active", mark=mark)
        self.server.note("bob", self.flowers, "read", 1)
        self.message_state(self.flowers, message, "sent", mark, (1, 1, 3))
        self.assertEqual(self.told(), [])

    def test_version_refused_is_told_once_and_not_tried_again(self):
        self.server.order(do="error", to="hi", code=505, times=100)
        self.begin()
        self.ended()
        self.alice.advance(60000)
        self.assertEqual(self.told(), [("other-error", self.at(
            "The server does not support this version of the protocol."))])

    def test_thrown_out_is_told_once_and_not_tried_again(self):
        self.begin()
        self.wait_online()
        self.server.order(do="frame", to="alice", frame={"ctrl": {
            "code": 205, "text": "evicted", "ts": "2026-01-02T03:04:05Z"}})
        self.ended()
        self.alice.advance(60000)
        self.assertEqual(self.told(), [("authentication-failed", self.at(
            "The server does not let this account in."))])

    # Another name

    def test_channel_of_which_one_is_a_member_goes_on_as_the_group(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"users": [{"login": "alice"}, {"login": "bob"}],
                       "groups": [{"name": "news", "owner": "bob", "members": ["alice"],
                                   "channel": True}]}, file)
            file.flush()
            self.server = self.start(Server, "--users", file.name)
        group = self.server.group("news")
        self.begin()
        self.wait_online()
        channel = group.replace("grp", "chn")
        self.do("join", channel)
        self.do("focus", channel)
        self.alice.wait({"ev": "line", "name": channel, "text": lambda text: text.startswith(
            "You are a member of this group")})
        self.do("focus", group)
        self.alice.wait_sync("alice", group, "active")
        self.server.say("bob", group, "news")
        self.got("news", name=group)
        self.assertEqual(self.told(), [])

    # Too long

    def test_message_longer_than_the_server_takes_is_refused_here(self):
        self.begin()
        self.wait_online()
        for name in (self.bob, self.flowers):
            self.open(name)
            mark, place = self.alice.mark(), self.server.mark()
            self.do("send", name, text="x" * 200 * 1024)
            line = self.alice.wait({"ev": "line", "name": name}, mark)
            self.assertEqual(line["text"].replace("\xa0", " "),
                             "Your message was not sent: it is longer than this server takes "
                             "(128.0 KiB).")
            self.send(name, "short")
            self.assertEqual([event["content"] for event in
                              self.server.since(place, {"ev": "pub", "who": "alice"})], ["short"])
            self.assertEqual(self.server.since(place, {"ev": "disconnect"}), [])


if __name__ == "__main__":
    main()
