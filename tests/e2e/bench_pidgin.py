#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten thousand own messages in one Pidgin window, with receipts for each: how long the main loop
stands still at most, and what memory they take. Figures are measured with and without the
companion; without it the same lines are written and nothing is drawn."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desktop import Display, Failure, Pidgin  # noqa: E402
from harness import Server  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10000


def memory_kb(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise Failure("no VmRSS")


def longest_stall(pidgin, mark):
    """Time that the process worked without a turn of its main loop; below 20 ms counts as none."""
    return max([int(line["busy"]) for line in pidgin.since(mark, {"ev": "stall"})] or [0])


def run(is_drawn):
    server = Server(BUILD, "--events")
    display = Display()
    pidgin = Pidgin(BUILD, display, server.port, stalls=True, quiet=True, prefs={
        "/pidgin/conversations/scrollback_lines": 0,
        "/plugins/gtk/tinode-ticks/groups": is_drawn})
    try:
        flowers = server.group()
        server.say("carol", "flowers", "hello all")
        pidgin.wait({"ev": "conversation", "conv": flowers})
        window = pidgin.window("[Ff]lowers")
        pidgin.focus(window)
        pidgin.wait({"ev": "sync", "conv": flowers, "sign": "ok"})
        before = memory_kb(pidgin.child.pid)
        mark = pidgin.mark()
        begin = time.monotonic()
        # alice writes on her other device: each line is an own message here, too.
        for _ in range(COUNT // 500):
            server.say("alice", "flowers", "a line of some length, as people write them",
                       times=500)
            seq = server.say("carol", "flowers", "and then?")
            server.wait(lambda e, seq=seq: e.get("ev") == "note" and e["who"] == "alice" and
                        e["seq"] >= seq, deadline=120)
        written = time.monotonic() - begin
        lines = memory_kb(pidgin.child.pid)
        stall_lines = longest_stall(pidgin, mark)
        late = pidgin.mark()
        begin = time.monotonic()
        low = seq - COUNT - COUNT // 500
        for who in ("bob", "carol", "dave"):
            # One receipt for each message, then all at once.
            for number in range(low + 1, seq + 1, max(1, COUNT // 1000)):
                server.note(who, "flowers", "recv", number)
            server.note(who, "flowers", "read", seq)
        if is_drawn:
            pidgin.wait({"state": "read", "ev": "changed"}, mark, 120)
            end = time.monotonic() + 120
            while len(pidgin.since(mark, {"state": "read"})) < COUNT and time.monotonic() < end:
                pidgin.pause()
            if len(pidgin.since(mark, {"state": "read"})) < COUNT:
                raise Failure("only %d are read" % len(pidgin.since(mark, {"state": "read"})))
        # What comes after all receipts is answered after all receipts.
        seq = server.say("carol", "flowers", "good night")
        server.wait(lambda e: e.get("ev") == "note" and e["who"] == "alice" and e["seq"] >= seq,
                    deadline=120)
        told = time.monotonic() - begin
        return {"written_s": written, "lines_kb": lines - before, "stall_writing_ms": stall_lines,
                "receipts_s": told, "stall_receipts_ms": longest_stall(pidgin, late),
                "after_kb": memory_kb(pidgin.child.pid) - before}
    finally:
        pidgin.close()
        display.close()
        server.finish()


def main():
    plain, drawn = run(False), run(True)
    print("%d own messages in one window of Pidgin, each received and read by three" % COUNT)
    print("%-44s %10s %10s" % ("", "no ticks", "ticks"))
    for key, text in (("written_s", "all lines written, s"),
                      ("stall_writing_ms", "longest stall while they are written, ms"),
                      ("lines_kb", "memory of the lines, kB"),
                      ("receipts_s", "3000 receipts and 3 for all, s"),
                      ("stall_receipts_ms", "longest stall while receipts come, ms"),
                      ("after_kb", "memory at the end, kB")):
        print("%-44s %10.1f %10.1f" % (text, plain[key], drawn[key]))
    print("memory of a tick: %.2f kB" % ((drawn["after_kb"] - plain["after_kb"]) / COUNT))


if __name__ == "__main__":
    main()
