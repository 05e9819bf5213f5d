#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real Finch in a terminal of its own, with the companion that draws ticks.

Driven by keys; asserted by what is on the screen and by the companion's log. The screens that are
worth a look lie under build/e2e/finch/ afterwards.
"""

import os
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import DEADLINE, Failure, Host, Server  # noqa: E402
from terminal import Terminal, log_lines  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
ACCOUNT = """  <account>
    <protocol>prpl-tinode</protocol>
    <name>%(name)s</name>
    <password>%(password)s</password>
    <settings>
      <setting name='server' type='string'>127.0.0.1:%(port)d</setting>
      <setting name='tls' type='string'>off</setting>
      <setting name='seen-after-ms' type='int'>100</setting>
%(options)s    </settings>
    <settings ui='gnt-purple'>
      <setting name='auto-login' type='bool'>1</setting>
    </settings>
  </account>
"""


class Finch(unittest.TestCase):
    """alice sits at Finch; the others are played by the server or by a second libpurple."""

    env = {}
    options = {}
    accounts = ("alice",)
    companion = True
    blist = None
    server_options = ()
    passwords = {}
    ready = "Flowers"
    size = (90, 30)

    def setUp(self):
        self.processes = []
        self.server = Server(BUILD, *self.server_options)
        self.processes.append(self.server)
        self.ids = self.server.state()["users"]
        self.alice, self.bob, self.carol = (self.ids[n] for n in ("alice", "bob", "carol"))
        self.flowers = self.server.group()
        self.folder = tempfile.mkdtemp(prefix="purple-tinode-finch-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.log = os.path.join(self.folder, "ticks.log")
        self.fill_folder()
        name = "%s-%s" % (type(self).__name__.lower(), self._testMethodName[5:].replace("_", "-"))
        self.finch = Terminal(name, ["finch", "-c", self.folder],
                              {"TINODE_TICKS_LOG": self.log, **self.env},
                              os.path.join(BUILD, "e2e", "finch"), *self.size)
        self.finch.wait(self.ready)

    def fill_folder(self):
        plugins = os.path.join(self.folder, "plugins")
        os.mkdir(plugins)
        modules = ["plugin/libtinode.so"] + ["companions/tinode-ticks-finch.so"] * self.companion
        for module in modules:
            os.symlink(os.path.abspath(os.path.join(BUILD, module)),
                       os.path.join(plugins, os.path.basename(module)))
        options = "".join("      <setting name='%s' type='string'>%s</setting>\n" % pair
                          for pair in self.options.items())
        accounts = "".join(ACCOUNT % {"name": name, "port": self.server.port, "options": options,
                                      "password": self.passwords.get(name, name + "123")}
                           for name in self.accounts)
        self.write("accounts.xml", "<account version='1.0'>\n%s</account>\n" % accounts)
        if self.blist:
            self.write("blist.xml", self.blist % self.ids)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write("<?xml version='1.0' encoding='UTF-8' ?>\n" + text)

    def tearDown(self):
        ok = all(test is not self or not why for test, why in
                 self._outcome.result.failures + self._outcome.result.errors)
        try:
            if ok:
                self.finch.shot("end")
                self.quit()
        finally:
            self.finch.close()
            for process in reversed(self.processes):
                process.finish() if ok else process.kill()

    def quit(self):
        """Leaving must not crash either."""
        self.finch.keys("M-q")
        self.finch.wait_end(DEADLINE)

    # What is often done ------------------------------------------------------------------------

    def open_bob(self):
        """A first message makes the window."""
        self.server.say("bob", "alice", "hello")
        self.finch.wait(r"Bob Smith \(alice")
        self.to_window(2)
        self.finch.wait(r"Bob Smith: hello")
        self.server.wait({"ev": "attach", "who": "alice", "topic": self.bob})

    def to_window(self, number):
        self.finch.keys("M-%d" % number)

    def say(self, text, state="✓"):
        """Write a line; wait until it carries that."""
        self.finch.type(text)
        return self.sees(text, state)

    def sees(self, text, state, deadline=DEADLINE):
        """Wait for a line that ends with text and a slot; the screen."""
        return self.finch.wait(r"%s +%s *[│▒↑↓xa]*$" % (re.escape(text), re.escape(state)),
                               "“%s %s”" % (text, state), deadline)

    def host(self, name):
        host = Host(BUILD, ui="finch")
        self.processes.append(host)
        host.login(name, self.server.port, **{"seen-after-ms": 100})
        host.sync()
        return host

    def states(self, conv, message=None):
        """The states that were drawn, in order."""
        return [line["state"] for line in log_lines(self.log)
                if line["ev"] in ("drawn", "changed") and line["conv"] == conv and
                message in (None, line["id"])]

    def rows(self, text):
        return [row for row in self.finch.screen().split("\n") if text in row]


class Ticks(Finch):

    env = {"LANG": "C.UTF-8"}

    def test_sent_delivered_read_in_place(self):
        self.open_bob()
        before = self.say("Are you coming?")
        bob = self.host("bob")
        self.sees("Are you coming?", "✓✓")
        bob.do("open", account="bob", name=self.alice)
        bob.do("focus", account="bob", name=self.alice)
        after = self.sees("Are you coming?", "✔✔")
        self.assertEqual(len(self.rows("Are you coming?")), 1)
        self.assertEqual(self.states(self.bob), ["pending", "sent", "delivered", "read"])
        place = [row.find("Are you") for row in before.split("\n")]
        self.assertEqual(place, [row.find("Are you") for row in after.split("\n")])
        # Colour where there is one: read is green and bold, what came before was neither.
        self.assertRegex(self.finch.raw("-e"), "\x1b\\[1m\x1b\\[32m✔✔|\x1b\\[1;32m✔✔")

    def test_typing_line_stays_below(self):
        self.open_bob()
        self.finch.wait("Receipts: up to date")
        self.server.note("bob", self.alice, "kp", 0)
        self.finch.wait("Bob Smith is typing")
        screen = self.say("one")
        self.finch.shot("typing")
        rows = [row.strip("│▒↑↓ ") for row in screen.split("\n")]
        line = next(i for i, row in enumerate(rows) if row.endswith("one ✓"))
        self.assertIn("is typing", rows[line + 1])
        self.server.note("bob", self.alice, "read", 2)
        screen = self.sees("one", "✔✔")
        self.assertIn("is typing", screen)
        self.server.say("bob", "alice", "two")
        self.finch.wait("Bob Smith: two")
        self.assertNotIn("is typing", self.sees("one", "✔✔"))

    def test_each_line_has_its_own(self):
        self.open_bob()
        for word in ("one", "two", "three"):
            self.say(word)
        self.server.note("bob", self.alice, "recv", 4)
        self.server.note("bob", self.alice, "read", 3)
        self.sees("one", "✔✔")
        self.sees("two", "✔✔")
        self.sees("three", "✓✓")

    def test_group_counts(self):
        self.finch.keys("Down")
        self.finch.keys("Enter")
        screen = self.finch.wait(r"Dave Goliathsson \]")
        self.assertEqual(len(re.findall("List of", screen)), 1)
        self.to_window(2)
        self.say("hello all")
        self.server.note("bob", self.flowers, "recv", 1)
        self.sees("hello all", "✓ 1/3")
        self.server.note("bob", self.flowers, "read", 1)
        self.server.note("carol", self.flowers, "recv", 1)
        self.sees("hello all", "✓ 2/3")
        self.finch.shot("count")
        self.server.note("dave", self.flowers, "recv", 1)
        self.sees("hello all", "✓✓ 1/3")
        self.server.note("carol", self.flowers, "read", 1)
        self.server.note("dave", self.flowers, "read", 1)
        self.sees("hello all", "✔✔")

    def test_cleared(self):
        self.open_bob()
        self.say("before")
        self.finch.type("/clear")
        self.finch.wait(lambda s: "before" not in s)
        self.server.note("bob", self.alice, "read", 2)
        screen = self.say("after")
        self.assertNotIn("✔", screen)
        self.server.note("bob", self.alice, "read", 3)
        self.sees("after", "✔✔")
        self.assertEqual(len([line for line in log_lines(self.log) if line["ev"] == "dropped"]), 1)

    def test_cut_pending_sent(self):
        self.open_bob()
        self.finch.wait("Receipts: up to date")
        self.server.order(do="refuse", for_ms=1500)
        self.server.order(do="drop", who="alice")
        self.finch.wait("Receipts: waiting for the connection")
        self.say("are you there", "…")
        self.finch.shot("cut")
        self.sees("are you there", "✓")
        self.finch.wait("Receipts: up to date")

    def test_failed(self):
        self.open_bob()
        self.server.order(do="error", to="pub", code=403, times=1)
        self.say("no entry", "✗")
        self.say("but this")
        self.assertRegex(self.finch.raw("-e"), "\x1b\\[31m✗")

    def test_read_only_on_top(self):
        self.open_bob()
        self.to_window(1)
        mark = self.server.mark()
        seq = self.server.say("bob", "alice", "look here")
        self.server.wait({"ev": "note", "who": "alice", "what": "recv", "seq": seq}, mark)
        with self.assertRaises(Failure):
            self.server.wait({"ev": "note", "who": "alice", "what": "read"}, mark, 0.8)
        self.to_window(2)
        self.server.wait({"ev": "note", "who": "alice", "what": "read", "seq": seq}, mark)

    def test_right_edge(self):
        """Whatever the length, a slot is in one piece and behind the last character."""
        self.open_bob()
        texts = ["x" * length for length in range(34, 50)] + ["word " * 9 + "end"]
        for text in texts:
            self.finch.type(text)
        self.sees("end", "✓")
        self.server.say("alice", "bob", "メ" * 19 + "ab")  # too wide for Finch's entry in a hurry
        self.finch.wait("メab")
        self.server.note("bob", self.alice, "read", len(texts) + 2)
        self.sees("end", "✔✔")
        self.finch.wait(lambda s: s.count("✔") == 2 * s.count("✔✔") and "✓" not in s,
                        "each slot in one piece")

    def test_resized(self):
        self.open_bob()
        texts = ["y" * length for length in (20, 36, 38, 60)]
        for text in texts:
            self.finch.type(text)
        self.sees(texts[-1][-3:], "✓")
        self.finch.keys("M-r")
        self.finch.keys(*["Left"] * 6)
        self.finch.keys("Enter")
        self.finch.wait(lambda s: "│" in s and max(len(r.rstrip()) for r in s.split("\n")[:20]) < 70)
        self.server.wait({"ev": "pub", "who": "alice", "seq": 5})
        self.server.note("bob", self.alice, "read", 5)
        # The terminal may be looked at while it is being drawn.
        self.finch.wait(lambda s: s.count("✔") == 8 and "✓" not in s, "four times read")

    def test_many_lines_and_scrolled_up(self):
        self.open_bob()
        for number in range(40):
            self.finch.type("line %d" % number)
        self.sees("line 39", "✓")
        self.finch.keys("PPage")
        screen = self.finch.wait(lambda s: "line 39" not in s)
        self.server.wait({"ev": "pub", "who": "alice", "seq": 41})
        self.server.note("bob", self.alice, "read", 41)
        screen = self.sees("line 10", "✔✔")
        self.assertNotIn("line 39", screen)
        self.finch.keys("NPage", "NPage", "NPage")
        self.sees("line 39", "✔✔")
        self.finch.wait(lambda s: "✓" not in s, "all read")

    def test_several_conversations(self):
        self.open_bob()
        self.say("to bob")
        self.server.say("carol", "alice", "hi from carol")
        self.finch.wait("Carol Xmas")
        self.to_window(3)
        self.finch.wait("hi from carol")
        self.say("to carol")
        self.server.note("bob", self.alice, "read", 2)
        self.server.note("carol", self.alice, "recv", 2)
        self.sees("to carol", "✓✓")
        self.to_window(2)
        self.sees("to bob", "✔✔")
        self.assertEqual(self.states(self.carol), ["pending", "sent", "delivered"])
        self.finch.keys("M-c")  # and the other one goes on
        self.finch.wait(lambda s: "to bob" not in s)
        self.server.note("carol", self.alice, "read", 2)
        self.finch.keys("M-2")
        self.sees("to carol", "✔✔")

    def test_windows_keep_their_height(self):
        """The row below the text is the window's, not taken from the next window's text."""
        self.open_bob()
        def height(screen):
            return max(i for i, row in enumerate(screen.split("\n")) if row.startswith("└"))
        first = height(self.finch.wait("Receipts: up to date"))
        for login, word in (("carol", "Carol Xmas"), ("dave", "Dave Goliathsson")):
            self.server.say(login, "alice", "hi")
            self.finch.wait(word)
        for number, word in ((4, "Dave Goliathsson"), (3, "Carol Xmas")):
            self.to_window(number)
            self.finch.wait(lambda s, word=word: "┤" + word in s and height(s) == first,
                            word + "'s window as high as the first")

    def select_companion(self):
        self.finch.type("/plugins")
        self.finch.wait("You can .un.load plugins")
        for _ in range(60):
            if "Name: Tinode ticks" in self.finch.screen():
                break
            row = self.finch.screen()
            self.finch.keys("Down")
            self.finch.wait(lambda s, row=row: s != row, "the next plugin")

    def toggle_companion(self):
        self.select_companion()
        self.finch.keys("Space")

    def test_settings(self):
        self.open_bob()
        self.say("before")
        self.finch.wait("Receipts: up to date")
        self.select_companion()
        self.finch.keys("Tab", "Tab", "Tab", "Enter")
        self.finch.wait(r"\[X\] A row that tells")
        self.finch.shot("settings")
        self.finch.keys("Tab", "Tab", "Tab", "Tab", "Space")
        self.finch.wait(r"\[ \] A row that tells")
        self.finch.keys("Tab", "Enter")
        self.finch.wait(lambda s: "A row that tells" not in s)
        self.finch.keys("M-c")
        self.finch.wait(lambda s: "before" in s and "Receipts:" not in s, "no row")
        self.say("after")
        self.server.note("bob", self.alice, "read", 3)
        self.sees("before", "✔✔")
        self.sees("after", "✔✔")

    def test_switched_off_and_on(self):
        self.open_bob()
        self.say("with ticks")
        self.toggle_companion()
        self.finch.wait(r"\[ \] Tinode ticks")
        self.finch.keys("M-c")
        self.finch.wait(r"with ticks *[│▒↑xa]*$", "the slot is blank")
        self.finch.wait(lambda s: "Receipts:" not in s, "no row")
        self.finch.type("without")
        self.server.wait({"ev": "pub", "who": "alice", "seq": 3})
        self.server.note("bob", self.alice, "read", 3)
        screen = self.finch.wait(r"\) Read\.", "a plain line instead")
        self.assertNotRegex(screen, "[✓✔]")
        self.finch.shot("off")
        self.toggle_companion()
        self.finch.wait(r"\[X\] Tinode ticks")
        self.finch.keys("M-c")
        self.sees("with ticks", "✔✔")
        self.finch.wait(r"without *[│▒↑xa]*$", "what was written without a slot stays so")
        self.finch.wait("Receipts: up to date")
        self.say("again")

    def test_written_on_another_device(self):
        self.open_bob()
        self.finch.wait("Receipts: up to date")
        self.server.say("alice", "bob", "from my phone")
        self.sees("from my phone", "✓")
        self.server.note("bob", self.alice, "read", 2)
        self.sees("from my phone", "✔✔")

    def test_hundreds_at_once(self):
        """More than are drawn in one go: each once, the newest first of those told together."""
        self.open_bob()
        self.finch.wait("Receipts: up to date")
        self.server.say("alice", "bob", "many", times=300)
        self.server.say("alice", "bob", "last")
        self.sees("last", "✓")
        self.server.note("bob", self.alice, "read", 302)
        self.sees("last", "✔✔")
        self.finch.wait(lambda _: self.states(self.bob).count("read") == 301, "all are read")
        read = [line["id"] for line in log_lines(self.log) if line.get("state") == "read"]
        drawn = [line["id"] for line in log_lines(self.log) if line["ev"] == "drawn"]
        self.assertEqual(sorted(read), sorted(drawn))
        # The plugin tells 64 at a time, the oldest first; of what is told the newest is drawn first.
        places = [drawn.index(message) for message in read]
        jumps = sum(1 for a, b in zip(places, places[1:]) if b > a)
        self.assertLessEqual(jumps, (len(drawn) - 1) // 64)

    def test_several_lines_in_a_message(self):
        self.open_bob()
        self.finch.wait("Receipts: up to date")
        self.server.say("alice", "bob", "first\nsecond")
        self.sees("second", "✓")
        self.finch.wait(r"first *[│▒↑xa]*$", "no slot in the middle")


class Merged(Finch):
    """Two accounts whose buddies are one contact share a window."""

    accounts = ("alice", "carol")
    blist = """<purple version='1.0'><blist><group name='Tinode'>
<contact alias='Bob'>
<buddy account='alice' proto='prpl-tinode'><name>%(bob)s</name><alias>Bob Smith</alias></buddy>
<buddy account='carol' proto='prpl-tinode'><name>%(bob)s</name><alias>Bob Smith</alias></buddy>
</contact></group></blist></purple>
"""

    def test_one_window_two_conversations(self):
        self.open_bob()
        self.say("from alice")
        carol = self.ids["carol"]
        self.server.say("bob", "carol", "hello carol")
        self.finch.wait("hello carol")
        self.say("from carol")
        self.finch.shot("merged")
        self.server.note("bob", self.alice, "read", 2)
        self.sees("from alice", "✔✔")
        self.sees("from carol", "✓")
        self.server.note("bob", carol, "recv", 2)
        self.sees("from carol", "✓✓")


class Ascii(Finch):
    """A terminal that can only show ASCII."""

    env = {"LANG": "C", "LC_ALL": "C"}

    def test_sent_delivered_read(self):
        self.open_bob()
        self.say("plain", "(+)")
        self.server.note("bob", self.alice, "recv", 2)
        self.sees("plain", "(++)")
        self.server.note("bob", self.alice, "read", 2)
        self.sees("plain", "(**)")
        self.assertEqual(self.states(self.bob), ["pending", "sent", "delivered", "read"])


class Monochrome(Finch):
    """A terminal without colours."""

    env = {"LANG": "C.UTF-8", "TERM": "vt220"}

    def test_sent_delivered_read(self):
        self.open_bob()
        self.say("grey")
        self.server.note("bob", self.alice, "recv", 2)
        self.sees("grey", "✓✓")
        self.server.note("bob", self.alice, "read", 2)
        self.sees("grey", "✔✔")
        self.assertNotIn("\x1b[7m✔", self.finch.raw("-e"))


class Words(Finch):
    """A person who listens to the screen: lines instead of ticks."""

    companion = False
    options = {"receipt-lines": "on"}

    def test_one_line_for_each_change_of_the_newest(self):
        self.open_bob()
        for word in ("one", "two", "three"):
            self.finch.type(word)
        self.server.wait({"ev": "pub", "who": "alice", "seq": 4})
        self.server.note("bob", self.alice, "recv", 4)
        self.finch.wait(r"\) Delivered\.")
        self.server.note("bob", self.alice, "read", 3)
        self.server.note("bob", self.alice, "read", 4)
        screen = self.finch.wait(r"\) Read\.")
        self.assertEqual(len(re.findall(r"\) (Delivered|Read)\.", screen)), 2)
        self.assertNotRegex(screen, "[✓✔]|Bob Smith: (Read|Delivered)")
        self.finch.shot("lines")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]] + sys.argv[2:], verbosity=1)
