# SPDX-License-Identifier: GPL-2.0-or-later
"""What the account's proxy setting says is what happens, and nothing goes around it."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile

from story import Story, main

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from proxy import Proxy  # noqa: E402

NAME = "chat.invalid"  # nobody resolves it but the proxy

for name in ("http_proxy", "HTTP_PROXY", "HTTPPROXY", "no_proxy", "NO_PROXY"):
    os.environ.pop(name, None)


@contextlib.contextmanager
def environment(**variables):
    """For the programs that are started meanwhile."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for variable in variables:
            del os.environ[variable]


class ProxyStory(Story):

    def setUp(self):
        super().setUp()
        self.proxies = []
        self.alice = None

    def tearDown(self):
        super().tearDown()
        for proxy in self.proxies:
            proxy.close()

    def proxy(self, kind, *credentials):
        proxy = Proxy(kind, {NAME: self.server.port}, *credentials)
        self.proxies.append(proxy)
        return proxy

    def begin(self, setting, server=None, host=None, **options):
        """Enable alice's account with this proxy setting."""
        self.alice = host or self.alice or self.host()
        self.mark = self.alice.mark()
        options.setdefault("tls", "off")
        options["server"] = server or "%s:%d" % (NAME, self.server.port)
        self.alice.do("login", account="alice", password="alice123", proxy=setting,
                      options=options)

    def begin_with_remote_dns(self):
        """The host, with the box ticked that makes SOCKS 4 hand names on."""
        self.alice = self.host()
        self.alice.do("pref", name="/purple/proxy/socks4_remotedns", value=True)
        self.alice.sync()

    def online(self):
        self.alice.wait({"ev": "connected", "account": "alice"}, self.mark)
        self.alice.sync()

    def offline(self):
        self.alice.do("logout", account="alice")
        self.alice.sync()

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.alice.child.pid))

    def fails(self, reason="network-error"):
        end = self.alice.wait({"ev": "disconnected", "account": "alice"}, self.mark)
        self.assertEqual(end["reason"], reason, end)
        return end["text"]

    def connects(self):
        return len(self.server.since(0, {"ev": "connect", "who": "alice"}))

    def assert_through(self, proxy, how="name", host=NAME):
        """Every connection that the server saw was asked of the proxy, and as it should be."""
        self.assertEqual(set(proxy.asked), {(how, host, self.server.port)})
        self.assertEqual(self.connects(), len(proxy.asked))

    def talk(self):
        place = self.alice.mark()
        self.open(self.bob)
        self.send(self.bob, "through the wall")
        self.server.say("bob", "alice", "and back")
        self.got("and back", place)

    def decoy(self):
        """A port that can be reached directly, but should not."""
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        self.addCleanup(listener.close)
        return listener

    def assert_untouched(self, decoy):
        self.assertRaises(BlockingIOError, decoy.accept)


class Kinds(ProxyStory):

    def test_each_kind_carries_everything_and_looks_the_name_up(self):
        self.begin_with_remote_dns()
        for kind, as_kind, credentials in (
                ("http", "http", ()), ("http", "http", ("me", "s3cret:%")),
                ("socks5", "socks5", ()), ("socks5", "socks5", ("me", "s3cret:%")),
                ("socks4", "socks4", ()), ("socks5", "tor", ())):
            with self.subTest(as_kind, credentials=credentials):
                before = self.connects()
                proxy = self.proxy(kind, *credentials)
                more = dict(zip(("user", "password"), credentials))
                self.begin(proxy.setting(as_kind, **more))
                self.online()
                self.talk()
                self.assertEqual(proxy.asked, [("name", NAME, self.server.port)])
                self.assertEqual(self.connects() - before, 1)
                self.assertEqual(proxy.open_tunnels(), 1)
                self.offline()
                proxy.wait(lambda: not proxy.tunnels, "the end of the tunnel")

    def test_libpurples_own_tunnels(self):
        proxy = self.proxy("http", "DOMAIN\\me", "s3cret")
        self.begin(proxy.setting(user="DOMAIN\\me", password="s3cret"))
        self.online()
        self.offline()
        proxy = self.proxy("http")
        with environment(no_proxy="elsewhere.invalid"):
            alice = self.host()
        self.begin(proxy.setting(), host=alice)
        self.online()
        self.assertEqual(proxy.asked, [("name", NAME, self.server.port)])

    def test_addresses_go_through_it_too(self):
        for kind in ("http", "socks5", "socks4"):
            with self.subTest(kind):
                proxy = self.proxy(kind)
                self.begin(proxy.setting(), "127.0.0.1:%d" % self.server.port)
                self.online()
                self.assertEqual([asked[1:] for asked in proxy.asked],
                                 [("127.0.0.1", self.server.port)])
                self.offline()

    def test_ipv6_addresses_are_asked_for_as_each_proxy_wants_them(self):
        for kind, host in (("http", "[::1]"), ("socks5", "::1")):
            with self.subTest(kind):
                proxy = self.proxy(kind)
                proxy.names[host] = self.server.port  # the server listens on IPv4 only
                self.begin(proxy.setting(), "[::1]:%d" % self.server.port)
                self.online()
                self.assertEqual(proxy.asked, [("address", host, self.server.port)])
                self.offline()

    def test_international_names_are_asked_for_in_ascii(self):
        proxy = self.proxy("socks5")
        proxy.names["xn--bcher-kva.invalid"] = self.server.port
        self.begin(proxy.setting(), "bücher.invalid:%d" % self.server.port)
        self.online()
        self.assert_through(proxy, host="xn--bcher-kva.invalid")

    def test_port_80_needs_a_tunnel_like_any_other(self):
        for credentials in ((), ("me", "s3cret")):
            with self.subTest(credentials=credentials):
                proxy = self.proxy("http", *credentials)
                self.begin(proxy.setting(**dict(zip(("user", "password"), credentials))),
                           NAME + ":80")
                self.online()
                self.talk()
                self.assertEqual(proxy.asked, [("name", NAME, 80)])
                self.offline()

    def test_global_setting_of_the_client(self):
        proxy = self.proxy("socks5")
        alice = self.host()
        for name, value in (("type", "socks5"), ("host", "127.0.0.1"), ("port", proxy.port)):
            alice.do("pref", name="/purple/proxy/" + name, value=value)
        self.begin({"type": "global"}, host=alice)
        self.online()
        self.assert_through(proxy)

    def test_environment(self):
        proxy = self.proxy("http", "me", "s3cret")
        with environment(http_proxy="http://me:s3cret@127.0.0.1:%d/" % proxy.port):
            alice = self.host()
        self.begin({"type": "environment"}, host=alice)
        self.online()
        self.assert_through(proxy)

    def test_environment_without_a_proxy_is_none(self):
        self.begin({"type": "environment"}, "127.0.0.1:%d" % self.server.port)
        self.online()
        self.assertEqual(self.connects(), 1)

    def test_none_ignores_the_environment_and_the_client(self):
        proxy = self.proxy("http")
        with environment(http_proxy="http://127.0.0.1:%d/" % proxy.port):
            alice = self.host()
        for name, value in (("type", "http"), ("host", "127.0.0.1"), ("port", proxy.port)):
            alice.do("pref", name="/purple/proxy/" + name, value=value)
        self.begin({"type": "none"}, "127.0.0.1:%d" % self.server.port, host=alice)
        self.online()
        self.assertEqual((self.connects(), proxy.accepted), (1, 0))

    def test_no_proxy_in_the_environment_is_obeyed(self):
        proxy = self.proxy("http")
        with environment(no_proxy="127.0.0.1"):
            alice = self.host()
        self.begin(proxy.setting(), "127.0.0.1:%d" % self.server.port, host=alice)
        self.online()
        self.assertEqual((self.connects(), proxy.accepted), (1, 0))


class Failures(ProxyStory):

    def test_proxy_is_down(self):
        for kind in ("http", "socks4", "socks5", "tor"):
            with self.subTest(kind):
                decoy = self.decoy()
                gone = self.decoy()
                port = gone.getsockname()[1]
                gone.close()
                self.begin({"type": kind, "host": "127.0.0.1", "port": port},
                           "127.0.0.1:%d" % decoy.getsockname()[1])
                self.assertIn("The proxy did not make the connection", self.fails())
                self.assert_untouched(decoy)
                self.offline()

    def test_wrong_password(self):
        for kind, server in (("http", None), ("http", NAME + ":80"), ("socks5", None)):
            for more in ({"user": "me", "password": "wrong"}, {}):
                with self.subTest(kind, server=server, more=more):
                    proxy = self.proxy(kind, "me", "right")
                    self.begin(proxy.setting(**more), server)
                    self.assertIn("The proxy did not make the connection", self.fails())
                    self.assertGreaterEqual(proxy.refused, 1)
                    self.assertEqual(proxy.asked, [])
                    self.offline()
        self.assertEqual(self.connects(), 0)

    def test_proxy_refuses_or_knows_no_such_name_or_wants_a_sign_in(self):
        for kind, mode, server in (
                ("http", "refuse", None), ("socks4", "refuse", "127.0.0.1:1"),
                ("socks5", "refuse", None), ("http", "serve", "nowhere.invalid:1"),
                ("socks5", "serve", "nowhere.invalid:1"), ("http", "portal", None),
                ("http", "portal", NAME + ":80")):
            with self.subTest(kind, mode=mode):
                proxy = self.proxy(kind)
                proxy.mode = mode
                self.begin(proxy.setting(), server)
                self.assertIn("The proxy did not make the connection", self.fails())
                self.offline()
        self.assertEqual(self.connects(), 0)

    def test_page_instead_of_the_server(self):
        for setting in ({"type": "none"}, self.proxy("http").setting()):
            with self.subTest(setting):
                self.server.order(do="handshake", mode="200", times=1)
                self.begin(setting, "127.0.0.1:%d" % self.server.port)
                self.assertIn("Something else than a Tinode server answered", self.fails())
                self.offline()

    def test_setting_is_not_complete(self):
        for setting in ({"type": "socks5"}, {"type": "http", "host": "127.0.0.1"},
                        {"type": "tor", "port": 9050}):
            with self.subTest(setting):
                decoy = self.decoy()
                self.begin(setting, "127.0.0.1:%d" % decoy.getsockname()[1])
                self.assertIn("lacks a host or a port", self.fails("invalid-settings"))
                self.assertEqual(self.alice.since(self.mark, {"ev": "notify", "kind": "error",
                                                              "title": "Invalid proxy settings"}),
                                 [])
                self.assert_untouched(decoy)
                self.offline()

    def test_socks_4_is_not_asked_for_an_ipv6_address(self):
        proxy = self.proxy("socks4")
        self.begin(proxy.setting(), "[::1]:%d" % self.server.port)
        self.assertIn("cannot reach this address", self.fails("invalid-settings"))
        self.assertEqual(proxy.accepted, 0)

    def test_signing_out_in_each_phase(self):
        self.begin_with_remote_dns()
        before = self.descriptors()
        for kind in ("http", "socks5", "socks4"):
            for mode in ("silent", "hang", "serve"):
                for server in (None, NAME + ":80") if kind == "http" else (None,):
                    with self.subTest(kind, mode=mode, server=server):
                        proxy = self.proxy(kind)
                        proxy.mode = mode
                        self.begin(proxy.setting(), server)
                        if mode == "silent":
                            proxy.wait(lambda: proxy.accepted, "a connection")
                        else:
                            proxy.wait(lambda: proxy.asked, "a question")
                        self.offline()
                        proxy.wait(lambda: not proxy.tunnels, "the end of the connection")
        # libpurple keeps some for its own lookups; ours would be one for each time.
        self.assertLess(self.descriptors() - before, 8)


class Links(ProxyStory):

    def test_cut_link_comes_back_through_the_proxy(self):
        for kind in ("http", "socks5"):
            with self.subTest(kind):
                before = self.connects()
                proxy = self.proxy(kind)
                self.begin(proxy.setting())
                self.online()
                self.open(self.bob)
                place = self.alice.mark()
                proxy.cut()
                self.alice.signal("tinode-sync-changed", "alice", self.bob, "suspended",
                                  mark=place)
                self.alice.signal("tinode-sync-changed", "alice", self.bob, "active", mark=place)
                self.assertEqual(self.alice.since(place, {"ev": "disconnected"}), [])
                self.assertEqual(proxy.asked, [("name", NAME, self.server.port)] * 2)
                self.assertEqual(self.connects() - before, 2)
                self.offline()

    def test_proxy_goes_down_for_good(self):
        proxy = self.proxy("socks5")
        self.begin(proxy.setting())
        self.online()
        proxy.close()
        place = self.alice.mark()
        self.alice.advance_until({"ev": "disconnected"}, 90000, place)
        end = self.alice.since(place, {"ev": "disconnected"})[0]
        self.assertEqual(end["reason"], "network-error")
        self.assertIn("The proxy did not make the connection", end["text"])
        self.assertEqual(self.connects(), 1)

    def test_much_goes_through_both_ways(self):
        proxy = self.proxy("socks5")
        self.begin(proxy.setting())
        self.online()
        self.open(self.bob)
        self.server.order(do="flood", to="alice", frames=20000, topic=self.bob)
        text = "x" * 60000
        for _ in range(8):
            self.send(self.bob, text)
        self.assert_through(proxy)


class Encrypted(ProxyStory):

    def setUp(self):
        self.certs = tempfile.TemporaryDirectory()
        self.addCleanup(self.certs.cleanup)
        subprocess.run([os.path.join(HERE, "..", "protocol", "support-certs.sh"),
                        self.certs.name], check=True)
        self.server_options = ("--tls", self.cert("good.pem"), self.cert("good.key"))
        super().setUp()

    def cert(self, name):
        return os.path.join(self.certs.name, name)

    def test_certificate_is_checked_behind_each_kind_of_proxy(self):
        for kind in ("http", "socks5"):
            with self.subTest(kind):
                proxy = self.proxy(kind)
                proxy.names = {name: self.server.port for name in ("tinode.test", "other.test")}
                self.begin(proxy.setting(), "tinode.test:%d" % self.server.port, tls="required",
                           **{"ca-file": self.cert("ca.pem")})
                self.online()
                self.talk()
                self.offline()
                before = self.connects()
                self.begin(proxy.setting(), "other.test:%d" % self.server.port, tls="required",
                           **{"ca-file": self.cert("ca.pem")})
                self.fails("cert-hostname-mismatch")
                self.offline()
                self.begin(proxy.setting(), "tinode.test:%d" % self.server.port, tls="required",
                           **{"ca-file": ""})
                self.fails("cert-untrusted")
                self.offline()
                self.assertEqual(self.connects(), before)


if __name__ == "__main__":
    main()
