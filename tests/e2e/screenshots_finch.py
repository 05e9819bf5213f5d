#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes the picture of Finch: what stands on its screen, as text, into FOLDER/finch.txt.

    screenshots_finch.py BUILD FOLDER

The block in README.md between its two comments is written anew, too.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_finch import Finch  # noqa: E402

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
BEGIN, END = "<!-- finch begin -->\n", "<!-- finch end -->"


class Scene(Finch):

    def runTest(self):
        self.server.say("bob", "alice", "Shall I bring a cake?")
        self.finch.wait(r"Bob Smith \(alice")
        self.to_window(2)
        self.finch.wait("Receipts: up to date")
        self.say("Please do.")
        self.server.note("bob", self.alice, "read", 2)
        self.sees("Please do.", "✔✔")
        self.say("And candles.")
        self.server.note("bob", self.alice, "recv", 3)
        self.sees("And candles.", "✓✓")
        self.say("Friday at eight")
        self.server.order(do="refuse", for_ms=3000)
        self.server.order(do="drop", who="alice")
        self.finch.wait("Receipts: waiting for the connection")
        self.picture = [self.say("or nine?", "…")]
        self.sees("or nine?", "✓")
        self.to_window(1)
        self.finch.keys("Down", "Enter")
        self.finch.wait(r"Dave Goliathsson \]")
        self.to_window(3)
        self.finch.type("/clear")
        self.finch.wait(lambda screen: "List of" not in screen)
        for text in ("Who waters the flowers?", "And who feeds the cat?"):
            self.say(text)
        for who in ("bob", "carol", "dave"):
            self.server.note(who, self.flowers, "recv", 1)
        self.server.note("bob", self.flowers, "read", 1)
        self.server.note("bob", self.flowers, "recv", 2)
        self.sees("Who waters the flowers?", "✓✓ 1/3")
        self.picture.append(self.sees("And who feeds the cat?", "✓ 1/3"))


def window(screen):
    """The window on top alone, without its empty rows."""
    rows = [row.rstrip() for row in screen.split("\n")]
    rows = rows[:max(i for i, row in enumerate(rows) if row.startswith("└")) + 1]
    return [row for row in rows if row.strip("│▒↑↓ ")]


def main():
    scene = Scene()
    result = scene.run()
    if not result.wasSuccessful():
        print("".join(text for _, text in result.failures + result.errors), file=sys.stderr)
        return 1
    picture = "\n".join(row for screen in scene.picture for row in window(screen)) + "\n"
    os.makedirs(sys.argv[2], exist_ok=True)
    with open(os.path.join(sys.argv[2], "finch.txt"), "w", encoding="utf-8") as file:
        file.write(picture)
    with open(README, encoding="utf-8") as file:
        text = file.read()
    with open(README, "w", encoding="utf-8") as file:
        file.write(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END),
                          lambda _: BEGIN + "```\n" + picture + "```\n" + END, text, flags=re.S))
    print(picture, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
