# SPDX-License-Identifier: GPL-2.0-or-later
"""A private X server and session bus, and the real Pidgin on them, steered by keys.

What Pidgin shows is known from the lines that the companion writes with TINODE_TICKS_LOG set
(plugin/pidgin/ticks-log.h); callers wait for such a line with a deadline. Opening a conversation,
changing a preference and loading a plugin go over Pidgin's own session bus.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from xml.sax.saxutils import quoteattr

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import DEADLINE, Failure, matches  # noqa: E402

ACCOUNTS = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
  <account>
    <protocol>prpl-tinode</protocol>
    <name>%(user)s</name>
    <password>%(password)s</password>
    <alias>%(alias)s</alias>
    <settings>
      <setting name='server' type='string'>127.0.0.1:%(port)d</setting>
      <setting name='tls' type='string'>off</setting>
      <setting name='send-read' type='string'>%(send_read)s</setting>
    </settings>
    <settings ui='gtk-gaim'>
      <setting name='auto-login' type='bool'>1</setting>
    </settings>
  </account>
</account>
"""

# Windows must stay where a screenshot looks for them, and nothing may make a noise.
PREFS = {
    "/pidgin/sound/method": "none",
    "/pidgin/sound/mute": True,
    "/pidgin/docklet/show": "never",
    "/pidgin/blist/list_visible": True,
    "/pidgin/conversations/show_timestamps": True,
    "/pidgin/conversations/im/default_width": 460,
    "/pidgin/conversations/im/default_height": 300,
    "/pidgin/conversations/chat/default_width": 460,
    "/pidgin/conversations/chat/default_height": 300,
    "/pidgin/conversations/show_formatting_toolbar": False,
    "/pidgin/conversations/minimum_entry_lines": 1,
    "/pidgin/conversations/use_smooth_scrolling": False,
    "/purple/logging/log_ims": False,
    "/purple/logging/log_chats": False,
    "/purple/away/idle_reporting": "none",
}

TWMRC = """RandomPlacement
NoGrabServer
NoTitleFocus
TitleFont "fixed"
MenuFont "fixed"
IconFont "fixed"
ResizeFont "fixed"
IconManagerFont "fixed"
"""

CHOOSER = """[Filechooser Settings]
LocationMode=filename-entry
StartupMode=cwd
"""


def write_prefs(path, prefs):
    """libpurple's tree of preferences."""
    tree = {}
    for name, value in prefs.items():
        node = tree
        for part in name.strip("/").split("/"):
            node = node.setdefault(part, {})
        node[None] = value

    def lines(node, name, depth):
        value = node.get(None)
        kind = ""
        if isinstance(value, bool):
            kind = " type='bool' value='%d'" % value
        elif isinstance(value, int):
            kind = " type='int' value='%d'" % value
        elif value is not None:
            kind = " type='string' value=%s" % quoteattr(value)
        version = "version='1' " if depth == 0 else ""
        yield "%s<pref %sname='%s'%s>" % ("\t" * depth, version, name, kind)
        for child in node:
            if child is not None:
                yield from lines(node[child], child, depth + 1)
        yield "%s</pref>" % ("\t" * depth)

    with open(path, "w", encoding="utf-8") as file:
        file.write("<?xml version='1.0' encoding='UTF-8' ?>\n")
        file.write("\n".join(lines(tree, "/", 0)) + "\n")


class Display:
    """Xvfb on a display of its own, a session bus, and, if wanted, a window manager."""

    def __init__(self, manager=None, size="1000x760x24"):
        reader, writer = os.pipe()
        self.folder = tempfile.mkdtemp(prefix="purple-tinode-display-")
        self.children = [subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp"],
            pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
        os.close(writer)
        with os.fdopen(reader) as number:
            line = number.readline()
        if not line:
            raise Failure("Xvfb does not start")
        bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address=1"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.children.append(bus)
        self.env = dict(os.environ, DISPLAY=":" + line.strip(), HOME=self.folder,
                        DBUS_SESSION_BUS_ADDRESS=bus.stdout.readline().strip(),
                        XDG_RUNTIME_DIR=self.folder, XDG_CONFIG_HOME=self.folder,
                        LC_ALL="C.UTF-8", NO_AT_BRIDGE="1", TZ="UTC")
        # File choosers begin where Pidgin was started, with a line for the name.
        os.mkdir(os.path.join(self.folder, "gtk-2.0"))
        with open(os.path.join(self.folder, "gtk-2.0", "gtkfilechooser.ini"), "w",
                  encoding="utf-8") as file:
            file.write(CHOOSER)
        for name in ("WAYLAND_DISPLAY", "XAUTHORITY", "GTK2_RC_FILES", "GTK_MODULES", "LANGUAGE"):
            self.env.pop(name, None)
        if manager:
            rc = os.path.join(self.folder, "twmrc")
            with open(rc, "w", encoding="utf-8") as file:
                file.write(TWMRC)
            self.children.append(subprocess.Popen(
                [manager, "-f", rc], env=dict(self.env, LC_ALL="C"), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL))

    def xdotool(self, *words, check=True):
        done = subprocess.run(["xdotool", *map(str, words)], env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE,
                              check=False)
        if check and done.returncode != 0:
            raise Failure("xdotool %s: %s" % (" ".join(map(str, words)), done.stderr))
        return done.stdout.strip()

    def screenshot(self, path, window=None):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["import", "-window", str(window or "root"), path], env=self.env,
                       check=True, timeout=DEADLINE)

    def close(self):
        for child in reversed(self.children):
            child.terminate()
            child.wait()
            if child.stdout:
                child.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pidgin:
    """The real client on a profile of its own."""

    def __init__(self, build, display, port, user="alice", prefs=None, gtkrc=None, send_read="seen",
                 stalls=False, quiet=False, blist=None, password=None, files=None):
        self.display = display
        self.lines = []
        self.menus = set()  # windows that are gone with the next key; they are named as dialogs are
        self.changed = threading.Condition()
        self.folder = tempfile.mkdtemp(prefix="purple-tinode-")
        plugins = os.path.join(self.folder, "plugins")
        os.mkdir(plugins)
        for name in ("plugin/libtinode.so", "companions/tinode-ticks-pidgin.so"):
            os.symlink(os.path.abspath(os.path.join(build, name)),
                       os.path.join(plugins, os.path.basename(name)))
        with open(os.path.join(self.folder, "accounts.xml"), "w", encoding="utf-8") as file:
            file.write(ACCOUNTS % {"user": user, "port": port, "alias": user.capitalize(),
                                   "send_read": send_read,
                                   "password": password or user + "123"})
        write_prefs(os.path.join(self.folder, "prefs.xml"), dict(PREFS, **(prefs or {})))
        if gtkrc:
            with open(os.path.join(self.folder, "gtkrc-2.0"), "w", encoding="utf-8") as file:
                file.write(gtkrc)
        pipe = os.path.join(self.folder, "ticks.log")
        os.mkfifo(pipe)
        self.pipe = os.open(pipe, os.O_RDWR)  # never at its end
        env = dict(display.env, TINODE_TICKS_LOG=pipe)
        if stalls:
            env["TINODE_TICKS_LOG_STALLS"] = "1"
        if "PIDGIN_PRELOAD" in env:  # the sanitizers' libraries, for a build with SANITIZE=yes
            env["LD_PRELOAD"] = env["PIDGIN_PRELOAD"]
        self.debug_path = os.path.join(self.folder, "debug.log")
        self.debug = open(self.debug_path, "wb")
        if blist:
            with open(os.path.join(self.folder, "blist.xml"), "w", encoding="utf-8") as file:
                file.write(blist)
        for name, content in (files or {}).items():  # what an earlier run has left
            path = os.path.join(self.folder, name % {"port": port})
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
        command = ["pidgin", "-m", "-c", self.folder] + ([] if quiet else ["-d"])
        self.child = subprocess.Popen(command, env=env, cwd=display.folder,
                                      stdin=subprocess.DEVNULL, stdout=self.debug,
                                      stderr=self.debug)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.wait({"ev": "loaded"}, deadline=30)

    def _read(self):
        rest = b""
        while True:
            try:
                chunk = os.read(self.pipe, 65536)
            except OSError:
                return
            if not chunk:
                return
            *whole, rest = (rest + chunk).split(b"\n")
            with self.changed:
                self.lines += [json.loads(line) for line in whole]
                self.changed.notify_all()
            if whole and whole[-1] == b'{"ev":"end"}':
                return

    # What it shows ------------------------------------------------------------------------------

    def mark(self):
        with self.changed:
            return len(self.lines)

    def since(self, mark, want=None):
        with self.changed:
            lines = self.lines[mark:]
        return [line for line in lines if want is None or matches(want, line)]

    def wait(self, want, mark=0, deadline=DEADLINE):
        end = time.monotonic() + deadline
        position = mark
        with self.changed:
            while True:
                while position < len(self.lines):
                    if matches(want, self.lines[position]):
                        return self.lines[position]
                    position += 1
                left = end - time.monotonic()
                if left <= 0 or self.child.poll() is not None:
                    break
                self.changed.wait(min(left, 0.5))
        raise Failure("pidgin: %s did not come%s; since then:\n%s\n%s" % (
            want, "" if self.child.poll() is None else ", it ended with %s" % self.child.poll(),
            "\n".join(json.dumps(line, ensure_ascii=False) for line in self.since(mark)[-40:]),
            self.debug_tail()))

    def debug_tail(self, lines=25):
        with open(self.debug_path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def tick(self, text, state, mark=0, **more):
        """Wait until the line that holds text carries this state."""
        return self.wait(dict({"line": lambda line: text in line, "state": state}, **more), mark)

    def now(self, text):
        """The newest that was said of the line that holds text."""
        return self.since(0, {"line": lambda line: text in line})[-1]

    # Pidgin's own bus ---------------------------------------------------------------------------

    def bus(self, method, *arguments):
        """A call of libpurple's session bus; its last result as a word."""
        words = self.text(method, *arguments).split()
        return words[-1] if words else ""

    def list(self, method, *arguments):
        """A call whose result is a list of libpurple's objects."""
        return [int(word) for word in self.text(method, *arguments).split()
                if word.lstrip("-").isdigit()]

    def history(self, conv):
        """Everything in the conversation, oldest first."""
        return [self.text("PurpleConversationMessageGetMessage", one) for one in
                reversed(self.list("PurpleConversationGetMessageHistory", conv))]

    def text(self, method, *arguments):
        """A call whose result is one text."""
        words = ["dbus-send", "--session", "--print-reply=literal", "--type=method_call",
                 "--dest=im.pidgin.purple.PurpleService", "/im/pidgin/purple/PurpleObject",
                 "im.pidgin.purple.PurpleInterface." + method]
        for argument in arguments:
            kind = "int32" if isinstance(argument, int) else "string"
            words.append("%s:%s" % (kind, argument))
        done = subprocess.run(words, env=self.display.env, text=True, timeout=DEADLINE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise Failure("%s%r: %s" % (method, arguments, done.stderr))
        return done.stdout.strip()

    def account(self):
        return int(self.bus("PurpleAccountsFindAny", "", "prpl-tinode"))

    def open(self, name):
        """A conversation of two, as from the buddy list, once the contacts are there."""
        end = time.monotonic() + DEADLINE
        while self.bus("PurpleFindBuddy", self.account(), name) == "0":
            if time.monotonic() > end:
                raise Failure("pidgin: %s is no buddy" % name)
            self.pause()
        conv = int(self.bus("PurpleConversationNew", 1, self.account(), name))
        self.bus("PurpleConversationPresent", conv)
        return conv

    # Keys and windows ---------------------------------------------------------------------------

    def window(self, title, deadline=DEADLINE):
        """The window with this title, once it is shown."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            found = [window for window in self.display.xdotool(
                "search", "--onlyvisible", "--name", title, check=False).split()
                     if window not in self.menus]
            if found:
                return found[-1]
            self.pause()
        raise Failure("pidgin: no window %r" % title)

    def buddy_list(self):
        """Its window; Pidgin may have begun with an icon of it."""
        for window in self.display.xdotool("search", "--name", "Buddy List", check=False).split():
            self.display.xdotool("windowmap", window)
        return self.window("Buddy List")

    def pause(self):
        """Until it says something, or a moment."""
        with self.changed:
            self.changed.wait(0.05)

    def focus(self, window):
        """Gives a window the focus, and makes sure that it has it."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            self.display.xdotool("windowraise", window)
            self.display.xdotool("windowfocus", "--sync", window)
            if self.display.xdotool("getwindowfocus", check=False) == str(window):
                return
            self.pause()
        raise Failure("pidgin: window %s does not get the focus" % window)

    def keys(self, *keys):
        self.display.xdotool("key", "--clearmodifiers", *keys)

    def menu_keys(self, *keys):
        """Keys for a menu that was just asked for: it opens with Pidgin's next look at its events,
        before which they would go to the window."""
        self.menus.add(self.window("^Pidgin$"))
        self.display.xdotool("key", "--delay", "60", *keys)

    def say(self, text):
        """Types into the window that has the focus."""
        self.display.xdotool("type", "--clearmodifiers", "--delay", "1", text)
        self.keys("Return")

    def switch_companion(self, is_on):
        """In the Plugins dialog, as the user does."""
        mark = self.mark()
        self.focus(self.buddy_list())
        self.keys("ctrl+u")
        self.focus(self.window("Plugins"))
        self.display.xdotool("type", "Tinode T")
        self.keys("Escape", "space")
        self.wait({"ev": "loaded" if is_on else "unloaded"}, mark)
        self.keys("Escape")

    def close(self):
        status = None
        if self.child.poll() is None:
            self.child.terminate()
        try:
            status = self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        os.write(self.pipe, b'{"ev":"end"}\n')
        self.reader.join(DEADLINE)
        os.close(self.pipe)
        self.debug.close()
        tail = self.debug_tail()
        with open(os.path.join(self.folder, "prefs.xml"), encoding="utf-8") as file:
            self.prefs_left = file.read()
        shutil.rmtree(self.folder, ignore_errors=True)
        # Being unloaded at the end is nobody's wish.
        if "name='companion' type='bool' value='0'" in self.prefs_left:
            raise Failure("pidgin: the companion was switched off by ending")
        if status not in (0, -15):
            raise Failure("pidgin ended with %s:\n%s" % (status, tail))
