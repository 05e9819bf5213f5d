# SPDX-License-Identifier: GPL-2.0-or-later
"""When is a message read? Only when a person has seen it."""


from story import Host, Story, main

DWELL = 1000


class Read(Story):

    def test_background_tab_is_received_but_not_read(self):
        self.sign_in()
        self.open(self.bob)
        self.open(self.carol)
        seqs = [self.server.say("bob", "alice", "one")]
        self.got("one")
        self.noted("recv", seqs[0])
        self.alice.advance(10000)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.do("focus", self.bob)
        self.alice.advance(DWELL - 200)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.alice.advance(400)
        self.noted("read", seqs[0])
        self.alice.advance(5000)
        self.assertEqual(self.server.notes("alice", "read"), seqs)

    def test_fly_by_reads_nothing_and_attaches_once(self):
        self.sign_in()
        seq = self.server.say("bob", "alice", "hello")
        self.got("hello")
        self.noted("recv", seq)
        self.alice.advance(20000)
        mark = self.server.mark()
        self.do("open", self.bob)
        for _ in range(10):
            self.do("focus", self.bob)
            self.alice.advance(300)
            self.do("blur")
            self.alice.advance(700)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.assertLessEqual(len(self.attaches(mark)), 1)
        self.assertLessEqual(len(self.attaches(mark, "leave")), 1)
        self.do("focus", self.bob)
        self.alice.advance(2000)
        self.noted("read", seq)
        self.alice.advance(3000)
        self.assertEqual(self.server.notes("alice", "read"), [seq])

    def read_only_when_there(self, attention):
        self.sign_in(attention=attention)
        self.open(self.bob)
        self.do("idle", on=True)
        first = self.server.say("bob", "alice", "six")
        self.got("six")
        self.noted("recv", first)
        self.alice.advance(10000)
        self.assertEqual(self.server.notes("alice", "read"), [] if attention else [first])
        self.do("idle", on=False)
        self.alice.advance(DWELL + 1200)
        self.noted("read", first)
        self.do("status", id="away")
        second = self.server.say("bob", "alice", "seven")
        self.got("seven")
        self.noted("recv" if attention else "read", second)
        self.alice.advance(10000)
        self.assertEqual(self.server.notes("alice", "read"),
                         [first] if attention else [first, second])
        self.do("status", id="available")
        self.alice.advance(DWELL + 1200)
        self.noted("read", second)

    def test_idle_and_away_read_nothing(self):
        self.read_only_when_there(True)

    def test_attention_off_reads_although_idle_and_away(self):
        self.alice = None
        self.sign_in(attention=False)
        self.open(self.bob)
        for what, fields in (("idle", {"on": True}), ("status", {"id": "away"})):
            self.do(what, **fields)
            seq = self.server.say("bob", "alice", what)
            self.got(what)
            self.alice.advance(DWELL + 200)
            self.noted("read", seq)

    def test_nobody_touched_anything_reads_nothing(self):
        self.sign_in()
        self.open(self.bob)
        self.alice.do("input", seconds_ago=120)
        seq = self.server.say("bob", "alice", "anybody?")
        self.got("anybody?")
        self.noted("recv", seq)
        self.alice.advance(10000)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.alice.do("input", seconds_ago=0)
        self.alice.advance(DWELL + 1200)
        self.noted("read", seq)

    def back_to_the_same_tab(self, ui):
        self.sign_in(ui)
        self.open(self.bob)
        self.do("blur")
        self.alice.advance(2000)
        first = self.server.say("bob", "alice", "eight")
        self.got("eight")
        self.alice.advance(3000)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.do("window", on=True)
        self.alice.advance(DWELL + 200)
        self.noted("read", first)
        second = self.server.say("bob", "alice", "nine")
        self.got("nine")
        self.alice.advance(DWELL + 200)
        self.noted("read", second)
        self.alice.advance(3000)
        self.assertEqual(self.server.notes("alice", "read"), [first, second])

    def test_back_to_the_same_tab_in_pidgin(self):
        self.back_to_the_same_tab("pidgin")

    def test_back_to_the_same_window_in_finch(self):
        self.back_to_the_same_tab("finch")

    def test_policy_reply_tells_nothing_before_the_answer(self):
        with self.folder() as folder:
            self.sign_in(folder=folder, **{"send-read": "reply"})
            for text in ("five", "six"):
                self.server.say("bob", "alice", text)
                self.got(text)
            self.open(self.bob)
            self.alice.advance(10000)
            self.assertEqual(self.server.notes("alice", "read"), [])
            self.assertEqual(self.alice.signals("tinode-unread", "alice", self.bob)[-1][2], 0)
            self.send(self.bob, "seven")
            self.alice.advance(5000)
            self.do("logout")
            self.alice.wait({"ev": "disconnected"})
            self.alice.finish()
            self.processes.remove(self.alice)
            before = self.server.mark()
            self.sign_in(folder=folder)
            self.open(self.bob)
            self.alice.advance(5000)
            self.assertEqual(self.server.notes("alice", "read"), [])
            self.assertEqual(self.alice.since(0, {"ev": "message"}), [])
            self.assertEqual(self.alice.signals("tinode-unread"), [])
            self.assertEqual(self.server.notes("alice", mark=before), [])
            row = [m for t in self.server.state()["topics"] for m in t["members"]
                   if m["user"] in ("alice", self.alice_id) and t["seq"] == 3]
            self.assertEqual([m["read"] for m in row], [3])

    def test_client_without_focus_reads_by_answering(self):
        self.sign_in("bitlbee")
        seqs = []
        for text in ("one", "two", "three"):
            seqs.append(self.server.say("bob", "alice", text))
            self.got(text)
        self.noted("recv", seqs[-1])
        self.alice.advance(30000)
        self.assertEqual(self.server.notes("alice", "read"), [])
        self.assertEqual(max(self.server.notes("alice", "recv")), seqs[-1])
        mark = self.alice.mark()
        self.do("send", self.bob, text="four")
        self.alice.signal("tinode-unread", "alice", self.bob, 0, mark=mark)
        self.server.note("bob", self.alice_id, "read", 4)
        self.alice.signal("tinode-message-state", "alice", self.bob, None, 4, "read", mark=mark)
        self.assertEqual(self.alice.since(mark, {"ev": "message", "from": self.bob}), [])
        self.assertEqual(self.alice.since(mark, {"ev": "line"}), [])

    def test_policy_arrival_reads_at_once(self):
        self.sign_in("bitlbee", **{"send-read": "arrival"})
        seq = self.server.say("bob", "alice", "five")
        self.got("five")
        self.noted("read", seq)


if __name__ == "__main__":
    main()
