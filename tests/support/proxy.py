# SPDX-License-Identifier: GPL-2.0-or-later
"""A proxy on 127.0.0.1 that speaks HTTP CONNECT, SOCKS 4, 4a and 5, and remembers what it was asked.

It knows names that nobody else knows, and can refuse, hang, or break off at any step.
"""

import base64
import ipaddress
import socket
import struct
import threading
import time

DEADLINE = 15


class Proxy:
    """names: what it resolves, to ports of 127.0.0.1. kind: "http", "socks4" or "socks5"."""

    def __init__(self, kind, names, user=None, password=None):
        self.kind = kind
        self.names = dict(names)
        self.credentials = (user, password) if user is not None else None
        self.changed = threading.Condition()
        self.asked = []      # (how, host, port): how is "name" or "address"
        self.refused = 0     # wrong credentials
        self.accepted = 0    # connections to the proxy
        self.mode = "serve"  # "refuse", "hang" (after the question), "silent" (before), "portal"
        self.tunnels = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = []
        self._spawn(self._listen)

    def setting(self, kind=None, **more):
        """As purple-host's login wants it."""
        return dict({"type": kind or self.kind, "host": "127.0.0.1", "port": self.port}, **more)

    def wait(self, is_so, what):
        end = time.monotonic() + DEADLINE
        with self.changed:
            while not is_so():
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("proxy: %s did not happen; asked: %s" % (what, self.asked))
                self.changed.wait(left)

    def open_tunnels(self):
        with self.changed:
            return len(self.tunnels)

    def cut(self):
        """End all tunnels."""
        with self.changed:
            tunnels = [end for pair in self.tunnels for end in pair]
        for end in tunnels:
            _end(end)

    def close(self):
        """The proxy is down."""
        _end(self.listener)
        self.cut()
        with self.changed:
            waiting = list(self.threads)
        for thread in waiting:
            thread.join(DEADLINE)
        if any(thread.is_alive() for thread in waiting):
            raise AssertionError("proxy: a thread does not end")

    def _spawn(self, func, *args):
        thread = threading.Thread(target=func, args=args, daemon=True)
        with self.changed:
            self.threads.append(thread)
        thread.start()

    def _note(self, change):
        with self.changed:
            change()
            self.changed.notify_all()

    def _listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                self.listener.close()
                return
            self._spawn(self._serve, client)

    def _serve(self, client):
        def arrived():
            self.accepted += 1
        self._note(arrived)
        pair = [client]
        self._note(lambda: self.tunnels.append(pair))
        try:
            if self.mode == "silent":
                while client.recv(65536):
                    pass
                return
            server = getattr(self, "_" + self.kind)(client)
            if server is not None:
                pair.append(server)
                _pump_both(client, server)
        except (OSError, EOFError, struct.error):
            pass
        finally:
            self._note(lambda: self.tunnels.remove(pair))
            for end in pair:
                _end(end)
                end.close()

    def _connect(self, client, host, port):
        """The stream to the server; None to refuse."""
        try:
            how = "address" if ipaddress.ip_address(host.strip("[]")) else ""
        except ValueError:
            how = "name"
        self._note(lambda: self.asked.append((how, host, port)))
        if self.mode == "hang":
            while client.recv(65536):
                pass
            raise EOFError
        if self.mode == "refuse":
            return None
        if host in self.names:
            return socket.create_connection(("127.0.0.1", self.names[host]))
        if how == "name":
            return None
        return socket.create_connection((host.strip("[]"), port))

    def _refuse_user(self):
        def refused():
            self.refused += 1
        self._note(refused)

    def _http(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += _read(client, 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        if method != "CONNECT":
            self._note(lambda: self.asked.append(("not a tunnel", target, 0)))
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return None
        if self.credentials is not None:
            want = "Proxy-Authorization: Basic " + base64.b64encode(
                ":".join(self.credentials).encode()).decode()
            if want not in lines:
                self._refuse_user()
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                               b"Proxy-Authenticate: Basic realm=\"x\"\r\n"
                               b"Content-Length: 100000\r\n\r\nthe rest never comes")
                client.recv(1)
                return None
        if self.mode == "portal":
            client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\n\r\n")
            return None
        host, port = target.rsplit(":", 1)
        server = self._connect(client, host, int(port))
        if server is None:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return None
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return server

    def _socks4(self, client):
        version, command, port, address = struct.unpack("!BBH4s", _read(client, 8))
        _read_string(client)  # user
        host = socket.inet_ntoa(address)
        if host.startswith("0.0.0.") and host != "0.0.0.0":
            host = _read_string(client)
        server = self._connect(client, host, port) if (version, command) == (4, 1) else None
        client.sendall(struct.pack("!BBHI", 0, 0x5a if server else 0x5b, 0, 0))
        return server

    def _socks5(self, client):
        _, count = _read(client, 2)
        methods = _read(client, count)
        method = 0 if self.credentials is None else 2
        if method not in methods:
            self._refuse_user()
            client.sendall(b"\x05\xff")
            return None
        client.sendall(bytes([5, method]))
        if method == 2:
            _, length = _read(client, 2)
            user = _read(client, length).decode()
            password = _read(client, _read(client, 1)[0]).decode()
            if (user, password) != self.credentials:
                self._refuse_user()
                client.sendall(b"\x01\x01")
                return None
            client.sendall(b"\x01\x00")
        _, _, _, kind = _read(client, 4)
        if kind == 3:
            host = _read(client, _read(client, 1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(_read(client, 4 if kind == 1 else 16)))
        port, = struct.unpack("!H", _read(client, 2))
        server = self._connect(client, host, port)
        client.sendall(b"\x05" + (b"\x00" if server else b"\x04") + b"\x00\x01" + bytes(6))
        return server


def _end(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _read(stream, length):
    data = b""
    while len(data) < length:
        piece = stream.recv(length - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _read_string(stream):
    text = b""
    while True:
        byte = _read(stream, 1)
        if byte == b"\0":
            return text.decode()
        text += byte


def _pump(source, sink):
    try:
        while True:
            piece = source.recv(65536)
            if not piece:
                break
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        _end(source)
        _end(sink)


def _pump_both(one, other):
    back = threading.Thread(target=_pump, args=(other, one), daemon=True)
    back.start()
    _pump(one, other)
    back.join()
