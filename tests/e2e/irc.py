# SPDX-License-Identifier: GPL-2.0-or-later
"""The real BitlBee, talked to as an IRC client does."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from harness import DEADLINE, Failure

CONTROL = "&bitlbee"
CONF = """[settings]
RunMode = Inetd
AuthMode = Open
ConfigDir = %(folder)s
PluginDir = %(folder)s/plugins
"""


def program():
    """Debian has it where only root looks."""
    path = shutil.which("bitlbee", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise Failure("bitlbee is not installed (the package is bitlbee-libpurple)")
    return path


class Line:
    """One line from BitlBee."""

    def __init__(self, text):
        self.raw = text
        match = re.match(r"(?::(\S+) )?(\S+) ?(.*)$", text)
        self.source = (match.group(1) or "").split("!")[0]
        self.command = match.group(2)
        head, _, tail = (" " + match.group(3)).partition(" :")
        self.words = head.split()
        self.text = re.sub("[\x02\x03\x0f\x1f]", "", tail)

    def __repr__(self):
        return self.raw


class BitlBee:
    """Each has a configuration of its own; the IRC connection is a socket on 127.0.0.1."""

    def __init__(self, build, nick="tester"):
        self.lines = []
        self.changed = threading.Condition()
        self.is_over = False
        self.nick = nick
        self.folder = tempfile.mkdtemp(prefix="purple-tinode-bitlbee-")
        plugins = os.path.join(self.folder, "plugins", "purple")
        os.makedirs(plugins)
        os.symlink(os.path.abspath(os.path.join(build, "plugin", "libtinode.so")),
                   os.path.join(plugins, "libtinode.so"))
        conf = os.path.join(self.folder, "bitlbee.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(CONF % {"folder": self.folder})
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.socket = socket.create_connection(door.getsockname())
            inside, _ = door.accept()
        with inside:
            self.child = subprocess.Popen(
                [program(), "-I", "-c", conf, "-d", self.folder], stdin=inside, stdout=inside,
                stderr=subprocess.PIPE, env={**os.environ, "LANG": "C.UTF-8", "HOME": self.folder})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.send("NICK " + nick)
        self.send("USER tester 0 * :Tester")
        self.wait(command="001")
        self.wait(command="JOIN", words=[CONTROL], what="the control channel")

    def _read(self):
        with self.socket.makefile("r", encoding="utf-8", errors="replace", newline="\r\n") as file:
            for text in file:
                with self.changed:
                    self.lines.append(Line(text.rstrip("\r\n")))
                    if self.lines[-1].raw.startswith("PING"):
                        self.send("PONG" + self.lines[-1].raw[4:])
                    self.changed.notify_all()
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def send(self, text):
        self.socket.sendall((text + "\r\n").encode())

    def mark(self):
        with self.changed:
            return len(self.lines)

    def since(self, mark):
        with self.changed:
            return self.lines[mark:]

    @staticmethod
    def _matches(line, source=None, command=None, words=None, text=None):
        return (source in (None, line.source) and command in (None, line.command) and
                (words is None or words == line.words or
                 words == (line.words or [line.text])) and
                (text is None or re.search(text, line.text) is not None))

    def wait(self, mark=0, deadline=DEADLINE, what=None, **want):
        """The first line since mark that matches; text is a pattern."""
        end = time.monotonic() + deadline
        position = mark
        with self.changed:
            while True:
                while position < len(self.lines):
                    if self._matches(self.lines[position], **want):
                        return self.lines[position]
                    position += 1
                left = end - time.monotonic()
                if left <= 0 or self.is_over:
                    break
                self.changed.wait(left)
        raise Failure("bitlbee: %s did not come; since then:\n%s" % (
            what or want, "\n".join(line.raw for line in self.since(mark)[-40:])))

    def order(self, text, answer):
        """A command in the control channel, and what root says to it."""
        mark = self.mark()
        self.say(CONTROL, text)
        return self.wait(mark, command="PRIVMSG", source="root", text=answer)

    def say(self, whom, text):
        self.send("PRIVMSG %s :%s" % (whom, text))

    def said(self, mark=0):
        """(who, where, text) of everything that anybody but root has said."""
        return [(line.source, line.words[0], line.text) for line in self.since(mark)
                if line.command == "PRIVMSG" and line.source != "root"]

    def finish(self):
        self.send("QUIT :bye")
        try:
            status = self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("bitlbee does not end")
        errors = self._close()
        if status != 0:
            raise Failure("bitlbee ended with status %d:\n%s" % (status, errors))

    def kill(self):
        self.child.kill()
        self.child.wait()
        self._close()

    def _close(self):
        errors = self.child.stderr.read().decode("utf-8", "replace")
        self.child.stderr.close()
        self.socket.close()
        self.reader.join(DEADLINE)
        shutil.rmtree(self.folder, ignore_errors=True)
        return errors
