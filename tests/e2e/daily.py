# SPDX-License-Identifier: GPL-2.0-or-later
"""The world of the stories about everyday operations: the usual people, and some unknown to alice."""

import json
import os
import tempfile

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
