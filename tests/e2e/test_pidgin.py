#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real Pidgin under Xvfb, driven by keys: ticks at the end of own messages, and reading."""

import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desktop import Display, Failure, Pidgin  # noqa: E402
from harness import Server  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
SHOTS = os.path.join(BUILD, "e2e")
IMAGE = "\ufffc"


class Desk(unittest.TestCase):
    """alice sits at Pidgin; the server plays the others, so that nothing comes by itself."""

    manager = None
    prefs = {}
    gtkrc = None
    server_options = ()
    settings = {}

    def setUp(self):
        self.closers = []
        self.server = self.keep(Server(BUILD, *self.server_options), "finish")
        self.ids = self.server.state()["users"]
        self.alice, self.bob = self.ids["alice"], self.ids["bob"]
        self.flowers = self.server.group()
        self.display = self.keep(Display(self.manager), "close")
        self.pidgin = self.keep(Pidgin(BUILD, self.display, self.server.port, prefs=self.prefs,
                                       gtkrc=self.gtkrc, blist=self.blist(),
                                       **self.settings), "close")

    def blist(self):
        return None

    def keep(self, thing, closer):
        self.closers.append(getattr(thing, closer))
        return thing

    def tearDown(self):
        if self._outcome.result.failures or self._outcome.result.errors:
            self.shot("failed-" + self.id().split(".")[-1])
        for closer in reversed(self.closers):
            closer()

    def shot(self, name, window=None):
        self.display.screenshot(os.path.join(SHOTS, name + ".png"), window)

    # What the story is made of --------------------------------------------------------------------

    def talk(self, title="Bob"):
        """A window for bob, with the focus, in sync."""
        self.conv = self.pidgin.open(self.bob)
        self.window = self.pidgin.window(title)
        self.pidgin.focus(self.window)
        self.pidgin.wait({"ev": "sync", "conv": self.bob, "sign": "ok"})
        return self.window

    def join(self):
        """The group's window: it opens with the first message."""
        self.server.say("carol", "flowers", "hello all")
        self.pidgin.wait({"ev": "conversation", "conv": self.flowers})
        self.window = self.pidgin.window("[Ff]lowers")
        self.pidgin.focus(self.window)
        self.pidgin.wait({"ev": "sync", "conv": self.flowers, "sign": "ok"})
        return self.window

    def typing(self):
        """bob types: his line is up when this returns."""
        im = int(self.pidgin.bus("PurpleConversationGetImData", self.conv))
        self.server.order(do="frame", to="alice", frame={
            "info": {"topic": self.bob, "from": self.bob, "what": "kp"}})
        self.until(lambda: self.pidgin.bus("PurpleConvImGetTypingState", im) == "1")

    def until(self, condition, seconds=10):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failure("%s did not come true" % condition)
            self.pidgin.pause()

    def dropped(self, text, mark):
        message = self.pidgin.now(text)["id"]
        return self.pidgin.wait({"ev": "dropped", "id": message}, mark)["why"]

    def nothing(self, mark, want, seconds=2.5):
        """Such a line does not come for so long."""
        with self.assertRaises(Failure):
            self.server.wait(want, mark, seconds)


class Ticks(Desk):
    def test_typing_line_trimming_and_clear(self):
        self.talk()
        for text in ("one", "two", "three"):
            self.typing()
            self.pidgin.say(text)
            self.pidgin.tick(text, "sent")
        self.typing()
        self.server.note("bob", "alice", "recv", 3)
        self.pidgin.tick("three", "delivered")
        self.server.note("bob", "alice", "read", 2)
        self.pidgin.tick("two", "read")
        self.shot("typing-line", self.window)
        self.assertEqual([self.pidgin.now(text)["state"] for text in ("one", "two", "three")],
                         ["read", "read", "delivered"])
        # The typing line goes with the next message: every tick is still on its own line.
        self.server.say("bob", "alice", "an answer")
        mark = self.pidgin.mark()
        self.server.note("bob", "alice", "read", 4)
        last = self.pidgin.tick("three", "read", mark)
        self.assertRegex(last["line"], r"^\(\d\d:\d\d:\d\d\) Alice: three\u00a0\ufffc$")
        self.pidgin.say("four")
        line = self.pidgin.tick("four", "sent")["line"]
        self.assertEqual(line.count(IMAGE), 1)
        # 400 lines with a scrollback of 100: the lines go, and what is known of them.
        mark = self.pidgin.mark()
        self.server.say("bob", "alice", "line", times=400)
        for text in ("one", "two", "three", "four"):
            self.assertEqual(self.dropped(text, mark), "trimmed")
        self.server.wait({"ev": "note", "who": "alice", "seq": 405})
        self.pidgin.say("five")
        self.pidgin.tick("five", "sent")
        mark = self.pidgin.mark()
        self.pidgin.say("/clear")
        self.assertEqual(self.dropped("five", mark), "trimmed")
        self.pidgin.say("six")
        self.pidgin.tick("six", "sent")
        mark = self.pidgin.mark()
        self.server.note("bob", "alice", "read", 407)
        self.pidgin.tick("six", "read", mark)
        self.assertEqual(len(self.pidgin.since(mark, {"ev": "changed"})), 1)
        self.shot("after-clear", self.window)

    prefs = {"/pidgin/conversations/scrollback_lines": 100}

    def test_group_says_how_many(self):
        self.join()
        self.pidgin.say("who comes?")
        self.pidgin.tick("who comes", "sent")
        self.server.note("bob", "flowers", "recv", 2)
        self.assertIn("1/3", self.pidgin.wait({"text": lambda t: "1/3" in t})["line"])
        self.server.note("carol", "flowers", "read", 2)
        self.pidgin.wait({"text": lambda t: "2/3" in t, "state": "sent"})
        self.server.note("dave", "flowers", "recv", 2)
        self.pidgin.wait({"text": lambda t: "1/3" in t, "state": "delivered"})
        self.shot("group", self.window)
        mark = self.pidgin.mark()
        self.server.note("bob", "flowers", "read", 2)
        self.server.note("dave", "flowers", "read", 2)
        self.assertNotIn("/", self.pidgin.tick("who comes", "read", mark)["text"])

    def test_link_is_cut(self):
        self.talk()
        self.pidgin.say("before")
        self.pidgin.tick("before", "sent")
        mark = self.pidgin.mark()
        self.server.order(do="refuse", for_ms=1500)
        self.server.order(do="drop", who="alice")
        self.pidgin.wait({"ev": "sync", "sign": "offline"}, mark)
        self.pidgin.say("meanwhile")
        self.pidgin.tick("meanwhile", "pending")
        self.shot("offline", self.window)
        self.pidgin.tick("meanwhile", "sent")
        self.pidgin.wait({"ev": "sync", "sign": "ok"}, mark)
        self.server.note("bob", "alice", "read", 2)
        self.pidgin.tick("meanwhile", "read")
        self.pidgin.tick("before", "read")

    def test_server_refuses(self):
        self.talk()
        self.server.order(do="error", to="pub", code=403, times=1)
        self.pidgin.say("refused")
        self.pidgin.tick("refused", "failed")
        self.pidgin.say("taken")
        self.pidgin.tick("taken", "sent")
        self.shot("failed-message", self.window)

    def test_unloaded_and_loaded_while_open(self):
        self.talk()
        self.pidgin.say("one")
        self.pidgin.tick("one", "sent")
        self.typing()
        mark = self.pidgin.mark()
        self.pidgin.switch_companion(False)
        self.pidgin.focus(self.window)
        self.assertEqual(self.pidgin.since(mark, {"ev": "dropped"})[0]["why"], "unloaded")
        self.assertEqual(self.wanted(), "0")
        self.shot("unloaded", self.window)
        self.pidgin.say("without")
        self.until(lambda: self.server.since(0, {"ev": "pub", "seq": 2}))
        mark = self.pidgin.mark()
        self.pidgin.switch_companion(True)
        self.pidgin.focus(self.window)
        # The line that had a tick has it again; the one written meanwhile has none.
        line = self.pidgin.tick("one", "sent", mark)["line"]
        self.assertRegex(line, r"Alice: one\u00a0\ufffc$")
        self.pidgin.wait({"ev": "sync", "sign": "ok"}, mark)
        self.assertEqual(self.wanted(), "1")
        self.server.note("bob", "alice", "read", 2)
        self.pidgin.tick("one", "read", mark)
        self.pidgin.say("again")
        self.pidgin.tick("again", "sent", mark)
        self.assertEqual(self.pidgin.since(mark, {"line": lambda l: "without" in l}), [])
        self.shot("loaded-again", self.window)

    def test_every_kind_of_line_ends_in_its_tick(self):
        self.talk()
        im = int(self.pidgin.bus("PurpleConversationGetImData", self.conv))
        lines = {
            "bold": "<b>bold</b> and <u>more bold</u>",
            "third line": "first line<br>second line<br>third line",
            "https": "see https://example.org/a",
            "smile": "smile :-)",
            "\u05e9\u05dc\u05d5\u05dd": "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
            "***Alice waves": "/me waves",
            "&": "a &amp; b &lt;i&gt;",
        }
        for word, html in lines.items():
            self.pidgin.bus("PurpleConvImSend", im, html)
            line = self.pidgin.tick(word, "sent")["line"]
            self.assertTrue(line.endswith("\u00a0" + IMAGE), line)
        mark = self.pidgin.mark()
        self.server.note("bob", "alice", "read", len(lines))
        for word in lines:
            line = self.pidgin.tick(word, "read", mark)["line"]
            self.assertTrue(line.endswith("\u00a0" + IMAGE), line)
        self.shot("lines", self.window)

    def test_tabs_in_one_window(self):
        self.talk()
        self.pidgin.say("to bob")
        self.pidgin.tick("to bob", "sent")
        carol = self.ids["carol"]
        self.pidgin.open(carol)
        self.pidgin.keys("ctrl+Next")
        self.pidgin.window("Carol")
        self.pidgin.wait({"ev": "sync", "conv": carol, "sign": "ok"})
        self.pidgin.say("to carol")
        self.pidgin.tick("to carol", "sent")
        self.server.note("bob", "alice", "read", 1)
        self.assertEqual(self.pidgin.tick("to bob", "read")["conv"], self.bob)
        mark = self.pidgin.mark()
        self.pidgin.keys("ctrl+w")
        self.assertEqual(self.dropped("to carol", mark), "closed")
        self.pidgin.focus(self.pidgin.window("Bob"))
        self.server.note("carol", "alice", "read", 1)
        self.pidgin.say("still here")
        self.pidgin.tick("still here", "sent")

    def test_tooltip_and_window(self):
        self.talk()
        self.pidgin.say("one")
        self.pidgin.tick("one", "sent")
        self.server.note("bob", "alice", "read", 1)
        self.pidgin.tick("one", "read")
        x, y = self.find_tick()
        self.display.xdotool("mousemove", "--window", self.window, x - 1, y)
        self.display.xdotool("mousemove", "--window", self.window, x, y)
        text = self.pidgin.wait({"ev": "tooltip"})["text"]
        self.assertRegex(text, r"^Read by:\n  Bob Smith \(\d\d:\d\d\)$")
        self.shot("tooltip")
        self.display.xdotool("click", 1)
        receipts = self.pidgin.window("Message Receipts")
        self.shot("message-receipts", receipts)
        # The same from the context menu, where it is the last item.
        self.pidgin.focus(receipts)
        self.pidgin.keys("Escape")
        self.until(lambda: not self.display.xdotool("search", "--onlyvisible", "--name",
                                                    "Message Receipts", check=False))
        self.pidgin.focus(self.window)
        self.display.xdotool("mousemove", "--window", self.window, x, y, "click", 3)
        self.shot("context-menu")
        self.pidgin.keys("Up", "Return")
        self.pidgin.window("Message Receipts")

    def wanted(self):
        """Whether the companion is to be loaded by itself the next time."""
        return self.pidgin.bus("PurplePrefsGetBool", "/plugins/prpl/tinode/companion")

    def find_tick(self):
        """Where the first pixel of the colour of "read" is in the window."""
        self.shot("find", self.window)
        path = os.path.join(SHOTS, "find.png")
        with os.popen("convert %s txt:-" % path) as pixels:
            for line in pixels:
                if "#0B6BCB" in line.upper():
                    return [int(n) + 1 for n in re.match(r"(\d+),(\d+):", line).groups()]
        raise Failure("no coloured tick in %s" % path)


class Hiding(Desk):
    prefs = {"/pidgin/conversations/im/close_immediately": False,
             "/pidgin/conversations/im/hide_new": "always"}

    def test_hidden_instead_of_closed(self):
        self.talk()
        self.pidgin.say("one")
        self.pidgin.tick("one", "sent")
        self.pidgin.keys("ctrl+w")
        mark = self.pidgin.mark()
        self.server.note("bob", "alice", "recv", 1)
        self.pidgin.tick("one", "delivered", mark)
        self.pidgin.bus("PurpleConversationPresent", self.conv)
        self.window = self.pidgin.window("Bob")
        self.pidgin.focus(self.window)
        self.server.note("bob", "alice", "read", 1)
        self.pidgin.tick("one", "read", mark)
        self.pidgin.say("two")
        self.pidgin.tick("two", "sent")
        self.shot("hidden-and-back", self.window)

    def test_new_conversation_is_hidden(self):
        mark = self.server.mark()
        self.server.say("bob", "alice", "psst")
        self.pidgin.wait({"ev": "conversation", "conv": self.bob})
        self.server.wait({"ev": "note", "who": "alice", "what": "recv"}, mark)
        self.nothing(mark, {"ev": "note", "who": "alice", "what": "read"})
        self.talk()
        self.pidgin.say("yes?")
        self.pidgin.tick("yes", "sent")
        self.server.note("bob", "alice", "read", 2)
        self.pidgin.tick("yes", "read")


class Reading(Desk):
    """What alice's focus tells others."""

    def test_window_without_focus_reads_nothing(self):
        self.talk()
        self.pidgin.say("hello")
        self.pidgin.tick("hello", "sent")
        mark = self.server.mark()
        self.server.say("bob", "alice", "seen at once")
        self.server.wait({"ev": "note", "who": "alice", "what": "read", "seq": 2}, mark)
        elsewhere = self.pidgin.buddy_list()
        self.pidgin.focus(elsewhere)
        mark = self.server.mark()
        self.server.say("bob", "alice", "while nobody looks")
        self.server.wait({"ev": "note", "who": "alice", "what": "recv", "seq": 3}, mark)
        self.nothing(mark, {"ev": "note", "who": "alice", "what": "read"})
        self.pidgin.focus(self.window)
        self.pidgin.keys("shift")
        self.server.wait({"ev": "note", "who": "alice", "what": "read", "seq": 3}, mark)


class ReadingWithManager(Reading):
    manager = "twm"

    def test_minimised_window_reads_nothing(self):
        self.talk()
        self.pidgin.say("hello")
        self.pidgin.tick("hello", "sent")
        self.display.xdotool("windowminimize", "--sync", self.window)
        self.assertEqual(self.pidgin.bus("PurpleConversationHasFocus", self.conv), "0")
        mark = self.server.mark()
        self.server.say("bob", "alice", "while nobody looks")
        self.server.wait({"ev": "note", "who": "alice", "what": "recv", "seq": 2}, mark)
        self.nothing(mark, {"ev": "note", "who": "alice", "what": "read"})
        self.display.xdotool("windowmap", self.window)
        self.pidgin.focus(self.pidgin.window("Bob"))
        self.pidgin.keys("shift")
        self.server.wait({"ev": "note", "who": "alice", "what": "read", "seq": 2}, mark)


class Merged(Desk):
    """bob and carol are one contact in the buddy list: they share a window's text."""

    def blist(self):
        buddies = "".join("<buddy account='alice' proto='prpl-tinode'><name>%s</name></buddy>"
                          % self.ids[name] for name in ("bob", "carol"))
        return ("<?xml version='1.0' encoding='UTF-8' ?><purple version='1.0'><blist>"
                "<group name='Tinode'><contact>%s</contact></group></blist><privacy/></purple>"
                % buddies)

    def test_two_share_a_window_and_one_goes(self):
        self.talk("Bob|Carol")
        carol = self.ids["carol"]
        self.pidgin.say("to bob")
        self.pidgin.tick("to bob", "sent")
        self.pidgin.open(carol)
        self.pidgin.wait({"ev": "conversation", "conv": carol})
        self.pidgin.focus(self.pidgin.window("Bob|Carol"))
        self.pidgin.say("to carol")
        self.assertEqual(self.pidgin.tick("to carol", "sent")["conv"], carol)
        self.server.note("bob", "alice", "read", 1)
        self.pidgin.tick("to bob", "read")
        self.shot("merged", self.window)
        mark = self.pidgin.mark()
        self.pidgin.bus("PurpleConversationDestroy", self.conv)
        self.assertEqual(self.dropped("to bob", mark), "closed")
        self.server.note("carol", "alice", "read", 1)
        self.pidgin.tick("to carol", "read", mark)
        self.assertEqual(self.pidgin.since(mark, {"line": lambda line: "to bob" in line}), [])


class Dark(Desk):
    gtkrc = """style "dark" {
      base[NORMAL] = "#1e1e1e" text[NORMAL] = "#dddddd" bg[NORMAL] = "#2b2b2b" fg[NORMAL] = "#dddddd"
      GtkIMHtml::send-name-color = "#7aa2f7" }
      class "GtkWidget" style "dark"
    """

    def test_colours_are_those_for_dark(self):
        self.talk()
        self.pidgin.say("one")
        self.assertEqual(self.pidgin.tick("one", "sent")["colour"], "#a6a9ad")
        self.server.note("bob", "alice", "read", 1)
        self.assertEqual(self.pidgin.tick("one", "read")["colour"], "#5eb5ff")
        self.shot("dark", self.window)


class SwitchedOff(Desk):
    def test_pref_of_symbols_is_obeyed_at_once(self):
        self.talk()
        self.pidgin.say("one")
        self.pidgin.tick("one", "sent")
        for style, text in (("words", "\u00a0(sent)"), ("ascii", "\u00a0(+)"),
                            ("text", "\u00a0\u2713"), ("pictures", "\u00a0" + IMAGE)):
            mark = self.pidgin.mark()
            self.pidgin.bus("PurplePrefsSetString", "/plugins/gtk/tinode-ticks/symbols", style)
            line = self.pidgin.wait({"ev": "changed", "text": text}, mark)["line"]
            self.assertTrue(line.endswith("one" + text))
            self.shot("symbols-" + style, self.window)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
