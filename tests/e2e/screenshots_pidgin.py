#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes the pictures of Pidgin for the README: light, dark, a group, who has a message."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desktop import Display, Pidgin  # noqa: E402
from harness import Server  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
FOLDER = sys.argv[2] if len(sys.argv) > 2 else os.path.join(BUILD, "screenshots")

STYLE = """
gtk-font-name = "DejaVu Sans 10"
style "shot" {
  bg[NORMAL] = "%(bg)s" bg[PRELIGHT] = "%(bg)s" bg[ACTIVE] = "%(edge)s"
  bg[INSENSITIVE] = "%(bg)s" fg[NORMAL] = "%(fg)s" fg[PRELIGHT] = "%(fg)s"
  base[NORMAL] = "%(base)s" text[NORMAL] = "%(fg)s"
  GtkIMHtml::send-name-color = "%(send)s" GtkIMHtml::receive-name-color = "%(receive)s"
}
class "GtkWidget" style "shot"
"""
LIGHT = {"bg": "#f1f0ef", "edge": "#dcdad8", "fg": "#24272b", "base": "#ffffff",
         "send": "#2a5d9c", "receive": "#a8452c"}
DARK = {"bg": "#2d2e32", "edge": "#3a3b40", "fg": "#e2e3e6", "base": "#1f2023",
        "send": "#8ab4f0", "receive": "#f0a48a"}


def take(display, name, window, crop=None):
    path = os.path.join(FOLDER, name + ".png")
    display.screenshot(path, window)
    change = ["-crop", crop, "+repage"] if crop else []
    subprocess.run(["convert", path, "-strip", *change, "-define", "png:compression-level=9",
                    "-colors", "160", path], check=True)
    print("%s: %d bytes" % (path, os.path.getsize(path)))


def talk(server, pidgin):
    bob = server.user("bob")
    pidgin.open(bob)
    window = pidgin.window("Bob")
    server.order(do="frame", to="alice", frame={
        "pres": {"topic": "me", "src": bob, "what": "on"}})
    pidgin.focus(window)
    pidgin.wait({"ev": "sync", "conv": bob, "sign": "ok"})
    pidgin.display.xdotool("windowsize", "--sync", window, 430, 290)
    server.say("bob", "alice", "Are the tickets for Friday gone?")
    pidgin.say("Two left, I took them.")
    pidgin.tick("Two left", "sent")
    server.note("bob", "alice", "read", 2)
    pidgin.tick("Two left", "read")
    server.say("bob", "alice", "You are the best :-)")
    pidgin.say("Seven at the station, then. I bring the bicycles and you bring the cake?")
    pidgin.tick("Seven", "sent")
    server.note("bob", "alice", "recv", 4)
    pidgin.tick("Seven", "delivered")
    pidgin.say("Chocolate!")
    pidgin.tick("Chocolate", "sent")
    server.order(do="refuse", for_ms=3000)
    server.order(do="drop", who="alice")
    mark = pidgin.mark()
    pidgin.wait({"ev": "sync", "sign": "offline"}, mark - 1)
    pidgin.say("Please")
    pidgin.tick("Please", "pending")
    return window


def group(server, pidgin):
    server.say("carol", "flowers", "Who waters the tomatoes this week?")
    flowers = server.group()
    pidgin.wait({"ev": "conversation", "conv": flowers})
    window = pidgin.window("[Ff]lowers")
    pidgin.focus(window)
    pidgin.wait({"ev": "sync", "conv": flowers, "sign": "ok"})
    pidgin.display.xdotool("windowsize", "--sync", window, 520, 290)
    pidgin.say("I can do Monday.")
    pidgin.tick("Monday", "sent")
    for who in ("bob", "carol", "dave"):
        server.note(who, "flowers", "read", 2)
    pidgin.tick("Monday", "read")
    pidgin.say("And Thursday, if somebody lends me a can.")
    pidgin.tick("Thursday", "sent")
    for who in ("bob", "carol", "dave"):
        server.note(who, "flowers", "recv", 3)
    for who in ("bob", "carol"):
        server.note(who, "flowers", "read", 3)
    pidgin.wait({"text": lambda text: "2/3" in text, "state": "delivered"})
    pidgin.say("The blue one?")
    pidgin.tick("blue", "sent")
    server.note("bob", "flowers", "recv", 4)
    pidgin.wait({"text": lambda text: "1/3" in text, "state": "sent"})
    return window


def shoot(name, colours, story):
    server, display = Server(BUILD, "--events"), Display()
    pidgin = Pidgin(BUILD, display, server.port, gtkrc=STYLE % colours)
    try:
        window = story(server, pidgin)
        pidgin.bus("PurpleAccountsFindAny", "", "prpl-tinode")
        take(display, name, window)
    finally:
        pidgin.close()
        display.close()
        server.finish()


def main():
    shoot("pidgin-light", LIGHT, talk)
    shoot("pidgin-dark", DARK, talk)
    shoot("pidgin-group", LIGHT, group)


if __name__ == "__main__":
    main()
