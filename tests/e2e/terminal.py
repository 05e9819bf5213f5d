# SPDX-License-Identifier: GPL-2.0-or-later
"""A real terminal program in tmux: keys go in, the screen comes out.

Nothing sleeps: tmux pipes what the program writes into a FIFO, and whoever waits for the screen to
look right looks again whenever something was written, until a deadline.
"""

import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import time

from harness import DEADLINE, Failure

INVISIBLE = str.maketrans("\u2007", " ", "\u200b")


class Terminal:
    """command in a terminal of its own; env is added to a small, known environment."""

    def __init__(self, name, command, env, shots, width=90, height=30):
        self.name = name
        self.shots = shots
        self.folder = tempfile.mkdtemp(prefix="purple-tinode-tmux-")
        self.socket = os.path.join(self.folder, "s")
        self.status = os.path.join(self.folder, "status")
        fifo = os.path.join(self.folder, "out")
        os.mkfifo(fifo)
        self.written = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        small = {"PATH": os.environ["PATH"], "HOME": self.folder, "TERM": "screen-256color",
                 "LANG": "C.UTF-8"}
        self.tmux("-f", os.devnull, "new-session", "-d", "-c", self.folder, "-x", str(width),
                  "-y", str(height), "-s", "t", "env", "-i",
                  *("%s=%s" % pair for pair in {**small, **env}.items()), "sh", "-c", '"$@"; echo $? >"$0"', self.status, *command)
        self.tmux("set-option", "-g", "remain-on-exit", "on")
        self.tmux("pipe-pane", "-t", "t", "exec cat >'%s'" % fifo)

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-u", "-S", self.socket, *words], capture_output=True,
                              env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            raise Failure("tmux %s: %s" % (" ".join(words), done.stderr.decode()))
        return done.stdout.decode("utf-8", "replace")

    def raw(self, *options):
        return self.tmux("capture-pane", "-p", "-t", "t", *options)

    def screen(self):
        """What a person sees, a string of lines."""
        return self.raw().translate(INVISIBLE)

    def keys(self, *keys):
        """Names of keys as tmux has them."""
        self.tmux("send-keys", "-t", "t", *keys)

    def type(self, text, enter=True):
        self.tmux("send-keys", "-t", "t", "-l", text)
        if enter:
            self.keys("Enter")

    def resize(self, width, height):
        self.tmux("resize-window", "-t", "t", "-x", str(width), "-y", str(height))

    def ended(self):
        """The exit status, as a shell tells it; None while it runs."""
        try:
            with open(self.status, encoding="ascii") as file:
                line = file.read()
        except FileNotFoundError:
            return None
        return int(line) if line.endswith("\n") else None

    def wait(self, want, what=None, deadline=DEADLINE, raw=()):
        """Until want (a pattern, or a predicate of the screen) holds; the screen."""
        end = time.monotonic() + deadline
        while True:
            screen = self.raw(*raw).translate(INVISIBLE) if raw else self.screen()
            if want(screen) if callable(want) else re.search(want, screen, re.M):
                return screen
            left = end - time.monotonic()
            if left <= 0 or self.ended() is not None:
                self.shot("failed")
                raise Failure("%s: %s is not on the screen:\n%s" % (self.name, what or want,
                                                                    screen))
            # What the pipe held back is seen at the latest with the next look.
            if select.select([self.written], [], [], min(left, 0.5))[0]:
                os.read(self.written, 1 << 16)

    def wait_end(self, deadline=DEADLINE):
        """Until the program has ended; Failure unless with status 0."""
        end = time.monotonic() + deadline
        while self.ended() is None:
            if time.monotonic() > end:
                raise Failure("%s does not end:\n%s" % (self.name, self.screen()))
            if select.select([self.written], [], [], 0.05)[0]:
                os.read(self.written, 1 << 16)
        if self.ended() != 0:
            raise Failure("%s ended with status %d:\n%s" % (self.name, self.ended(),
                                                             self.screen()))

    def shot(self, word):
        """Keep the screen as it is, with and without its colours."""
        os.makedirs(self.shots, exist_ok=True)
        for suffix, options in ((".txt", ()), (".ansi", ("-e",))):
            with open(os.path.join(self.shots, "%s-%s%s" % (self.name, word, suffix)), "w",
                      encoding="utf-8") as file:
                file.write(self.raw(*options) if options else self.screen())

    def close(self):
        try:
            self.tmux("kill-server")
        finally:
            os.close(self.written)
            shutil.rmtree(self.folder, ignore_errors=True)


def log_lines(path):
    """What a companion has logged so far."""
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().splitlines(True)
                    if line.endswith("\n")]
    except FileNotFoundError:
        return []
