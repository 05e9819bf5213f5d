# SPDX-License-Identifier: GPL-2.0-or-later
"""What the stories share: a world with a server and hosts, and the end that proves it clean."""

import contextlib
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import Failure, Host, Server  # noqa: E402,F401

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"


class Story(unittest.TestCase):
    """alice is the plugin in the real libpurple; the others are played by the server."""

    ui = "pidgin"
    server_options = ()

    def setUp(self):
        self.processes = []
        self.server = self.start(Server, *self.server_options)
        self.ids = self.server.state()["users"]
        self.alice_id, self.bob, self.carol = (self.ids[n] for n in ("alice", "bob", "carol"))
        self.dave = self.ids["dave"]
        self.flowers = self.server.state()["groups"].get("flowers")

    def tearDown(self):
        ok = all(test is not self or not why for test, why in
                 self._outcome.result.failures + self._outcome.result.errors)
        for process in reversed(self.processes):
            if ok:
                process.finish()
            else:
                process.kill()

    def start(self, kind, *options, **more):
        process = kind(BUILD, *options, **more)
        self.processes.append(process)
        return process

    def host(self, ui=None, folder=None):
        return self.start(Host, ui=ui or self.ui, folder=folder)

    @contextlib.contextmanager
    def folder(self):
        """A user directory; it goes after the programs that write into it."""
        path = tempfile.mkdtemp(prefix="purple-tinode-")
        self.addCleanup(shutil.rmtree, path)
        yield path

    def sign_in(self, ui=None, folder=None, **options):
        self.alice = self.host(ui, folder)
        self.alice.login("alice", self.server.port, **options)
        self.alice.sync()
        return self.alice

    def do(self, what, name=None, **fields):
        """An order for alice that is done when this returns."""
        if name is not None:
            fields["name"] = name
        if what not in ("blur", "window", "idle", "input"):
            fields["account"] = "alice"
        self.alice.do(what, **fields)
        self.alice.sync()

    def open(self, name):
        """Open and look at a conversation; active when this returns."""
        self.do("join" if name.startswith("grp") else "open", name)
        self.do("focus", name)
        self.alice.wait_sync("alice", name, "active")

    def send(self, name, text):
        """Send a line; its local id, once the server has it."""
        mark = self.alice.mark()
        self.do("send", name, text=text)
        line = self.alice.wait({"ev": "message", "name": name, "id": lambda i: len(i) > 0}, mark)
        self.alice.signal("tinode-message-state", "alice", name, line["id"], None, "sent",
                          mark=mark)
        return line["id"]

    def got(self, text, mark=0, **more):
        return self.alice.wait(dict({"ev": "message", "text": text}, **more), mark)

    def noted(self, what, seq, mark=0):
        """Wait until alice's note has taken effect on the server."""
        self.server.wait({"ev": "note", "who": "alice", "what": what, "seq": seq}, mark)

    def attaches(self, mark=0, what="attach"):
        """Topics that alice attached to (or left) since mark, me left out."""
        return [event["topic"] for event in self.server.since(mark, {"ev": what, "who": "alice"})
                if event["topic"] != "me"]

    def lines(self, text):
        return self.alice.since(0, {"ev": "message", "text": text})

    def message_state(self, name, message, state, mark=0, counts=(None, None, None)):
        return self.alice.signal("tinode-message-state", "alice", name, message, None, state,
                                 *counts, mark=mark)


def main():
    unittest.main(argv=sys.argv[:1], verbosity=1)
