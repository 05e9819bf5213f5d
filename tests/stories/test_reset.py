# SPDX-License-Identifier: GPL-2.0-or-later
"""A forgotten password is set anew."""

from story import Host, Story, main

OFFER = "The password of alice was not accepted."
WHERE = "Where is the code to be sent?"
SENT = "If that address belongs to an account, a code is on its way to it."
WRONG = "That was not the code that the server has sent."
SET_ANEW = "Set a New Password…"


class Forgotten(Story):

    server_options = ("--require-email",)

    def client(self, ui="pidgin", *options):
        self.me = self.start(Host, *options, ui=ui)

    def sign_in(self, password=None):
        """As the person does it, who may have forgotten the password."""
        mark = self.me.mark()
        more = {} if password is None else {"password": password}
        self.me.do("login", account="alice", options={
            "server": "127.0.0.1:%d" % self.server.port, "tls": "off"}, **more)
        return mark

    def refused(self, mark):
        end = self.me.wait({"ev": "disconnected", "account": "alice"}, mark)
        self.assertEqual(end["reason"], "authentication-failed")

    def asked(self, kind, primary, mark):
        request = self.me.wait({"ev": "request"}, mark)
        self.assertEqual((request["kind"], request["primary"]), (kind, primary))
        return request

    def answer(self, **answer):
        mark = self.me.mark()
        self.me.do("answer", **answer)
        return mark

    def form(self, code, password, again=None):
        return self.answer(fields={"code": code, "password": password,
                                   "password-again": again or password})

    def until_sent(self, address="alice@example.com"):
        mark = self.sign_in("wrong")
        self.asked("action", OFFER, mark)
        self.refused(mark)
        mark = self.answer(text=SET_ANEW)
        self.asked("input", WHERE, mark)
        mark = self.answer(text=address)
        return self.asked("fields", SENT, mark)

    def online_with(self, mark):
        self.me.wait({"ev": "connected", "account": "alice"}, mark)
        self.me.do("logout", account="alice")
        self.me.wait({"ev": "disconnected", "account": "alice"}, mark)
        mark = self.sign_in()
        self.me.wait({"ev": "connected", "account": "alice"}, mark)

    def told(self, mark):
        event = self.me.wait({"ev": "notify"}, mark)
        return event["kind"], event["primary"]

    def test_wrong_code_then_right_and_online_with_the_new_password(self):
        for ui in ("pidgin", "finch"):
            with self.subTest(ui):
                self.client(ui)
                form = self.until_sent("Alice@Example.com")
                self.assertEqual([(f["id"], f["masked"], f["required"]) for f in form["fields"]], [
                    ("code", False, True), ("password", True, True),
                    ("password-again", True, True)])
                self.me.advance(60000)  # people read their mail when they like
                mark = self.form("000000", "another1")
                self.asked("input", WRONG, mark)
                mark = self.answer(text="123456")
                self.assertEqual(self.told(mark), ("info", "Your password was changed"))
                self.online_with(mark)
                self.assertEqual(self.me.since(mark, {"ev": "request"}), [])
                self.me.finish()
                self.processes.remove(self.me)

    def test_unknown_address_is_not_told_apart(self):
        self.client()
        self.until_sent("nobody@example.com")
        mark = self.form("123456", "another1")
        for _ in range(2):
            self.asked("input", WRONG, mark)
            mark = self.answer(text="123456")
        self.assertEqual(self.told(mark), ("error", "Your password was not changed"))
        mark = self.sign_in("alice123")
        self.me.wait({"ev": "connected"}, mark)

    def test_server_that_cannot_send_there_is_not_asked_to(self):
        self.client()
        mark = self.sign_in("wrong")
        self.asked("action", OFFER, mark)
        self.refused(mark)
        mark = self.answer(text=SET_ANEW)
        self.asked("input", WHERE, mark)
        mark = self.answer(text="+1 702 555 0001")
        event = self.me.wait({"ev": "notify"}, mark)
        self.assertEqual(event["primary"], "Your password was not changed")
        self.assertIn("The server does not set a new password in this way.", event["secondary"])

    def test_code_that_was_sent_before_still_counts(self):
        self.client()
        self.until_sent()
        self.answer(cancel=True)
        mark = self.sign_in("wrong")
        self.asked("action", OFFER, mark)
        self.refused(mark)
        mark = self.answer(text=SET_ANEW)
        self.asked("input", WHERE, mark)
        mark = self.answer(text="alice@example.com")
        self.asked("fields", "A code was sent to that address a while ago. It still counts.", mark)
        mark = self.form("123456", "another1")
        self.assertEqual(self.told(mark), ("info", "Your password was changed"))
        self.online_with(mark)

    def test_password_that_is_too_short_costs_another_code(self):
        self.client()
        self.until_sent()
        mark = self.form("123456", "abc")
        request = self.me.wait({"ev": "request", "kind": "fields"}, mark)
        self.assertIn("The server does not take this password.", request["primary"])
        mark = self.form("123456", "another1")
        self.assertEqual(self.told(mark), ("info", "Your password was changed"))
        self.online_with(mark)

    def test_connections_end_while_the_person_reads_his_mail(self):
        self.client()
        self.until_sent()
        self.server.order(do="drop")
        mark = self.form("123456", "another1")
        self.assertEqual(self.told(mark), ("info", "Your password was changed"))
        self.online_with(mark)

    def test_new_password_is_not_answered(self):
        self.client()
        self.until_sent()
        self.server.order(do="silence", to="acc", times=1)
        mark = self.form("123456", "another1")
        place = self.me.mark()
        self.me.advance_until(lambda _: self.me.since(place, {"ev": "notify"}), 60000)
        self.assertEqual(self.told(mark), (
            "error", "It is not known whether your password was changed"))
        mark = self.sign_in("another1")
        self.me.wait({"ev": "connected"}, mark)

    def test_account_is_deleted_meanwhile(self):
        self.client()
        self.until_sent()
        mark = self.me.mark()
        self.me.do("delete-account", account="alice")
        self.me.wait({"ev": "request-closed", "kind": "fields"}, mark)

    def test_offer_is_declined_once_and_not_repeated(self):
        self.client()
        mark = self.sign_in("wrong")
        self.asked("action", OFFER, mark)
        self.refused(mark)
        self.answer(text="Cancel")
        mark = self.sign_in("wrong")
        self.refused(mark)
        self.me.advance(60000)
        self.assertEqual(self.me.since(mark, {"ev": "request"}), [])
        mark = self.sign_in("alice123")
        self.me.wait({"ev": "connected"}, mark)

    def test_client_without_forms_is_not_asked(self):
        self.client("bitlbee")
        mark = self.sign_in("wrong")
        self.refused(mark)
        self.me.sync()
        self.assertEqual(self.me.since(mark, {"ev": "request"}), [])

    def test_client_quits_at_each_stage(self):
        for stage in range(4):
            with self.subTest(stage):
                self.client()
                if stage < 2:
                    mark = self.sign_in("wrong")
                    self.asked("action", OFFER, mark)
                    self.refused(mark)
                if stage == 1:
                    mark = self.answer(text=SET_ANEW)
                    self.asked("input", WHERE, mark)
                if stage > 1:
                    self.until_sent("%s@example.com" % ("bob", "alice")[stage - 2])
                if stage == 3:
                    self.server.order(do="silence", to="acc", times=1)
                    self.form("123456", "another1")
                self.me.finish()
                self.processes.remove(self.me)


if __name__ == "__main__":
    main()
