#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The story of receipts, told by what really happens.

A loopback server and two real libpurple processes, alice (with Pidgin's focus behaviour) and bob
(with Finch's). Every line is printed when its event has been observed, never before; what does not
happen in time fails the demo.
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import Failure, Host, Server  # noqa: E402

BEGIN = time.monotonic()
TICKS = {"pending": "…", "sent": "✓", "delivered": "✓✓", "read": "✓✓ read", "failed": "✗"}


def tell(who, text):
    print("%5.1f s  %-7s %s" % (time.monotonic() - BEGIN, who, text), flush=True)


class Story:
    def __init__(self, build):
        self.server = Server(build)
        self.alice = Host(build, ui="pidgin")
        self.bob = Host(build, ui="finch")
        users = self.server.state()["users"]
        self.alice_id, self.bob_id = users["alice"], users["bob"]
        self.sent = None

    def close(self):
        for process in (self.alice, self.bob, self.server):
            process.finish()

    def sign_in(self):
        for host, name in ((self.alice, "alice"), (self.bob, "bob")):
            host.login(name, self.server.port)
            tell(name, "signed in with libpurple %s" % host.ready["libpurple"])
        if self.server.attached("alice") or self.server.attached("bob"):
            raise Failure("signing in attached a conversation")
        tell("server", "nobody is attached to any conversation: signing in starts nothing")

    def open(self, host, name, other):
        mark, place = host.mark(), self.server.mark()
        host.do("open", account=name, name=other)
        host.do("focus", account=name, name=other)
        host.signal("tinode-sync-changed", name, other, "active", mark=mark)
        self.server.wait({"ev": "attach", "who": name}, place)
        tell(name, "opens the conversation: receipt sync is active, the server sees the attach")

    def send(self, text):
        mark, place = self.alice.mark(), self.bob.mark()
        self.alice.do("send", account="alice", name=self.bob_id, text=text)
        line = self.alice.wait({"ev": "message", "text": text, "id": lambda id: len(id) > 0}, mark)
        self.sent = line["id"]
        tell("alice", "writes “%s”" % text)
        return mark, place

    def tick(self, state, mark):
        self.alice.signal("tinode-message-state", "alice", self.bob_id, self.sent, None, state,
                          mark=mark)
        tell("alice", "sees   %s  (%s)" % (TICKS[state], state))

    def delivered_then_read(self):
        mark, place = self.send("Are you coming on Friday?")
        self.tick("sent", mark)
        self.bob.wait({"ev": "message", "text": "Are you coming on Friday?"}, place)
        tell("bob", "gets it in a window that he is not looking at: received, not read")
        self.tick("delivered", mark)
        self.bob.wait_sync("bob", self.alice_id, "idle")
        tell("bob", "has caught up: his client has left the conversation again")
        if self.server.notes("bob", "read"):
            raise Failure("bob has told that he read what he has not seen")
        tell("server", "bob has told “received” and nothing more")
        self.open(self.bob, "bob", self.alice_id)
        self.tick("read", mark)

    def close_conversation(self):
        mark, place = self.alice.mark(), self.server.mark()
        self.alice.do("close", account="alice", name=self.bob_id)
        tell("alice", "closes the conversation")
        self.alice.signal("tinode-sync-changed", "alice", self.bob_id, "idle", mark=mark)
        self.server.wait({"ev": "leave", "who": "alice"}, place)
        tell("alice", "sync has stopped, the server sees the detach")

    def cut_and_return(self):
        self.open(self.alice, "alice", self.bob_id)
        mark, place = self.alice.mark(), self.server.mark()
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.bob_id, "suspended", mark=mark)
        tell("alice", "the connection is cut: sync is suspended, the account stays online")
        self.alice.do("send", account="alice", name=self.bob_id, text="Did I lose you?")
        line = self.alice.wait({"ev": "message", "text": "Did I lose you?"}, mark)
        self.sent = line["id"]
        self.tick("pending", mark)
        self.alice.signal("tinode-sync-changed", "alice", self.bob_id, "active", mark=mark)
        self.server.wait({"ev": "attach", "who": "alice"}, place)
        tell("alice", "is back by itself: sync is active again")
        self.tick("sent", mark)
        self.tick("read", mark)
        lines = self.bob.since(0, {"ev": "message", "text": "Did I lose you?"})
        if len(lines) != 1:
            raise Failure("bob got it %d times" % len(lines))
        tell("bob", "has it once, and has seen it: his conversation is in view")
        if self.alice.since(0, {"ev": "disconnected"}):
            raise Failure("alice's client was told that the connection was lost")

    def sign_out(self):
        for host, name in ((self.alice, "alice"), (self.bob, "bob")):
            mark = host.mark()
            host.do("logout", account=name)
            host.wait({"ev": "disconnected", "account": name}, mark)
            tell(name, "signed out")


def main():
    story = Story(sys.argv[1])
    try:
        story.sign_in()
        story.open(story.alice, "alice", story.bob_id)
        story.delivered_then_read()
        story.close_conversation()
        story.cut_and_return()
        story.sign_out()
        story.close()
    except Failure as failure:
        print("\nThe demo failed: %s" % failure, file=sys.stderr)
        for process in (story.alice, story.bob, story.server):
            process.kill()
        return 1
    tell("", "every line above was an event that was observed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
