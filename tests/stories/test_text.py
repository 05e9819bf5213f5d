# SPDX-License-Identifier: GPL-2.0-or-later
"""What is written is what is read."""

import re

from story import Story, main

SENT = "if (a < b && c > d) \"it's\""
DRAFTY = {"mime": "text/x-drafty"}
LINK = "https://example.org/a"
EMOJI = "\U0001f469\U0001f3fd\u200d\U0001f527"  # four characters, one on the screen
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

    def test_formatting_is_read(self):
        self.sign_in()
        self.open(self.bob)
        self.server.say("bob", "alice", {
            "txt": "bold, italic and a link", "fmt": [
                {"len": 4, "tp": "ST"}, {"at": 6, "len": 6, "tp": "EM"}, {"at": 19, "len": 4}],
            "ent": [{"tp": "LN", "data": {"url": LINK}}]}, head=DRAFTY)
        message = self.alice.wait({"ev": "message", "html": lambda html: "bold" in html})
        self.assertEqual(message["html"],
                         "<b>bold</b>, <i>italic</i> and a <a href=\"%s\">link</a>" % LINK)

    def test_formatting_is_written(self):
        for ui in ("pidgin", "finch"):
            with self.subTest(ui):
                alice = self.sign_in(ui)
                self.do("open", self.bob)
                place = self.server.mark()
                self.do("send", self.bob, html=True, text="<b>bold</b>, <i>italic</i>, "
                        "<span style='text-decoration: line-through'>gone</span>, " + LINK)
                pub = self.server.wait({"ev": "pub", "who": "alice"}, place)
                content = pub["content"]
                self.assertEqual(content["txt"], "bold, italic, gone, " + LINK)
                # The client makes a link of an address that was typed.
                self.assertEqual(content["fmt"], [
                    {"len": 4, "tp": "ST"}, {"at": 6, "len": 6, "tp": "EM"},
                    {"at": 14, "len": 4, "tp": "DL"}, {"at": 20, "len": len(LINK)}])
                self.assertEqual(content["ent"], [{"tp": "LN", "data": {"url": LINK}}])
                alice.finish()
                self.processes.remove(alice)

    def test_an_emoji_before_a_link_moves_nothing(self):
        self.sign_in()
        self.open(self.bob)
        content = {"txt": EMOJI + " see " + LINK, "fmt": [{"at": 6, "len": len(LINK)}],
                   "ent": [{"tp": "LN", "data": {"url": LINK}}]}
        self.server.say("bob", "alice", content, head=DRAFTY)
        message = self.alice.wait({"ev": "message", "html": lambda html: LINK in html})
        self.assertEqual(message["html"],
                         "%s see <a href=\"%s\">%s</a>" % (EMOJI, LINK, LINK))
        place = self.server.mark()
        self.do("send", self.bob, text=EMOJI + " see " + LINK)
        self.assertEqual(self.server.wait({"ev": "pub", "who": "alice"}, place)["content"], content)

    def test_hostile_content_is_text(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        for entity in ({"tp": "LN", "data": {"url": "javascript:alert(1)"}},
                       {"tp": "IM", "data": {"ref": "file:///etc/passwd", "val": "%%%"}},
                       {"tp": "EX", "data": {"name": "../../.bashrc<img src=x>",
                                             "mime": "text/html",
                                             "ref": "https://evil.example/x"}}):
            self.server.say("bob", "alice", {"txt": "x", "fmt": [{"len": 1}], "ent": [entity]},
                            head=DRAFTY)
        deep = [{"at": i, "len": 20000 - 2 * i, "tp": "ST"} for i in range(10000)]
        self.server.say("bob", "alice", {"txt": "deep" * 5000, "fmt": deep}, head=DRAFTY)
        self.server.say("bob", "alice", "end")
        self.got("end", mark)
        lines = [event["html"] for event in self.alice.since(mark, {"ev": "message"})]
        self.assertEqual(lines[:3], [
            "x", "[Picture]<br>x",
            "[File: <a href=\"https://evil.example/x\">.bashrc</a>]<br>x"])
        self.assertEqual(re.sub("</?b>", "", lines[3]), "deep" * 5000)

    def test_what_is_no_text_is_a_line(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.alice.mark()
        self.server.say("bob", "alice", {
            "txt": "Alice hi?yes", "fmt": [
                {"len": 9, "tp": "QQ"}, {"at": 5, "len": 1, "tp": "BR"}, {"at": -1}],
            "ent": [{"tp": "EX", "data": {"name": "a.pdf", "ref": "/v0/file/s/a.pdf"}}]},
            head=dict(DRAFTY, reply=":1"))
        self.got("> Alice\n> hi?\nyes\n[File: a.pdf]", mark)
        call = {"txt": " ", "fmt": [{"len": 1, "tp": "VC"}]}
        seq = self.server.say("bob", "alice", call, head=dict(DRAFTY, webrtc="started"))
        self.got("[Call]", mark)
        self.server.say("bob", "alice", call, head=dict(
            DRAFTY, webrtc="finished", replace=":%d" % seq, **{"webrtc-duration": 62000}))
        self.got("[Call ended, 1:02]", mark)


if __name__ == "__main__":
    main()
