# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures stand in conversations, files are saved and sent, and whatever breaks is said and over."""

import base64
import hashlib
import json
import os
import random
import struct
import sys
import time
import zlib

from story import Server, Story, main

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from harness import DEADLINE  # noqa: E402
from proxy import Proxy  # noqa: E402

DRAFTY = {"mime": "text/x-drafty"}
LIMIT = 8 * 1024 * 1024  # of a file, by the server


def png(side=4, seed=1):
    """A picture of noise: what it weighs grows with its side."""
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(3 * side) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def b64(data):
    return base64.b64encode(data).decode()


def sha1(data):
    return hashlib.sha1(data).hexdigest()


def message(kind, text="", **data):
    """A document with one object in it; files stand outside the text."""
    if kind == "IM":
        return {"txt": text + " ", "fmt": [{"at": len(text), "len": 1}],
                "ent": [{"tp": kind, "data": data}]}
    return {"txt": text, "fmt": [{"at": -1}], "ent": [{"tp": kind, "data": data}]}


class FileStory(Story):

    def setUp(self):
        super().setUp()
        self.box = self.enterContext(self.folder()) if hasattr(self, "enterContext") else \
            self._enter()

    def _enter(self):
        context = self.folder()
        path = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return path

    def file(self, name, data):
        path = os.path.join(self.box, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def put(self, data, **more):
        return self.server.order(do="file", data=b64(data), **more)["url"]

    def say(self, content, who="bob", to="alice"):
        return self.server.say(who, to, content, head=DRAFTY)

    def xfer(self, what, mark=0, **more):
        event = self.alice.wait(dict({"ev": "xfer", "what": what}, **more), mark)
        self.alice.sync()  # libpurple closes the file right after that
        return event

    def asked(self, mark=0):
        return self.alice.wait({"ev": "request", "kind": "action"}, mark)

    def save(self, mark, path):
        """Answer the newest offer: accept, and where to."""
        self.asked(mark)
        place = self.alice.mark()
        self.alice.do("answer", text="Accept")
        self.alice.wait({"ev": "request", "kind": "file"}, place)
        self.alice.do("answer", text=path)

    def read(self, path):
        with open(path, "rb") as saved:
            return saved.read()

    def published(self, mark=0):
        return self.server.wait({"ev": "pub", "who": "alice"}, mark)["content"]

    def entity(self, content, kind):
        found = [entity["data"] for entity in content["ent"] if entity["tp"] == kind]
        self.assertEqual(len(found), 1, content)
        return found[0]


class Receiving(FileStory):

    def test_a_picture_inside_the_message_stands_in_its_line(self):
        self.sign_in()
        picture = png()
        self.say(message("IM", "look", mime="image/png", val=b64(picture), name="cat.png"))
        line = self.alice.wait({"ev": "message", "name": self.bob, "from": self.bob})
        self.assertEqual([p["sha1"] for p in line["pictures"]], [sha1(picture)])
        self.assertIn("images", line["flags"])
        self.assertEqual(line["text"].split("\n")[0], "look")

    def test_a_picture_on_the_server_follows_its_line(self):
        self.sign_in()
        picture = png(64)
        ref = self.put(picture)
        self.say(message("IM", "look", mime="image/png", ref=ref, name="cat.png",
                         size=len(picture)))
        self.alice.wait({"ev": "message", "text": lambda t: "[Picture: cat.png" in t})
        line = self.alice.wait({"ev": "line", "pictures": lambda p: len(p) == 1})
        self.assertEqual(line["pictures"][0]["sha1"], sha1(picture))
        self.assertIn("no-log", line["flags"])

    def test_other_clients_get_a_line(self):
        for ui in ("finch", "bitlbee"):
            with self.subTest(ui=ui):
                self.sign_in(ui)
                mark = self.alice.mark()
                self.say(message("IM", "", mime="image/png", val=b64(png()), name="cat.png"))
                line = self.alice.wait({"ev": "message", "from": self.bob}, mark)
                self.assertIn("[Picture: cat.png", line["text"])
                self.do("logout")

    def test_what_calls_itself_a_picture_is_none(self):
        self.sign_in()
        for number, data in enumerate((b"<html>", b"\x89PNG\r\n\x1a\n", b"GIF89a\xff\xff\xff\xff",
                                       png()[:20])):
            self.say(message("IM", "n%d" % number, mime="image/png", val=b64(data), name="x.png"))
            line = self.alice.wait({"ev": "message", "text": lambda t, n=number: ("n%d" % n) in t})
            self.assertNotIn("pictures", line)
        ref = self.put(b"<html>nothing")
        self.say(message("IM", "ref", mime="image/png", ref=ref, name="x.png"))
        self.say("after")
        self.got("after")
        self.alice.sync()
        self.assertEqual(self.alice.since(0, {"ev": "line", "pictures": lambda p: p}), [])

    def test_a_file_is_offered_and_saved(self):
        self.sign_in()
        data = random.Random(7).randbytes(700000)
        ref = self.put(data)
        mark = self.alice.mark()
        self.say(message("EX", "here", mime="application/pdf", ref=ref, name="../../book<b>.pdf",
                         size=len(data)))
        path = os.path.join(self.box, "saved.pdf")
        self.save(mark, path)
        end = self.xfer("complete", direction="receive")
        self.assertEqual(end["size"], len(data))
        self.assertEqual(self.read(path), data)
        question = self.alice.wait({"ev": "request", "kind": "action"}, mark)
        self.assertNotIn("..", question["primary"])

    def test_a_file_inside_the_message_is_saved(self):
        self.sign_in()
        mark = self.alice.mark()
        self.say(message("EX", "", mime="text/plain", val=b64(b"hello world"), name="a.txt"))
        path = os.path.join(self.box, "a.txt")
        self.save(mark, path)
        self.xfer("complete")
        self.assertEqual(self.read(path), b"hello world")

    def test_cancelled_half_way_nothing_stays(self):
        self.sign_in()
        ref = self.server.order(do="file", bytes=2000000)["url"]
        self.server.order(do="files", mode="half")
        mark = self.alice.mark()
        self.say(message("EX", "", mime="application/zip", ref=ref, name="a.zip", size=2000000))
        path = os.path.join(self.box, "a.zip")
        self.save(mark, path)
        self.xfer("progress", done=lambda done: done > 100000)
        self.do("cancel-file")
        self.xfer("cancelled-here")
        self.assertFalse(os.path.exists(path))
        self.say("still there")
        self.got("still there")

    def test_refused_and_larger_than_told(self):
        self.sign_in()
        ref = self.server.order(do="file", bytes=2000000)["url"]
        mark = self.alice.mark()
        self.say(message("EX", "", mime="application/zip", ref=ref, name="a.zip", size=12))
        self.asked(mark)
        self.alice.do("answer", text="Cancel")
        self.alice.sync()
        self.do("command", self.bob, text="download")
        path = os.path.join(self.box, "b.zip")
        mark = self.alice.mark()
        self.alice.do("answer", text="Accept")
        self.alice.wait({"ev": "request", "kind": "file"}, mark)
        self.alice.do("answer", text=path)
        self.alice.wait({"ev": "line", "text": lambda t: "larger than its sender said" in t}, mark)
        self.xfer("cancelled-there", mark)
        self.assertFalse(os.path.exists(path))

    def test_foreign_and_strange_places_are_never_asked_for(self):
        self.sign_in()
        listener = self.start(Server)
        place = listener.mark()
        evil = "http://127.0.0.1:%d/v0/file/s/x" % listener.port
        for ref in (evil, "file:///etc/passwd", "//127.0.0.1:%d/x" % listener.port,
                    "http://127.0.0.1:%d@127.0.0.1:%d/x" % (self.server.port, listener.port)):
            self.say(message("IM", "", mime="image/png", ref=ref, name="a.png"))
            self.say(message("EX", "", mime="text/html", ref=ref, name="a.html"))
        self.say("the end")
        self.got("the end")
        self.alice.sync()
        self.assertEqual(self.alice.since(0, {"ev": "request"}), [])
        self.assertEqual(listener.since(place), [])

    def test_history_asks_nothing_but_can_be_had(self):
        for number in range(6):
            ref = self.put(b"file %d" % number)
            self.say(message("EX", "", mime="application/x-test", ref=ref, name="f%d.bin" % number,
                             size=6))
        self.server.order(do="note", **{"as": "alice"}, topic="bob", what="read", seq=6)
        self.sign_in()
        self.open(self.bob)
        self.alice.wait({"ev": "message", "text": lambda t: "f5.bin" in t})
        self.alice.wait({"ev": "line", "text": lambda t: "/download" in t})
        self.alice.sync()
        self.assertEqual(self.alice.since(0, {"ev": "request"}), [])
        mark = self.alice.mark()
        self.do("command", self.bob, text="download 2")
        path = os.path.join(self.box, "f4")
        self.save(mark, path)
        self.xfer("complete", mark)
        self.assertEqual(self.read(path), b"file 4")

    def test_a_flood_of_files_asks_five_times(self):
        self.sign_in()
        for number in range(20):
            self.say(message("EX", "", mime="a/b", val=b64(b"x"), name="f%d" % number))
        self.say("the end")
        self.got("the end")
        self.alice.sync()
        self.assertEqual(len(self.alice.since(0, {"ev": "request"})), 5)


class Sending(FileStory):

    def paste(self, data, before="look: ", after=" nice", name="cat.png", to=None):
        number = self.alice.ask("picture", file=self.file(name, data))
        mark, place = self.alice.mark(), self.server.mark()
        self.do("send", to or self.bob, text='%s<img id="%d">%s' % (before, number, after),
                html=True)
        return mark, place

    def test_a_small_picture_goes_inside_the_message(self):
        self.sign_in()
        self.open(self.bob)
        picture = png(16)
        mark, place = self.paste(picture)
        content = self.published(place)
        data = self.entity(content, "IM")
        self.assertEqual(base64.b64decode(data["val"]), picture)
        self.assertEqual((data["width"], data["height"], data["mime"]), (16, 16, "image/png"))
        self.assertEqual(content["txt"], "look:   nice")
        self.assertEqual(content["fmt"], [{"at": 6, "len": 1}])
        line = self.alice.wait({"ev": "message", "id": lambda i: i}, mark)
        self.message_state(self.bob, line["id"], "sent")

    def test_a_large_picture_goes_up_first(self):
        self.sign_in()
        self.open(self.bob)
        picture = png(300)
        mark, place = self.paste(picture)
        self.do("send", self.bob, text="behind it")
        content = self.published(place)
        data = self.entity(content, "IM")
        look = self.server.order(do="file", url=data["ref"])
        self.assertEqual(look["sha256"], hashlib.sha256(picture).hexdigest())
        self.assertEqual(content["txt"], "look:   nice")
        line = self.alice.wait({"ev": "message", "id": lambda i: i}, mark)
        self.message_state(self.bob, line["id"], "sent")
        self.server.wait({"ev": "pub", "content": "behind it"}, place)
        pubs = self.server.since(place, {"ev": "pub"})
        self.assertEqual(len(pubs), 2)

    def test_a_file_is_sent_with_a_tick(self):
        self.sign_in()
        self.open(self.bob)
        data = random.Random(3).randbytes(1500000)
        mark, place = self.alice.mark(), self.server.mark()
        self.do("send-file", self.bob, file=self.file("book.bin", data))
        self.xfer("complete", mark, direction="send")
        entity = self.entity(self.published(place), "EX")
        self.assertEqual((entity["name"], entity["size"]), ("book.bin", len(data)))
        look = self.server.order(do="file", url=entity["ref"])
        self.assertEqual(look["sha256"], hashlib.sha256(data).hexdigest())
        line = self.alice.wait({"ev": "message", "id": lambda i: i}, mark)
        self.assertEqual(line["text"], "[File: book.bin, 1.5\u00a0MB]")
        self.message_state(self.bob, line["id"], "sent")
        self.server.note("bob", "alice", "read", 1)
        self.message_state(self.bob, line["id"], "read")

    def test_a_picture_file_into_a_group(self):
        self.sign_in()
        self.open(self.flowers)
        place = self.server.mark()
        self.do("send-file", self.flowers, file=self.file("cat.png", png(30)))
        data = self.entity(self.published(place), "IM")
        self.assertEqual((data["width"], data["mime"]), (30, "image/png"))

    def test_too_large_names_the_limit_and_life_goes_on(self):
        self.sign_in()
        self.open(self.bob)
        path = os.path.join(self.box, "huge")
        with open(path, "wb") as out:
            out.truncate(LIMIT + 1)
        mark = self.alice.mark()
        self.do("send-file", self.bob, file=path)
        self.alice.wait({"ev": "line", "text": lambda t: "8.0\u00a0MiB" in t}, mark)
        self.xfer("cancelled-here", mark)
        self.send(self.bob, "still there")

    def test_cancelled_while_it_goes_up_nothing_is_published(self):
        self.sign_in()
        self.open(self.bob)
        self.server.order(do="files", mode="silent")
        place = self.server.mark()
        self.do("send-file", self.bob, file=self.file("a.bin", b"x" * 900000))
        self.server.wait({"ev": "upload"}, place)
        self.do("cancel-file")
        self.xfer("cancelled-here")
        self.server.order(do="files")
        self.send(self.bob, "still there")
        self.assertEqual(len(self.server.since(place, {"ev": "pub"})), 1)

    def test_signed_out_while_it_goes_up_the_message_fails(self):
        with self.folder() as folder:
            self.sign_in(folder=folder)
            self.open(self.bob)
            self.server.order(do="files", mode="silent")
            mark, place = self.paste(png(300))
            self.server.wait({"ev": "upload"}, place)
            self.do("send-file", self.bob, file=self.file("a.bin", b"x" * 900000))
            line = self.alice.wait({"ev": "message", "id": lambda i: i}, mark)
            self.do("logout")
            self.server.order(do="files")
            mark = self.alice.mark()
            self.alice.do("login", account="alice", password="alice123")
            self.alice.wait({"ev": "connected", "account": "alice"}, mark)
            self.message_state(self.bob, line["id"], "failed", mark)
            self.send(self.bob, "still there")
            self.assertEqual(len(self.server.since(place, {"ev": "pub"})), 1)

    def test_fifty_times_on_and_off_with_an_upload(self):
        self.sign_in()
        self.server.order(do="files", mode="silent")
        path = self.file("a.bin", b"x" * 300000)
        for turn in range(50):
            self.alice.do("send-file", account="alice", name=self.bob, file=path)
            if turn % 3 == 0:
                self.alice.wait({"ev": "xfer", "what": "progress"}, self.alice.mark() - 1)
            mark = self.alice.mark()
            self.alice.do("logout", account="alice")
            self.alice.do("login", account="alice", password="alice123")
            self.alice.wait({"ev": "connected", "account": "alice"}, mark)
        self.alice.sync()
        self.assertEqual(self.server.since(0, {"ev": "pub"}), [])

    def test_an_upload_is_sent_elsewhere_without_our_token(self):
        self.sign_in()
        self.open(self.bob)
        other = self.start(Server)
        self.server.order(do="files", mode="307",
                          to="http://127.0.0.1:%d/v0/file/u/" % other.port)
        mark = self.alice.mark()
        self.do("send-file", self.bob, file=self.file("a.bin", b"x" * 3000))
        # The other one knows no key of ours: it has refused.
        self.xfer("cancelled-there", mark)
        self.send(self.bob, "still there")


class Avatars(FileStory):

    def icon(self, name, host=None, account="alice"):
        return (host or self.alice).ask("icon", account=account, name=name)

    def wait_icon(self, name, want, *viewer):
        for _ in range(int(DEADLINE * 20)):
            if self.icon(name, *viewer) == want:
                return
            (viewer[0] if viewer else self.alice).sync()
            time.sleep(0.01)
        self.fail("icon of %s is %r" % (name, self.icon(name, *viewer)))

    def friend(self, login, data):
        """Signed in with this icon."""
        host = self.host()
        host.login(login, self.server.port)
        host.do("set-icon", account=login, file=self.file(login + ".png", data))
        host.sync()
        return host

    def test_of_contacts_and_groups(self):
        small, large = png(20, 2), png(120, 3)
        bob = self.friend("bob", small)
        carol = self.friend("carol", large)
        self.sign_in()
        self.wait_icon(self.bob, sha1(small))
        self.wait_icon(self.carol, sha1(large))
        self.assertEqual(self.icon(self.dave), "")
        bob.do("set-icon", account="bob", file=self.file("new.png", large))
        self.wait_icon(self.bob, sha1(large))
        bob.do("set-icon", account="bob")
        self.wait_icon(self.bob, "")
        self.server.order(do="request", **{"as": "carol"}, frame={"set": {
            "topic": self.flowers,
            "desc": {"public": {"photo": {"type": "png", "data": b64(small)}}}}})
        self.wait_icon(self.flowers, sha1(small))
        self.assertEqual(self.icon(self.carol), sha1(large))
        carol.sync()

    def test_what_is_no_picture_is_not_shown(self):
        self.sign_in()
        for photo in ({"type": "png", "data": b64(b"<html>")}, {"type": "png", "data": "!"},
                      {"type": "png", "ref": "http://127.0.0.1:1/x"},
                      {"type": "png", "ref": "/v0/file/s/nothing"}, "photo", 7):
            self.server.order(do="request", **{"as": "carol"}, frame={"set": {
                "topic": self.flowers, "desc": {"public": {"photo": photo}}}})
        self.say("the end")
        self.got("the end")
        self.assertEqual(self.icon(self.flowers), "")


class Proxied(FileStory):

    def test_files_go_through_the_proxy_both_ways(self):
        proxy = Proxy("socks5", {"chat.invalid": self.server.port})
        self.addCleanup(proxy.close)
        self.alice = self.host()
        mark = self.alice.mark()
        self.alice.do("login", account="alice", password="alice123",
                      proxy={"type": "socks5", "host": "127.0.0.1", "port": proxy.port},
                      options={"server": "chat.invalid:%d" % self.server.port, "tls": "off"})
        self.alice.wait({"ev": "connected"}, mark)
        self.open(self.bob)
        place = self.server.mark()
        self.do("send-file", self.bob, file=self.file("a.bin", b"x" * 70000))
        ref = self.entity(self.published(place), "EX")["ref"]
        mark = self.alice.mark()
        self.say(message("EX", "", mime="a/b", ref=ref, name="b.bin", size=70000))
        path = os.path.join(self.box, "b.bin")
        self.save(mark, path)
        self.xfer("complete", mark, direction="receive")
        self.assertEqual(self.read(path), b"x" * 70000)
        self.assertEqual(len(proxy.asked), 3)


class Quiet(FileStory):

    def test_no_secret_shows_while_files_move(self):
        self.alice = self.start(type(self.host()), "--debug")
        self.alice.login("alice", self.server.port)
        self.open(self.bob)
        self.do("send-file", self.bob, file=self.file("a.bin", b"x" * 70000))
        self.xfer("complete")
        self.do("send-file", self.bob, file=self.file("b.bin", b"x" * 70000))
        self.server.order(do="files", mode="silent")
        metrics = json.dumps(self.alice.metrics("alice"))
        self.alice.finish()
        self.processes.remove(self.alice)
        log = "".join(self.alice.errors) + metrics
        self.assertGreater(len(log), 1000)
        token = base64.b64encode(self.alice_id[3:].encode()).decode().rstrip("=")[:12]
        for secret in ("AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K", "alice123",
                       b64(b"alice:alice123").rstrip("="), token, "X-Tinode-Auth"):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    main()
