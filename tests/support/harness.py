# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives tinode-loopback and purple-host over their JSON lines.

Nothing here sleeps: a reader thread puts every line into a list, and a caller waits for a line with
a deadline. Time in purple-host is virtual where a story asks for it (advance()).
"""

import collections
import json
import os
import subprocess
import threading
import time

DEADLINE = float(os.environ.get("STORY_DEADLINE", "15"))


class Failure(AssertionError):
    """A line that should have come did not, or one came that should not."""


def matches(want, have):
    """want is a value, a dict of which have must hold every member, or a predicate."""
    if callable(want):
        return bool(want(have))
    if isinstance(want, dict):
        return isinstance(have, dict) and all(
            key in have and matches(value, have[key]) for key, value in want.items())
    return want == have


class Process:
    """A child that speaks JSON lines."""

    def __init__(self, name, command, env=None):
        self.name = name
        self.events = []
        self.counts = collections.Counter()  # events by their "ev"
        self.changed = threading.Condition()
        self.is_over = False
        self.errors = []
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, env=env)
        self.readers = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._read_errors, daemon=True)]
        for reader in self.readers:
            reader.start()

    def _read(self):
        for line in self.child.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"not-json": line.decode("utf-8", "replace")}
            with self.changed:
                self.events.append(event)
                self.counts[event.get("ev")] += 1
                self.changed.notify_all()
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def _read_errors(self):
        for line in self.child.stderr:
            self.errors.append(line.decode("utf-8", "replace"))

    def send(self, **order):
        self.child.stdin.write((json.dumps(order) + "\n").encode())
        self.child.stdin.flush()

    def mark(self):
        """A place in the stream of events; later waits can start there."""
        with self.changed:
            return len(self.events)

    def since(self, mark, want=None):
        """All events since mark that match."""
        with self.changed:
            events = self.events[mark:]
        return [event for event in events if want is None or matches(want, event)]

    def wait(self, want, mark=0, deadline=DEADLINE, what=None):
        """The first event since mark that matches; Failure after deadline seconds."""
        end = time.monotonic() + deadline
        position = mark
        with self.changed:
            while True:
                while position < len(self.events):
                    if matches(want, self.events[position]):
                        return self.events[position]
                    position += 1
                left = end - time.monotonic()
                if left <= 0 or self.is_over:
                    break
                self.changed.wait(left)
        raise Failure("%s: %s did not come%s; since then:\n%s%s" % (
            self.name, what or want, ", the program has ended" if self.is_over else "",
            "\n".join(json.dumps(event, ensure_ascii=False) for event in self.since(mark)[-60:]),
            "".join(self.errors[-40:])))

    def wait_count(self, ev, count, deadline=DEADLINE):
        """Wait until so many events of this kind have come since the beginning."""
        end = time.monotonic() + deadline
        with self.changed:
            while self.counts[ev] < count:
                left = end - time.monotonic()
                if left <= 0 or self.is_over:
                    raise Failure("%s: %d of %d %s came" % (self.name, self.counts[ev], count, ev))
                self.changed.wait(left)

    def finish(self):
        """Close stdin and wait for the end; Failure unless it ends by itself with status 0."""
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass
        try:
            status = self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise Failure("%s does not end" % self.name)
        for reader in self.readers:
            reader.join(DEADLINE)
        self.child.stdout.close()
        self.child.stderr.close()
        if status != 0:
            raise Failure("%s ended with status %d:\n%s" % (self.name, status,
                                                            "".join(self.errors[-120:])))

    def kill(self):
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


class Server(Process):
    """tinode-loopback."""

    def __init__(self, build, *options):
        super().__init__("server", [os.path.join(build, "tests", "tinode-loopback"), "--events",
                                    *options])
        self.port = self.wait({"listen": lambda port: port > 0})["listen"]
        self.orders = 0

    def order(self, **order):
        """An order that is done when this returns; its answer."""
        self.orders += 1
        mark = super().mark()
        self.send(id=self.orders, **order)
        answer = self.wait({"id": self.orders}, mark)
        if "error" in answer:
            raise Failure("%s: %s" % (order, answer["error"]))
        return answer

    def mark(self):
        """A place behind everything that the server has observed by now."""
        self.order(do="clock", advance_ms=0)
        return super().mark()

    def since(self, mark, want=None):
        """All that the server has observed since mark by now."""
        self.order(do="clock", advance_ms=0)
        return [event for event in super().since(mark, want) if "id" not in event]

    def state(self):
        return self.order(do="state")["state"]

    def user(self, login):
        return self.state()["users"][login]

    def group(self, word="flowers"):
        return self.state()["groups"][word]

    def attached(self, login):
        """Topics that login's sessions are attached to, me left out."""
        users = self.state()["users"]
        return sorted(topic for session in self.state()["sessions"]
                      if session.get("user") in (login, users[login])
                      for topic in session["attached"] if topic != "me")

    def say(self, who, to, text, **more):
        return self.order(do="say", **{"as": who}, to=to, content=text, **more)["seq"]

    def note(self, who, topic, what, seq):
        self.order(do="note", **{"as": who}, topic=topic, what=what, seq=seq)

    def notes(self, who, what=None, mark=0):
        """seqs of the notes of who that took effect."""
        want = {"ev": "note", "who": who}
        if what:
            want["what"] = what
        return [event["seq"] for event in self.since(mark, want)]


class Host(Process):
    """purple-host with one or more accounts."""

    def __init__(self, build, *options, ui="pidgin", folder=None, env=None):
        command = [os.path.join(build, "tests", "purple-host"), "--ui", ui]
        if folder:
            command += ["--dir", folder]
        super().__init__("host", command + list(options),
                         env=dict(os.environ, **env) if env else None)
        self.ready = self.wait({"ev": "ready"})
        self.tags = 0
        self.checked = 0

    def do(self, what, **fields):
        self.send(do=what, **fields)

    def sync(self):
        """Everything sent so far is done; Failure if one of it was wrong."""
        mark = self.mark()
        self.tags += 1
        tag = "t%d" % self.tags
        self.send(do="wait-idle", tag=tag)
        self.wait({"ev": "result", "tag": tag}, mark)
        errors = self.since(self.checked, {"ev": "error"})
        self.checked = self.mark()
        if errors:
            raise Failure("%s: %s" % (self.name, errors))

    def ask(self, what, **fields):
        mark = self.mark()
        self.tags += 1
        tag = "t%d" % self.tags
        self.send(do=what, tag=tag, **fields)
        answer = self.wait(lambda event: event.get("tag") == tag, mark)
        if answer["ev"] == "error":
            raise Failure("%s: %s" % (what, answer["text"]))
        return answer.get("value")

    def login(self, account, port, password=None, **options):
        mark = self.mark()
        options.setdefault("server", "127.0.0.1:%d" % port)
        options.setdefault("tls", "off")
        self.send(do="login", account=account, password=password or account + "123",
                  options=options)
        return self.wait({"ev": "connected", "account": account}, mark)

    def advance(self, ms):
        """Let ms of the host's time pass; timers fire in order, the network is served between."""
        self.ask("clock", **{"advance_ms": ms})

    def advance_until(self, want, ms=600000, mark=0):
        """Let time pass in small steps until an event since mark matches; at most ms of it."""
        for _ in range(ms // 250):
            if self.since(mark, want):
                return
            self.advance(250)
        raise Failure("%s: %s did not come within %d ms" % (self.name, want, ms))

    def signal(self, name, *args, mark=0, deadline=DEADLINE):
        """Wait for a signal of the plugin; args are compared from the left, None is anything."""
        return self.wait(
            lambda event: event.get("ev") == "signal" and event["name"] == name and all(
                want is None or want == have for want, have in zip(args, event["args"])),
            mark, deadline, what="%s%r" % (name, args))["args"]

    def signals(self, name, *args, mark=0):
        return [event["args"] for event in self.since(mark, {"ev": "signal", "name": name})
                if all(want is None or want == have for want, have in zip(args, event["args"]))]

    def wait_sync(self, account, channel, state, deadline=DEADLINE):
        """Wait until the newest sync state of channel is this one."""
        def is_newest(_):
            told = [event["args"] for event in self.events
                    if event.get("ev") == "signal" and event["name"] == "tinode-sync-changed" and
                    event["args"][:2] == [account, channel]]
            return told and told[-1][2] == state
        self.wait(is_newest, deadline=deadline, what="%s of %s" % (state, channel))

    def loop(self):
        """What the main loop did since this was last asked."""
        return self.ask("loop")

    def metrics(self, account):
        return self.ask("ipc", account=account, call="metrics-json")
