#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens the real Pidgin or Finch on a throw-away profile, signed in as alice to a loopback server.

bob is a second libpurple that answers and reads; carol and dave are quiet. The profile and the
server go when the client is closed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import Failure, Host, Server  # noqa: E402

UI = {"pidgin": "gtk-gaim", "finch": "gnt-purple"}

ACCOUNTS = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
  <account>
    <protocol>prpl-tinode</protocol>
    <name>alice</name>
    <password>alice123</password>
    <settings>
      <setting name='server' type='string'>127.0.0.1:%(port)d</setting>
      <setting name='tls' type='string'>off</setting>
    </settings>
    <settings ui='%(ui)s'>
      <setting name='auto-login' type='bool'>1</setting>
    </settings>
  </account>
</account>
"""

ANSWERS = ("I see.", "Tell me more.", "Good point!", "Let me think about it.", "Ha!")


def profile(build, client, port):
    """A new user directory with the account, the plugin and the client's companion."""
    folder = tempfile.mkdtemp(prefix="purple-tinode-")
    os.mkdir(os.path.join(folder, "plugins"))
    for part in ("plugin/libtinode.so", "companions/tinode-ticks-%s.so" % client):
        if os.path.exists(os.path.join(build, part)):
            os.symlink(os.path.abspath(os.path.join(build, part)),
                       os.path.join(folder, "plugins", os.path.basename(part)))
    with open(os.path.join(folder, "accounts.xml"), "w", encoding="utf-8") as file:
        file.write(ACCOUNTS % {"port": port, "ui": UI[client]})
    return folder


def answer(bob, alice, stop):
    """bob looks, types and answers, a little later each."""
    mark = 0
    answers = 0
    while not stop.is_set():
        try:
            message = bob.wait({"ev": "message", "name": alice, "from": alice}, mark, 1)
        except Failure:
            continue
        with bob.changed:
            mark = bob.events.index(message, mark) + 1
        stop.wait(1.5)
        bob.do("focus", account="bob", name=alice)
        stop.wait(2)
        bob.do("typing", account="bob", name=alice)
        stop.wait(2)
        bob.do("send", account="bob", name=alice, text=ANSWERS[answers % len(ANSWERS)])
        bob.do("blur")
        answers += 1


def run(build, client, command):
    server = Server(build)
    bob = Host(build, ui="finch")
    bob.login("bob", server.port)
    alice = server.user("alice")
    stop = threading.Event()
    friend = threading.Thread(target=answer, args=(bob, alice, stop), daemon=True)
    friend.start()
    folder = profile(build, client, server.port)
    print("Server on 127.0.0.1:%d, profile in %s. Write to Bob: he reads and answers.\n"
          "Close %s to end." % (server.port, folder, client.capitalize()), flush=True)
    time.sleep(2 if client == "finch" else 0)  # finch takes the screen: let people read
    try:
        return subprocess.call(command + ["-c", folder])
    finally:
        stop.set()
        friend.join(10)
        bob.finish()
        server.finish()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    build, client = sys.argv[1], sys.argv[2]
    program = shutil.which(client)
    if program is None:
        print("%s is not installed." % client, file=sys.stderr)
        return 1
    if client == "pidgin" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        print("Pidgin needs a display; without one, try: make try-finch", file=sys.stderr)
        return 1
    return run(build, client, [program, "-m"] if client == "pidgin" else [program])


if __name__ == "__main__":
    sys.exit(main())
