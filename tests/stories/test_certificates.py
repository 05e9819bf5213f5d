# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates: only the right ones connect, and the others say what is wrong with them."""

import os
import subprocess
import tempfile

from story import Host, Server, Story, main

MAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol",
                    "support-certs.sh")

UNTRUSTED = ("cert-untrusted", "The certificate of the server comes from an authority that this "
                               "computer does not trust.")
SELF_SIGNED = ("cert-self-signed", "The server signed its certificate itself. If you trust it, "
                                   "give its certificate as the CA file in the account's "
                                   "settings.")
WRONG_HOST = ("cert-hostname-mismatch", "The certificate of the server is for another name.")
EXPIRED = ("cert-expired", "The certificate of the server has expired.")
CA_FILE = ("invalid-settings", "The CA file in the account's settings cannot be read or holds no "
                               "certificate.")

# Certificate of the server, CA file of the account, what it comes to (None: connected).
CASES = [
    ("good", "ca.pem", None),
    ("good", "", UNTRUSTED),
    ("good", "stranger.pem", UNTRUSTED),
    ("unknown", "ca.pem", UNTRUSTED),
    ("other", "ca.pem", WRONG_HOST),
    ("expired", "ca.pem", EXPIRED),
    ("self", "", SELF_SIGNED),
    ("self", "self-ca.pem", None),
    ("good", "nowhere.pem", CA_FILE),
    ("good", "good.csr", CA_FILE),
]


class Certificates(Story):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run(["sh", MAKE, cls.folder.name], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def file(self, name):
        return os.path.join(self.folder.name, name)

    def test_only_the_right_ones_connect_and_the_others_say_why(self):
        for certificate, ca_file, end in CASES:
            with self.subTest(certificate=certificate, ca_file=ca_file):
                pem = self.file("%s.pem" % certificate)
                server = self.start(Server, "--tls", pem, pem)
                host = self.start(Host, "--reconnect", "2000")
                host.do("login", account="alice", password="alice123", options={
                    "server": "127.0.0.1:%d" % server.port, "tls": "required",
                    "ca-file": self.file(ca_file) if ca_file else ""})
                first = host.wait(lambda event: event.get("ev") in ("connected", "disconnected"))
                if end is None:
                    self.assertEqual(first["ev"], "connected")
                else:
                    self.assertEqual((first.get("reason"), first.get("text")), (
                        end[0], "127.0.0.1:%d: %s" % (server.port, end[1])))
                    # No storm of attempts, and never without TLS instead.
                    host.advance(60000)
                    self.assertEqual(len(host.since(0, {"ev": "disconnected"})), 1)
                    self.assertEqual(server.since(0, {"ev": "connect"}), [])
                for process in (host, server):
                    process.finish()
                    self.processes.remove(process)

    def test_server_without_tls_is_never_spoken_to_in_plain(self):
        host = self.start(Host)
        host.do("login", account="alice", password="alice123", options={
            "server": "127.0.0.1:%d" % self.server.port, "tls": "required"})
        host.advance_until({"ev": "disconnected"}, 40000)
        self.assertEqual(host.since(0, {"ev": "disconnected"})[0]["reason"], "network-error")
        self.assertEqual(self.server.since(0, {"ev": "connect"}), [])

    def test_certificate_that_goes_bad_while_online_is_told_at_once(self):
        good, expired = self.file("good.pem"), self.file("expired.pem")
        server = self.start(Server, "--tls", good, good)
        host = self.start(Host, "--reconnect", "2000")
        options = {"server": "127.0.0.1:%d" % server.port, "tls": "required",
                   "ca-file": self.file("ca.pem")}
        host.do("login", account="alice", password="alice123", options=options)
        host.wait({"ev": "connected"})
        mark, port = host.mark(), server.port
        server.finish()
        self.processes.remove(server)
        self.start(Server, "--tls", expired, expired, "--port", str(port))
        host.advance_until({"ev": "disconnected"}, 60000, mark)
        self.assertEqual(host.since(mark, {"ev": "disconnected"})[0]["reason"], EXPIRED[0])
        host.advance(60000)
        self.assertEqual(len(host.since(mark, {"ev": "disconnected"})), 1)


if __name__ == "__main__":
    main()
