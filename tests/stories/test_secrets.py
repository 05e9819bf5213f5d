# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing that is a secret shows in the debug log, in metrics, in sentences, or on disk outside
libpurple's own file of accounts."""

import base64
import json
import os
import subprocess

from story import Host, Server, Story, main
from test_certificates import MAKE

API_KEY = "AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K"
PASSWORDS = {"alice": ("alice123", "wrong-one", "another-1"), "newbie": ("secret-1",)}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


class Secrets(Story):

    server_options = ("--require-email",)

    def needles(self):
        """What must not be found: words, and what they are called."""
        words = {API_KEY: "the API key", "123456": "a code", "918273": "a wrong code"}
        for login, passwords in PASSWORDS.items():
            for password in passwords:
                words[password] = "the password " + password
                words[encoded("%s:%s" % (login, password)).rstrip("=")] = "a secret of basic"
                words[encoded(":" + password).rstrip("=")] = "a new password"
        for login in PASSWORDS:
            # A token begins with the id, without its usr.
            user = self.server.user(login)
            words[encoded(user[3:])[:12]] = "a token of " + login
        return words

    def settings(self, port, tls="off", **more):
        return dict({"server": "127.0.0.1:%d" % port, "tls": tls}, **more)

    def ends(self, host, account, what, **fields):
        mark = host.mark()
        host.do(what, account=account, **fields)
        return host.wait({"ev": "disconnected", "account": account}, mark)

    def live(self, host, certificates):
        """Every way in and out that has to do with a secret."""
        port = self.server.port
        host.do("register", account="newbie", password="secret-1", options=self.settings(port))
        for answer in ("newbie@example.com", "918273", "123456"):
            host.wait(lambda event: event.get("ev") == "request" and
                      event["id"] == len(host.since(0, {"ev": "request"})) and
                      event["id"] > len(host.since(0, {"ev": "request-closed"})))
            mark = host.mark()
            host.do("answer", text=answer)
            host.wait({"ev": "request-closed"}, mark)
        host.wait({"ev": "connected", "account": "newbie"})
        place = self.server.mark()
        self.server.order(do="drop", who="newbie")
        host.advance_until(lambda _: self.server.since(place, {"ev": "connect"}), 20000)

        plain = self.start(Server, "--require-email")
        self.ends(host, "alice", "login", password="wrong-one", options=self.settings(plain.port))
        mark = host.mark()
        for kind, answer in (("action", {"text": "Set a New Password…"}),
                             ("input", {"text": "alice@example.com"}),
                             ("fields", {"fields": {"code": "918273", "password": "alice123",
                                                    "password-again": "alice123"}}),
                             ("input", {"text": "123456"})):
            host.wait({"ev": "request", "kind": kind}, mark if kind != "action" else 0)
            mark = host.mark()
            host.do("answer", **answer)
        host.wait({"ev": "connected", "account": "alice"}, mark)
        place = plain.mark()
        plain.order(do="drop", who="alice")
        host.advance_until(lambda _: plain.since(place, {"ev": "connect"}), 20000)
        host.do("action", account="alice", label="Change Password…")
        host.do("answer", fields={"password": "alice123", "new_password_1": "another-1",
                                  "new_password_2": "another-1"})
        host.wait({"ev": "notify", "primary": "Your password was changed"})
        metrics = host.metrics("alice"), host.metrics("newbie")
        self.ends(host, "alice", "logout")
        # A handshake that fails, and one that is refused for the key that it brought.
        pem = os.path.join(certificates, "expired.pem")
        tls = self.start(Server, "--tls", pem, pem)
        self.ends(host, "alice", "login", options=self.settings(tls.port, "required"))
        plain.order(do="handshake", mode="403", times=1)
        self.ends(host, "alice", "login", options=self.settings(plain.port))
        return metrics

    def test_no_secret_is_told_anywhere(self):
        with self.folder() as certificates, \
                self.folder() as folder:
            subprocess.run(["sh", MAKE, certificates], check=True)
            host = self.start(Host, "--debug", folder=folder)
            metrics = self.live(host, certificates)
            needles = self.needles()
            host.finish()
            self.processes.remove(host)
            places = {"debug log": "".join(host.errors), "metrics": json.dumps(metrics),
                      "events": json.dumps([event for event in host.events
                                            if event.get("ev") not in ("ready",)])}
            for path, _, names in os.walk(folder):
                for name in names:
                    if name != "accounts.xml":
                        with open(os.path.join(path, name), encoding="utf-8",
                                  errors="replace") as file:
                            places["file " + name] = file.read()
            found = ["%s in the %s: %s" % (what, place, next(
                         line for line in text.splitlines() if word in line)[:200])
                     for place, text in places.items() for word, what in needles.items()
                     if word in text]
            self.assertEqual(found, [])
            # The log was on, and it is the plugin's.
            self.assertIn("tinode: state up", places["debug log"])
            self.assertIn("tinode: state confirm", places["debug log"])


if __name__ == "__main__":
    main()
