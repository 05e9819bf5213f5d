# SPDX-License-Identifier: GPL-2.0-or-later
"""What is written is what is read."""

from story import Story, main

SENT = "if (a < b && c > d) \"it's\""
PLAIN = "<b>hi</b> &amp; <img src=x> it's"


class Text(Story):

    def stored(self):
        return self.server.since(0, {"ev": "pub", "who": "alice"})[-1]["content"]

    def test_markup_is_literal_both_ways(self):
        for ui in ("pidgin", "finch", "bitlbee"):
            with self.subTest(ui):
                alice = self.sign_in(ui)
                self.do("open", self.bob)
                place = self.server.mark()
                self.do("send", self.bob, text=SENT)
                pub = self.server.wait({"ev": "pub", "who": "alice"}, place)
                self.assertEqual(pub["content"], SENT)
                self.server.say("bob", "alice", PLAIN)
                message = self.got(PLAIN)
                self.assertNotIn("<b>", message["html"])
                self.assertNotIn("<img", message["html"])
                alice.finish()
                self.processes.remove(alice)

    def test_lines_arrive_as_lines(self):
        self.sign_in()
        self.open(self.bob)
        self.server.say("bob", "alice", "a\r\nb\nc")
        self.got("a\nb\nc")
        self.server.say("bob", "alice", {"txt": "a b c", "fmt": [
            {"at": 1, "len": 1, "tp": "BR"}, {"at": 3, "len": 1, "tp": "BR"}]},
            head={"mime": "text/x-drafty"})
        self.alice.wait(lambda event: self.alice.since(
            0, {"ev": "message", "text": "a\nb\nc"})[1:])

    def test_lines_leave_as_lines(self):
        for ui in ("pidgin", "finch"):
            with self.subTest(ui):
                alice = self.sign_in(ui)
                self.do("open", self.bob)
                place = self.server.mark()
                self.do("send", self.bob, text="a\nb\nc")
                content = self.server.wait({"ev": "pub", "who": "alice"}, place)["content"]
                breaks = [span["at"] for span in content["fmt"] if span["tp"] == "BR"]
                self.assertEqual((content["txt"], breaks), ("a b c", [1, 3]))
                alice.finish()
                self.processes.remove(alice)


if __name__ == "__main__":
    main()
