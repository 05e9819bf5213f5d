# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do in groups: topic, people, roles, new groups, the list of rooms."""

import time

from story import Failure, Story, main
from harness import DEADLINE  # noqa: E402

OPERATOR = "JRWPASD"


class Groups(Story):

    def setUp(self):
        super().setUp()
        self.sign_in()
        self.open(self.flowers)
        self.members(self.bob, self.carol, self.dave, self.alice_id)
        self.mark = self.alice.mark()

    # Steps

    def members(self, *users, mark=0):
        return self.alice.wait({"ev": "chat-members", "name": self.flowers,
                                "members": sorted(users)}, mark)

    def command(self, text, name=None):
        self.mark = self.alice.mark()
        self.do("command", name or self.flowers, text=text)

    def refused(self, text, sentence, name=None):
        self.alice.do("command", account="alice", name=name or self.flowers, text=text)
        with self.assertRaises(Failure) as caught:
            self.alice.sync()
        self.assertIn(sentence, str(caught.exception))

    def line(self, text):
        return self.alice.wait({"ev": "line", "text": text}, self.mark)

    def notice(self, text):
        return self.alice.wait({"ev": "notify", "text": lambda t: text in t}, self.mark)

    def request(self, who, **frame):
        self.mark = self.alice.mark()
        self.server.order(do="request", **{"as": who}, frame=frame)

    def mode(self, user, mode):
        self.request("carol", set={"topic": self.flowers, "sub": {"user": user, "mode": mode}})

    def stored(self, user):
        room = next(topic for topic in self.server.state()["topics"]
                    if topic["room"] == self.flowers)
        return next((member for member in room["members"]
                     if member["user"] in (user, self.logins()[user])), None)

    def logins(self):
        return {user: login for login, user in self.ids.items()}

    def rooms(self):
        mark = self.alice.mark()
        self.alice.do("rooms", account="alice")
        return self.alice.wait({"ev": "result", "do": "rooms"}, mark)["value"]

    def make_operator(self):
        self.mode(self.alice_id, OPERATOR)
        self.line("Alice Hatter is an operator now.")

    def make_own(self, name="Trees"):
        """A group that alice owns, open, in focus."""
        self.command("create " + name)
        joined = self.alice.wait({"ev": "chat-members", "members": [self.alice_id]}, self.mark)
        self.open(joined["name"])
        return joined["name"]

    # Without rights

    def test_what_a_member_may_not_do_is_explained_without_asking(self):
        place = self.server.mark()
        for command, sentence in (
                ("topic tulips", "Only the owner of this group can change its topic."),
                ("rename Trees", "Only the owner of this group can rename it."),
                ("kick Bob Smith", "Only the owner and the operators of this group can remove"),
                ("ban Bob Smith", "Only the owner and the operators of this group can ban"),
                ("unban Bob Smith", "Only the owner and the operators of this group can lift"),
                ("op Bob Smith", "Only the owner and the operators of this group can change"),
                ("voice nobody", "nobody is not a member"),
                ("leave delete", "Only the owner of this group can delete it."),
                ("leave it", "Type /leave, or /leave delete"),
                ("kick", "Please say who."),
                ("join", "Please say which group"),
                ("create", "A group needs a name."),
                ("unmute", "This conversation is not muted.")):
            self.refused(command, sentence)
        self.assertEqual(self.server.since(place, {"who": "alice"}), [])

    def test_reading_only_is_said_when_something_is_typed(self):
        self.mode(self.alice_id, "JRP")
        self.line("Alice Hatter may only read here now.")
        place, self.mark = self.server.mark(), self.alice.mark()
        self.do("send", self.flowers, text="hello")
        self.line("You may read this group, but not write in it: its owner or an operator has to "
                  "allow it. Nothing was sent.")
        self.assertEqual(self.server.since(place, {"ev": "pub"}), [])
        self.assertEqual(self.lines("hello"), [])
        self.mode(self.alice_id, "JRWPS")
        self.line("Alice Hatter may write here now.")
        self.send(self.flowers, "hello again")

    # The card

    def test_topic_and_name_changed_by_the_owner_show_at_once(self):
        self.request("carol", set={"topic": self.flowers, "desc": {
            "public": {"fn": "Flowers", "note": "tulips <b>only</b>"}}})
        self.line("The topic is now: tulips <b>only</b>")
        self.request("carol", set={"topic": self.flowers, "desc": {"public": {"fn": "Trees"}}})
        self.line("This group is called Trees now.")
        self.alice.wait({"ev": "chat", "name": self.flowers, "alias": "Trees"}, self.mark)

    def test_own_group_gets_a_topic_and_another_name(self):
        own = self.make_own()
        self.command("topic", own)
        self.line("This group has no topic.")
        self.command("topic oak and ash", own)
        self.line("Alice Hatter has set the topic: oak and ash")
        self.command("rename Woods", own)
        self.line("This group is called Woods now.")
        self.command("topic", own)
        self.line("The topic is: oak and ash")
        rooms = self.rooms()
        self.assertIn({"name": "Woods", "topic": own, "members": 1, "about": "oak and ash",
                       "kind": "Group"}, rooms)

    # People

    def test_invited_by_login_name_and_id(self):
        own = self.make_own()
        for name, shown in (("bob", "Bob Smith"), ("carol xmas", "Carol Xmas"),
                            (self.dave, "Dave Goliathsson")):
            self.command("invite " + name, own)
            self.line(shown + " was invited.")
            self.line(shown + " entered the room.")
        self.command("invite bob", own)
        self.line("Bob Smith is in this group already.")
        self.command("invite nobody1", own)
        self.line("There is nobody called nobody1 in your lists or on the server.")
        self.refused("invite two words", "There is nobody of this name", own)

    def test_refused_invitations_have_their_own_sentences(self):
        own = self.make_own()
        self.server.order(do="error", to="set", code=422, text="policy violation", times=1,
                          topic=own)
        self.command("invite bob", own)
        self.line("Bob Smith cannot be invited: this group is full.")
        self.server.order(do="error", to="set", code=403, text="permission denied", times=1,
                          topic=own)
        self.command("invite " + self.bob, own)
        self.line("Bob Smith cannot be invited: the group is closed to this person, or this "
                  "person to groups.")
        self.server.order(do="error", to="set", code=404, text="user not found", times=1,
                          topic=own)
        self.command("invite " + self.bob, own)
        self.line("The server does not know Bob Smith.")

    def test_operator_removes_bans_and_lifts_the_ban(self):
        self.make_operator()
        self.command("kick Bob Smith:")
        self.line("Bob Smith left the room (removed by Alice Hatter).")
        self.members(self.carol, self.dave, self.alice_id, mark=self.mark)
        self.command("ban \"Dave Goliathsson\"")
        self.line("Dave Goliathsson left the room (banned by Alice Hatter).")
        self.assertEqual(self.stored(self.dave)["given"], "N")
        self.refused("invite Dave Goliathsson", "Dave Goliathsson is banned from this group.")
        self.command("unban Dave Goliathsson")
        self.line("Dave Goliathsson is not banned any more and can be invited.")
        self.command("invite dave")
        self.line("Dave Goliathsson entered the room.")
        self.mark = self.alice.mark()
        self.alice.do("command", account="alice", name=self.flowers, text="kick Carol Xmas")
        self.line("You may not do that to Carol Xmas. The owner of a group cannot be removed.")

    def test_who_comes_and_goes_and_who_did_it(self):
        self.request("carol", **{"del": {"topic": self.flowers, "what": "sub", "user": self.bob}})
        self.line("Bob Smith left the room (removed by Carol Xmas).")
        self.request("carol", set={"topic": self.flowers, "sub": {"user": self.bob}})
        self.line("Bob Smith entered the room.")
        self.mode(self.bob, "N")
        self.line("Bob Smith left the room (banned by Carol Xmas).")
        self.request("dave", leave={"topic": self.flowers, "unsub": True})
        self.line("Dave Goliathsson left the room.")

    def test_roles_given_and_taken(self):
        own = self.make_own()
        self.command("invite bob", own)
        self.line("Bob Smith entered the room.")
        self.command("op Bob Smith", own)
        self.line("Bob Smith has been offered that: it counts once it is accepted.")
        self.request("bob", set={"topic": own, "sub": {"mode": OPERATOR}})
        self.line("Bob Smith is an operator now.")
        self.command("deop Bob Smith", own)
        self.line("Bob Smith is no operator any more. (Changed by Alice Hatter.)")
        self.command("devoice Bob Smith", own)
        self.line("Bob Smith may only read here now. (Changed by Alice Hatter.)")
        self.command("voice Bob Smith", own)
        self.line("Bob Smith may write here now. (Changed by Alice Hatter.)")

    # New ones

    def test_made_by_the_form_of_the_account_menu(self):
        self.mark = self.alice.mark()
        self.do("action", label="New Group or Channel…")
        self.alice.wait({"ev": "request", "primary": "New group"}, self.mark)
        self.alice.do("answer", fields={"name": "News", "about": "what is new", "kind": 1})
        made = self.alice.wait({"ev": "chat", "alias": "News", "what": "add"}, self.mark)
        self.alice.wait({"ev": "chat-members", "name": made["name"],
                         "members": [self.alice_id]}, self.mark)
        self.open(made["name"])
        self.send(made["name"], "first")

    def test_joined_by_name_and_asked_before_a_new_one_is_made(self):
        self.do("close", self.flowers)
        self.mark = self.alice.mark()
        self.do("join", "x", components={"topic": " flowers "})
        self.members(self.bob, self.carol, self.dave, self.alice_id, mark=self.mark)
        self.do("join", "x", components={"topic": "Fishes"})
        self.alice.wait({"ev": "request", "primary": "You are in no group called Fishes"},
                        self.mark)
        place = self.server.mark()
        self.alice.do("answer", text="Cancel")
        self.alice.sync()
        self.assertEqual(self.server.since(place, {"who": "alice"}), [])
        self.do("join", "x", components={"topic": "Fishes"})
        self.alice.do("answer", text="Create")
        self.alice.wait({"ev": "chat", "alias": "Fishes", "what": "add"}, self.mark)

    def test_refused_by_the_server_is_said(self):
        self.server.order(do="error", to="sub", code=403, text="permission denied", times=1)
        self.command("create Trees")
        self.notice("The server does not let you create a group.")

    def test_room_list_shows_what_can_be_joined(self):
        rooms = self.rooms()
        self.assertEqual(rooms, [{"name": "Flowers", "topic": self.flowers, "members": 4,
                                  "about": "", "kind": "Group"}])

    # Own settings

    def wait_menu(self, label):
        end = time.monotonic() + DEADLINE
        while label not in self.alice.ask("menu", account="alice", name=self.flowers):
            self.assertLess(time.monotonic(), end)

    def test_muted_and_put_away_and_back(self):
        self.assertEqual(self.alice.ask("menu", account="alice", name=self.flowers),
                         ["Message Receipts…", "Mute", "Archive", "Leave Group…"])
        self.command("mute")
        self.line("This conversation is muted: what is new in it shows when you open it. /unmute "
                  "ends that.")
        self.assertNotIn("P", self.stored(self.alice_id)["want"])
        self.refused("mute", "This conversation is muted already.")
        self.do("blur")
        self.do("close", self.flowers)
        self.alice.advance(10000)
        self.assertEqual(self.server.attached("alice"), [])
        self.mark = self.alice.mark()
        self.do("menu", self.flowers, label="Unmute")
        self.wait_menu("Mute")
        end = time.monotonic() + DEADLINE
        while "P" not in self.stored(self.alice_id)["want"]:
            self.assertLess(time.monotonic(), end)
        self.do("menu", self.flowers, label="Archive")
        self.wait_menu("Unarchive")
        self.alice.sync()
        self.assertEqual(self.server.attached("alice"), [])


class InFinch(Groups):
    """The same in another client."""

    ui = "finch"


class InBitlBee(Story):
    """BitlBee has no windows, shows no lines of the protocol's, and knows /invite and /kick."""

    ui = "bitlbee"

    def test_joined_by_name_invites_removes_and_parts(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("join", "x", components={"topic": "Flowers"})
        # It puts the user there itself.
        self.alice.wait({"ev": "chat-members", "name": self.flowers, "members": sorted(
            [self.bob, self.carol, self.dave])}, mark)
        self.server.order(do="request", **{"as": "carol"}, frame={"set": {
            "topic": self.flowers, "sub": {"user": self.alice_id, "mode": "JRWPASD"}}})
        # Nobody looks there, so nothing is attached: what it does, it attaches for.
        end = time.monotonic() + DEADLINE
        while "A" not in self.member(self.alice_id)["want"]:
            self.assertLess(time.monotonic(), end)
        # The client learns it from the answer, a little later.
        while True:
            try:
                self.do("command", self.flowers, text="kick %s (null)" % self.bob)
                break
            except Failure:
                self.assertLess(time.monotonic(), end)
        while self.member(self.bob) is not None:
            self.assertLess(time.monotonic(), end)
        self.do("send", self.flowers, text="hello")
        self.server.wait({"ev": "pub", "who": "alice", "content": "hello"})
        self.do("close", self.flowers)
        self.alice.advance(10000)
        self.assertIsNotNone(self.member(self.alice_id))

    def member(self, user):
        """What the server keeps of a member; None: nothing."""
        room = next(topic for topic in self.server.state()["topics"]
                    if topic["room"] == self.flowers)
        login = next(login for login, name in self.ids.items() if name == user)
        return next((member for member in room["members"] if member["user"] in (user, login)),
                    None)

    def test_new_group_by_a_new_name_is_asked_for(self):
        self.sign_in()
        mark = self.alice.mark()
        self.do("join", "x", components={"topic": "Fishes"})
        self.alice.wait({"ev": "request", "primary": "You are in no group called Fishes"}, mark)
        self.alice.do("answer", text="Create")
        self.alice.wait({"ev": "chat", "alias": "Fishes", "what": "add"}, mark)


if __name__ == "__main__":
    main()
