# SPDX-License-Identifier: GPL-2.0-or-later
"""The world of the stories about everyday operations: the usual people, and some unknown to alice."""

import base64
import json
import os
import struct
import tempfile
import zlib

DRAFTY = {"mime": "text/x-drafty"}
FORM = {"txt": "Coming?YesNo", "fmt": [{"len": 12, "tp": "FM"}, {"at": 7, "len": 3},
                                       {"at": 10, "len": 2, "key": 1}],
        "ent": [{"tp": "BN", "data": {"name": "yes", "act": "pub", "val": "oh yes"}},
                {"tp": "BN", "data": {"name": "no", "act": "pub"}}]}

PEOPLE = {"alice": "Alice Hatter", "bob": "Bob Smith", "carol": "Carol Xmas",
          "dave": "Dave Goliathsson", "erin": "Erin Stranger", "frank": "Frank Newcomer"}
WORLD = {
    "users": [{"login": login, "public": {"fn": name}}
              for login, name in PEOPLE.items()],
    "p2p": [["alice", "bob"], ["alice", "carol"], ["alice", "dave"]],
    "groups": [{"name": "flowers", "owner": "carol", "members": ["alice", "bob", "dave"],
                "public": {"fn": "Flowers"}},
               {"name": "pond", "owner": "dave", "members": ["bob"], "public": {"fn": "Pond"}}],
}


def world(test):
    """The path of a file for tinode-loopback's --users; it goes with the test."""
    descriptor, path = tempfile.mkstemp(prefix="purple-tinode-users-", suffix=".json")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(WORLD, file)
    test.addCleanup(os.unlink, path)
    return path


def members(server, room):
    """Login of each member of a stored room, with the rights that count."""
    topic, = (topic for topic in server.state()["topics"] if topic["room"] == room)
    return {row["user"]: row for row in topic["members"]}


def between(server, *logins):
    """The conversation of these two, None if there is none."""
    found = [topic for topic in server.state()["topics"] if topic["kind"] == "p2p" and
             {row["user"] for row in topic["members"]} == set(logins)]
    return found[0] if found else None


def asks(ids, login):
    """What the server sends of somebody new to an account whose own wish is to be asked."""
    return {"meta": {"topic": "me", "sub": [
        {"topic": ids[login], "public": {"fn": PEOPLE[login]},
         "acs": {"want": "N", "given": "JRWPA", "mode": "N"}}]}}


def png(side=32):
    """A picture that is red above and blue below."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + (b"\xe0\x20\x20" if row < side // 2 else b"\x20\x20\xe0") * side
                    for row in range(side))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def picture():
    """A message with a small picture in it."""
    return {"txt": "look ", "fmt": [{"at": 4, "len": 1}], "ent": [{"tp": "IM", "data": {
        "mime": "image/png", "val": base64.b64encode(png()).decode(), "name": "flag.png",
        "width": 32, "height": 32}}]}


def attachment(data, name="notes.txt"):
    """A message with a small file beside it."""
    return {"txt": "", "fmt": [{"at": -1}], "ent": [{"tp": "EX", "data": {
        "mime": "text/plain", "val": base64.b64encode(data).decode(), "name": name,
        "size": len(data)}}]}
