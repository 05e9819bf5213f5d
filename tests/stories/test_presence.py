# SPDX-License-Identifier: GPL-2.0-or-later
"""Contacts, presence and typing."""

from story import Story, main


class Presence(Story):

    def test_contacts_are_buddies_with_names(self):
        self.sign_in()
        buddies = {b["name"]: b["alias"] for b in self.ask_buddies()["value"]}
        self.assertEqual(buddies, {self.bob: "Bob Smith", self.carol: "Carol Xmas",
                                   self.dave: "Dave Goliathsson"})
        self.assertEqual([c["alias"] for c in self.ask_buddies()["chats"]], ["Flowers"])

    def ask_buddies(self):
        mark = self.alice.mark()
        self.alice.send(do="buddies", account="alice")
        return self.alice.wait({"ev": "result", "do": "buddies"}, mark)

    def buddy(self, online, mark=0):
        self.alice.wait({"ev": "buddy", "name": self.bob, "online": online}, mark)

    def test_contact_online_within_a_second_of_the_first_session(self):
        self.sign_in()
        self.server.order(do="frame", to="alice", frame={"pres": {
            "topic": "me", "src": self.bob, "what": "on", "ua": "x"}})
        self.buddy(True)

    def test_message_to_an_offline_contact_goes_out_without_a_dialog(self):
        self.sign_in()
        self.open(self.bob)
        self.send(self.bob, "are you there?")
        self.assertEqual(self.alice.since(0, {"ev": "notify"}), [])
        self.assertEqual(self.alice.since(0, {"ev": "request"}), [])

    def test_unread_is_told_in_the_list_while_no_window_shows_it(self):
        self.sign_in()
        self.server.say("bob", "alice", "hello")
        self.got("hello")
        self.alice.advance(5000)
        self.do("close", self.bob)
        self.alice.wait({"ev": "buddy", "name": self.bob, "status-text": "1 unread"})
        mark = self.alice.mark()
        self.do("open", self.bob)
        self.do("focus", self.bob)
        self.alice.wait(lambda event: event.get("ev") == "buddy" and
                        event["name"] == self.bob and not event.get("status-text"), mark)

    def test_short_reconnect_does_not_flicker(self):
        other = self.host()
        other.login("bob", self.server.port)
        self.sign_in()
        self.buddy(True)
        mark, place = self.alice.mark(), self.server.mark()
        self.server.order(do="drop", who="alice")
        self.server.wait({"ev": "connect", "who": "alice"}, place)
        self.alice.advance(3000)
        self.alice.sync()
        self.assertEqual(self.alice.since(mark, {"ev": "buddy", "name": self.bob,
                                                 "online": False}), [])

    def test_contact_that_left_during_the_gap_goes_offline(self):
        other = self.host()
        other.login("bob", self.server.port)
        self.sign_in()
        self.buddy(True)
        mark, place = self.alice.mark(), self.server.mark()
        self.server.order(do="refuse", for_ms=300)
        self.server.order(do="drop", who="alice")
        other.finish()
        self.processes.remove(other)
        self.server.order(do="clock", advance_ms=5000)
        self.server.wait({"ev": "connect", "who": "alice"}, place)
        self.alice.advance(8000)
        self.buddy(False, mark)

    def test_typing_of_the_contact_ends(self):
        self.sign_in()
        self.open(self.bob)
        self.server.order(do="frame", to="alice", frame={"info": {
            "topic": self.bob, "from": self.bob, "what": "kp"}})
        self.alice.wait({"ev": "typing", "name": self.bob, "state": "typing"})
        mark = self.alice.mark()
        self.server.order(do="frame", to="alice", frame={"pres": {
            "topic": "me", "src": self.bob, "what": "off"}})
        self.alice.wait({"ev": "typing", "name": self.bob, "state": "stopped"}, mark)
        mark = self.alice.mark()
        self.server.order(do="frame", to="alice", frame={"info": {
            "topic": self.bob, "from": self.bob, "what": "kp"}})
        self.alice.wait({"ev": "typing", "name": self.bob, "state": "typing"}, mark)
        mark = self.alice.mark()
        self.alice.advance(6000)
        self.alice.wait({"ev": "typing", "name": self.bob, "state": "stopped"}, mark)

    def test_own_typing_is_told_every_three_seconds_and_never_after_closing(self):
        self.sign_in()
        self.open(self.bob)
        mark = self.server.mark()
        for _ in range(12):
            self.do("typing", self.bob)
            self.alice.advance(500)
        told = len(self.server.since(mark, {"ev": "note", "who": "alice", "what": "kp"}))
        self.assertTrue(1 <= told <= 3, told)
        self.do("typing", self.bob, state="stopped")
        self.do("close", self.bob)
        mark = self.server.mark()
        self.alice.advance(10000)
        self.assertEqual(self.server.since(mark, {"ev": "note", "who": "alice", "what": "kp"}), [])


if __name__ == "__main__":
    main()
