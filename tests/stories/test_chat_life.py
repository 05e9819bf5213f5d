# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a group's window: closing and leaving, coming back, being thrown out, invited again."""

import json
import os
import tempfile

from story import Failure, Story, main

OUT = ("You are not in this group any more: you were removed, it was deleted, or you left it on "
       "another device.")
BANNED = "You are out of this group: you may not enter it any more."


class ChatLife(Story):

    def stored(self, login):
        """What the server keeps of a member; None: nothing."""
        room = next((topic for topic in self.server.state()["topics"]
                     if topic["room"] == self.flowers), {"members": []})
        return next((member for member in room["members"]
                     if member["user"] in (login, self.ids[login])), None)

    def request(self, who, **frame):
        self.server.order(do="request", **{"as": who}, frame=frame)

    def frame(self, **frame):
        self.server.order(do="frame", to="alice", frame=frame)

    def line(self, text, mark=0):
        return self.alice.wait({"ev": "line", "name": self.flowers, "text": text}, mark)

    def said(self, mark):
        return [event["text"] for event in self.alice.since(mark, {"ev": "line"})]

    def invite(self):
        self.request("carol", set={"topic": self.flowers, "sub": {"user": self.alice_id}})

    def remove(self):
        self.request("carol", **{"del": {"topic": self.flowers, "what": "sub",
                                         "user": self.alice_id}})

    # Closing is not leaving

    def test_closing_detaches_and_leaving_leaves(self):
        self.sign_in()
        self.open(self.flowers)
        self.do("close", self.flowers)
        self.assertEqual(self.server.attached("alice"), [self.flowers])
        self.alice.advance(10000)
        self.assertEqual(self.server.attached("alice"), [])
        self.assertIsNotNone(self.stored("alice"))
        mark = self.alice.mark()
        self.server.say("bob", self.flowers, "still here?")
        self.got("still here?", mark)
        self.open(self.flowers)
        self.do("command", self.flowers, text="leave")
        self.line("You have left this group.", mark)
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"}, mark)
        self.assertIsNone(self.stored("alice"))
        self.assertEqual(self.server.attached("alice"), [])
        place = self.server.mark()
        self.server.say("bob", self.flowers, "not for alice")
        self.alice.advance(60000)
        self.assertEqual(self.attaches(place), [])
        self.assertEqual(self.lines("not for alice"), [])

    def test_left_from_the_menu_after_a_question_while_nothing_is_open(self):
        self.sign_in()
        mark = self.alice.mark()
        for answer in ("Cancel", "Leave"):
            self.do("menu", self.flowers, label="Leave Group…")
            self.alice.wait({"ev": "request", "primary": "Leave Flowers?"}, mark)
            self.assertIsNotNone(self.stored("alice"))
            self.alice.do("answer", text=answer)
            self.alice.sync()
            mark = self.alice.mark()
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"})
        self.assertIsNone(self.stored("alice"))
        self.assertEqual(self.attaches(), [])

    def test_taken_off_the_buddy_list_only_hides(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.do("remove", self.flowers)
            self.alice.finish()
            self.processes.remove(self.alice)
            self.sign_in(folder=folder)
            self.assertEqual(self.alice.since(0, {"ev": "chat"}), [])
            self.assertIsNotNone(self.stored("alice"))
            mark = self.alice.mark()
            self.server.say("bob", self.flowers, "you are still in it")
            self.got("you are still in it", mark)
            self.do("join", self.flowers)
            self.alice.wait({"ev": "chat", "name": self.flowers, "what": "add"}, mark)

    def test_owner_cannot_leave_but_delete(self):
        self.sign_in()
        self.open(self.flowers)
        self.do("command", self.flowers, text="create Trees")
        own = self.alice.wait({"ev": "chat", "alias": "Trees", "what": "add"})["name"]
        self.open(own)
        self.alice.do("command", account="alice", name=own, text="leave")
        with self.assertRaisesRegex(Failure, "This group is yours, so you cannot leave it."):
            self.alice.sync()
        self.assertEqual(self.alice.ask("menu", account="alice", name=own)[-1], "Delete Group…")
        mark = self.alice.mark()
        self.do("command", own, text="leave delete")
        self.alice.wait({"ev": "request", "primary": "Delete Trees?"}, mark)
        self.alice.do("answer", text="Delete")
        self.alice.wait({"ev": "line", "text": "You have deleted this group."}, mark)
        self.alice.wait({"ev": "chat", "name": own, "what": "remove"}, mark)
        self.assertNotIn(own, [topic["room"] for topic in self.server.state()["topics"]])

    # Coming back

    def come_back(self, mark):
        self.alice.wait_sync("alice", self.flowers, "active")
        self.alice.wait(lambda event: event.get("ev") == "chat-members" and
                        len(event["members"]) == 4)
        self.do("send", self.flowers, text="hello again")
        self.server.wait({"ev": "pub", "who": "alice", "content": "hello again"})
        self.assertEqual([text for text in self.said(mark) if "room" in text], [])

    def test_tab_is_active_again_after_a_short_loss(self):
        self.sign_in()
        self.open(self.flowers)
        self.request("carol", set={"topic": self.flowers, "desc": {
            "public": {"fn": "Flowers", "note": "tulips"}}})
        self.line("The topic is now: tulips")
        mark = self.alice.mark()
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.flowers, "suspended", mark=mark)
        self.alice.signal("tinode-sync-changed", "alice", self.flowers, "active", mark=mark)
        self.come_back(mark)
        self.assertEqual(self.said(mark), [])

    def test_tab_is_active_again_after_signing_in_again(self):
        for ui in ("pidgin", "finch"):
            with self.subTest(ui):
                self.sign_in(ui)
                self.open(self.flowers)
                mark = self.alice.mark()
                self.do("logout")
                self.alice.wait({"ev": "disconnected"}, mark)
                self.alice.login("alice", self.server.port)
                self.come_back(mark)
                self.alice.finish()
                self.processes.remove(self.alice)

    def test_hidden_chat_is_joined_again(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.alice.finish()
            self.processes.remove(self.alice)
            path = os.path.join(folder, "blist.xml")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertIn("</chat>", text)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(
                    "</chat>", "<setting name='gtk-persistent' type='bool'>1</setting></chat>"))
            self.sign_in(folder=folder)
            self.open(self.flowers)
            self.do("blur")
            self.do("close", self.flowers)
            mark = self.alice.mark()
            self.do("logout")
            self.alice.wait({"ev": "disconnected"}, mark)
            self.alice.login("alice", self.server.port)
            self.server.say("bob", self.flowers, "in a hidden chat")
            self.got("in a hidden chat", mark)
            self.do("open", self.flowers)
            self.do("focus", self.flowers)
            self.come_back(mark)

    def test_who_came_and_went_meanwhile_is_no_news(self):
        self.sign_in()
        self.open(self.flowers)
        mark = self.alice.mark()
        self.server.order(do="refuse", for_ms=1500)
        self.server.order(do="drop", who="alice")
        self.alice.signal("tinode-sync-changed", "alice", self.flowers, "suspended", mark=mark)
        self.request("carol", **{"del": {"topic": self.flowers, "what": "sub", "user": self.dave}})
        self.alice.advance_until({"ev": "chat-members", "name": self.flowers,
                                  "members": sorted([self.alice_id, self.bob, self.carol])},
                                 mark=mark)
        self.assertEqual(self.said(mark), [])

    # Thrown out

    def test_evicted_is_said_once_and_others_go_on(self):
        self.sign_in()
        self.open(self.flowers)
        mark, place = self.alice.mark(), self.server.mark()
        self.frame(ctrl={"topic": self.flowers, "code": 205, "text": "evicted",
                         "params": {"unsub": False}, "ts": "2026-01-02T03:04:05Z"})
        self.line(BANNED, mark)
        self.alice.do("send", account="alice", name=self.flowers, text="hi")
        with self.assertRaisesRegex(Failure, "this chat was left"):
            self.alice.sync()
        self.alice.advance(60000)
        self.assertEqual(self.attaches(place), [])
        self.assertEqual(self.said(mark), [BANNED])
        problems = self.alice.signals("tinode-problem", "alice", self.flowers, mark=mark)
        self.assertEqual([problem[3] for problem in problems], [BANNED])
        self.open(self.bob)
        self.send(self.bob, "we go on")

    def test_banned_and_let_in_again(self):
        self.sign_in()
        self.open(self.flowers)
        self.server.say("bob", self.flowers, "unread")
        self.got("unread")
        mark, place = self.alice.mark(), self.server.mark()
        self.request("carol", set={"topic": self.flowers,
                                   "sub": {"user": self.alice_id, "mode": "N"}})
        self.line(BANNED, mark)
        self.alice.advance(60000)
        self.assertEqual(self.attaches(place), [])
        self.assertEqual(self.server.notes("alice", "read", place), [])
        self.assertEqual(self.said(mark), [BANNED])
        self.do("join", self.flowers)
        self.alice.wait({"ev": "notify", "text": lambda text: "You were banned from it" in text},
                        mark)
        mark = self.alice.mark()
        self.request("carol", set={"topic": self.flowers,
                                   "sub": {"user": self.alice_id, "mode": "JRWPS"}})
        self.line("You are in this group again.", mark)
        self.open(self.flowers)
        self.send(self.flowers, "back")

    def test_removed_and_invited_again_with_the_window_open(self):
        self.sign_in()
        self.open(self.flowers)
        self.send(self.flowers, "before")
        mark, place = self.alice.mark(), self.server.mark()
        self.remove()
        self.line(OUT, mark)
        self.server.say("bob", self.flowers, "meanwhile")
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"}, mark)
        self.alice.advance(60000)
        self.assertEqual(self.attaches(place), [])
        self.assertEqual(self.said(mark), [OUT])
        mark = self.alice.mark()
        self.invite()
        self.line("You are in this group again.", mark)
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "add"}, mark)
        self.open(self.flowers)
        self.got("meanwhile", mark)
        self.send(self.flowers, "back")
        self.assertEqual(len(self.lines("before")), 1)

    def test_deleted_by_its_owner(self):
        self.sign_in()
        self.open(self.flowers)
        mark, place = self.alice.mark(), self.server.mark()
        self.request("carol", **{"del": {"topic": self.flowers, "what": "topic", "hard": True}})
        self.line(OUT, mark)
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"}, mark)
        self.alice.advance(60000)
        self.assertEqual(self.attaches(place), [])
        self.assertEqual(self.said(mark), [OUT])

    def test_typed_in_finch_after_the_end_fails_with_the_reason(self):
        self.sign_in("finch")
        self.open(self.flowers)
        mark = self.alice.mark()
        self.remove()
        self.line(OUT, mark)
        self.alice.do("send", account="alice", name=self.flowers, text="hi")
        try:
            self.alice.sync()
        except Failure as failure:
            self.assertIn("this chat was left", str(failure))
        self.assertEqual(self.lines("hi"), [])

    # Invited

    def test_invited_is_asked_and_accepting_opens(self):
        self.sign_in()
        self.remove()
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"})
        mark = self.alice.mark()
        self.invite()
        self.alice.wait({"ev": "request", "secondary": lambda text:
                         text.startswith("Carol Xmas has invited alice to the chat room Flowers")},
                        mark)
        self.alice.do("answer", text="Accept")
        self.alice.wait(lambda event: event.get("ev") == "chat-members" and
                        len(event["members"]) == 4, mark)
        self.open(self.flowers)
        self.send(self.flowers, "here I am")

    def test_declining_leaves(self):
        self.sign_in()
        self.remove()
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"})
        mark = self.alice.mark()
        self.invite()
        self.alice.wait({"ev": "request"}, mark)
        self.assertIsNotNone(self.stored("alice"))
        self.alice.do("answer", text="Cancel")
        self.alice.wait({"ev": "chat", "name": self.flowers, "what": "remove"}, mark)
        self.assertIsNone(self.stored("alice"))


class Channels(Story):
    """alice reads a channel of bob's."""

    def setUp(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".json")
        self.addCleanup(file.close)
        json.dump({"users": [{"login": login} for login in ("alice", "bob", "carol", "dave")],
                   "groups": [{"name": "flowers", "owner": "carol", "members": ["bob"]},
                              {"name": "news", "owner": "bob", "members": ["carol"],
                               "public": {"fn": "News"}, "channel": True}]}, file)
        file.flush()
        self.server_options = ("--users", file.name)
        super().setUp()
        self.news = self.server.group("news")
        self.channel = "chn" + self.news[3:]

    def test_reader_reads_and_is_told_that_it_does_not_write(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("join", self.channel)
        self.do("focus", self.channel)
        self.alice.wait_sync("alice", self.channel, "active")
        seq = self.server.say("bob", self.news, "extra, extra")
        message = self.got("extra, extra", mark)
        self.assertEqual((message["name"], message["alias"]), (self.channel, "News"))
        self.alice.advance(2000)
        self.noted("read", seq)
        place, mark = self.server.mark(), self.alice.mark()
        self.do("send", self.channel, text="I beg to differ")
        self.alice.wait({"ev": "line", "text": "This is a channel: you read it, its authors write "
                                               "it. Nothing was sent."}, mark)
        self.alice.advance(5000)
        self.assertEqual(self.server.since(place, {"ev": "pub"}), [])
        self.assertEqual(self.lines("I beg to differ"), [])
        self.alice.do("command", account="alice", name=self.channel, text="invite dave")
        with self.assertRaisesRegex(Failure, "You are a reader of this channel"):
            self.alice.sync()
        self.do("command", self.channel, text="leave")
        self.alice.wait({"ev": "line", "text": "You have left this channel."}, mark)

    def test_member_who_comes_as_a_reader_goes_on_as_a_member(self):
        self.server.order(do="request", **{"as": "bob"}, frame={"set": {
            "topic": self.news, "sub": {"user": self.alice_id}}})
        self.sign_in()
        mark = self.alice.mark()
        self.do("join", self.channel)
        self.alice.wait({"ev": "chat-members", "name": self.news}, mark)

    def test_unknown_channel_is_said_not_to_exist(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("join", "chnAAAAAAAAAAA")
        self.alice.wait({"ev": "line", "text": "There is no such group on the server."}, mark)


if __name__ == "__main__":
    main()
