# SPDX-License-Identifier: GPL-2.0-or-later
"""New accounts, addresses that are confirmed, other passwords."""

from story import Host, Story, main

CODE = "The server has sent a code to the e-mail address of this account."
WRONG = "That was not the code that the server has sent to the e-mail address of this account."
ADDRESS = "The server wants an e-mail address for a new account."


class Account(Story):

    def client(self, ui="pidgin"):
        self.me = self.start(Host, "--reconnect", "200", ui=ui)

    def settings(self):
        return {"server": "127.0.0.1:%d" % self.server.port, "tls": "off"}

    def register(self, account, password="secret1", **more):
        mark = self.me.mark()
        self.me.do("register", account=account, password=password, options=self.settings(), **more)
        return mark

    def asked(self, primary, mark=0):
        """The question comes; it is the only one that is open."""
        request = self.me.wait({"ev": "request"}, mark)
        self.assertEqual((request["kind"], request["primary"]), ("input", primary))
        self.assertTrue(request["secondary"])
        return request

    def answer(self, text=None, **more):
        mark = self.me.mark()
        if text is None:
            self.me.do("answer", cancel=True)
        else:
            self.me.do("answer", text=text)
        return mark

    def online(self, account, mark=0):
        self.me.wait({"ev": "connected", "account": account}, mark)

    def refused(self, account, mark=0):
        end = self.me.wait({"ev": "disconnected", "account": account}, mark)
        return end["reason"], end["text"].replace("127.0.0.1:%d: " % self.server.port, "")

    def stays_away(self, account, mark):
        """Nothing is tried or asked again; the end was told once."""
        self.me.advance(60000)
        self.assertEqual(len(self.me.since(mark, {"ev": "disconnected"})), 1)
        self.assertEqual(self.me.since(mark, {"ev": "connected"}), [])
        self.assertEqual(self.me.since(mark, {"ev": "request"}), [])

    def sign_out(self, account):
        mark = self.me.mark()
        self.me.do("logout", account=account)
        self.me.wait({"ev": "disconnected", "account": account}, mark)


class Confirming(Account):

    server_options = ("--require-email",)

    def made_but_not_confirmed(self, ui, name="newbie"):
        """An account whose address waits for its code; nobody is signed in to it."""
        self.client("pidgin")
        mark = self.register(name)
        self.asked(ADDRESS, mark)
        mark = self.answer(name + "@example.com")
        self.asked(CODE, mark)
        self.sign_out(name)
        self.me.wait({"ev": "request-closed", "kind": "input"}, mark)
        self.me.finish()
        self.processes.remove(self.me)
        self.client(ui)
        mark = self.me.mark()
        self.me.do("login", account=name, password="secret1", options=self.settings())
        self.asked(CODE, mark)

    def test_wrong_code_is_asked_again_and_the_right_one_signs_in(self):
        for ui in ("pidgin", "finch", "bitlbee"):
            with self.subTest(ui):
                name = "newbie-" + ui
                self.made_but_not_confirmed(ui, name)
                self.me.advance(60000)  # longer than any other phase may last
                mark = self.answer("000000")
                self.asked(WRONG, mark)
                mark = self.answer("123456")
                self.online(name, mark)
                self.assertEqual(self.me.since(0, {"ev": "disconnected"}), [])
                self.me.finish()
                self.processes.remove(self.me)

    def test_too_many_wrong_codes_are_told_and_not_tried_again(self):
        self.made_but_not_confirmed("pidgin")
        mark = self.answer("000000")
        self.asked(WRONG, mark)
        self.server.order(do="error", to="login", code=422, times=1)
        mark = self.answer("000001")
        self.assertEqual(self.refused("newbie", mark), (
            "other-error", "Too many wrong codes: the server takes no more of them for this "
                           "account."))
        self.stays_away("newbie", mark)

    def test_cancelling_is_told_and_not_tried_again(self):
        self.made_but_not_confirmed("pidgin")
        mark = self.answer()
        self.assertEqual(self.refused("newbie", mark), (
            "other-error", "The server wants an address of this account to be confirmed first."))
        self.stays_away("newbie", mark)

    def test_connection_lost_while_asked_is_asked_again_by_itself(self):
        self.made_but_not_confirmed("pidgin")
        mark = self.me.mark()
        self.server.order(do="drop")
        self.me.wait({"ev": "request-closed"}, mark)
        self.assertEqual(self.refused("newbie", mark)[0], "network-error")
        self.asked(CODE, mark)
        mark = self.answer("123456")
        self.online("newbie", mark)

    def test_new_account_is_asked_for_all_and_then_online(self):
        self.client()
        mark = self.register("newbie", alias="New Bie")
        self.asked(ADDRESS, mark)
        mark = self.answer("newbie@example.com")
        self.asked(CODE, mark)
        mark = self.answer("123456")
        self.online("newbie", mark)


class New(Account):

    def test_new_account_is_online_and_comes_back_like_any_other(self):
        self.client()
        mark = self.register("newbie", alias="New Bie")
        event = self.me.wait({"ev": "connected", "account": "newbie"}, mark)
        self.assertEqual(event["display-name"], "New Bie")
        self.assertEqual(self.me.since(mark, {"ev": "request"}), [])
        place = self.server.mark()
        self.server.order(do="drop", who="newbie")
        self.me.advance_until(lambda _: self.server.since(place, {"ev": "connect"}), 20000)
        self.sign_out("newbie")
        mark = self.me.mark()
        self.me.do("login", account="newbie")
        self.online("newbie", mark)

    def test_name_is_taken(self):
        self.client()
        mark = self.register("alice")
        self.assertEqual(self.refused("alice", mark), (
            "name-in-use", "Somebody else has this user name already."))
        self.stays_away("alice", mark)

    def test_name_is_too_short(self):
        self.client()
        mark = self.register("ab")
        reason, text = self.refused("ab", mark)
        self.assertEqual(reason, "invalid-username")
        self.assertIn("The server does not take this user name.", text)
        self.stays_away("ab", mark)

    def test_password_is_too_short(self):
        self.client()
        mark = self.register("newbie", "abc")
        self.assertEqual(self.refused("newbie", mark), (
            "other-error", "The server does not take this password. It may be too short."))
        self.stays_away("newbie", mark)

    def test_server_makes_no_accounts(self):
        self.server.order(do="error", to="acc", code=403, times=1)
        self.client()
        mark = self.register("newbie")
        self.assertEqual(self.refused("newbie", mark), (
            "other-error", "The server does not let you create an account."))
        self.stays_away("newbie", mark)

    def test_server_cannot_be_reached(self):
        self.server.order(do="handshake", mode="close", times=100)
        self.client()
        mark = self.register("newbie")
        self.assertEqual(self.refused("newbie", mark), (
            "other-error", "The server closed the connection."))
        self.stays_away("newbie", mark)

    def change(self, old, new):
        mark = self.me.mark()
        self.me.do("action", account="alice", label="Change Password…")
        self.me.wait({"ev": "request", "kind": "fields"}, mark)
        mark = self.me.mark()
        self.me.do("answer", fields={"password": old, "new_password_1": new,
                                     "new_password_2": new})
        return self.me.wait({"ev": "notify"}, mark)

    def test_password_is_changed_and_used_from_then_on(self):
        self.client()
        self.me.login("alice", self.server.port)
        told = self.change("alice123", "another1")
        self.assertEqual((told["kind"], told["primary"]), ("info", "Your password was changed"))
        self.sign_out("alice")
        mark = self.me.mark()
        self.me.do("login", account="alice")
        self.online("alice", mark)
        self.sign_out("alice")
        mark = self.me.mark()
        self.me.do("login", account="alice", password="alice123")
        self.assertEqual(self.refused("alice", mark), (
            "authentication-failed", "The user name or the password is wrong."))

    def test_password_that_is_refused_leaves_the_old_one(self):
        self.client()
        self.me.login("alice", self.server.port)
        for old, new in (("alice123", "abc"), ("wrong", "another1")):
            told = self.change(old, new)
            self.assertEqual((told["kind"], told["primary"]), (
                "error", "Your password was not changed"))
        self.sign_out("alice")
        mark = self.me.mark()
        self.me.do("login", account="alice")
        self.online("alice", mark)


if __name__ == "__main__":
    main()
