#!/usr/bin/env python3
"""test_logs - lines become records, files leave by age and not before, nothing is lost over an outage; prints TAP."""
import json
import os
import socket
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import files  # noqa: E402
import keep  # noqa: E402
import lines  # noqa: E402
import relp  # noqa: E402
import serve  # noqa: E402
import ship  # noqa: E402

DAY = 86400
OURS = (b'2026-11-27_21:44:22.76736 {"time":"2026-11-27T21:44:22.767Z","level":"warn","process":"control",'
        b'"at":"a.c:1","text":"said \\"so\\""}')


class Lines(unittest.TestCase):
    def one(self, service, line):
        return lines.record("h", service, line, "1-0")

    def test_ours_keeps_its_fields(self):
        made = self.one("control", OURS)
        self.assertEqual((made["time"], made["level"], made["at"], made["text"]),
                         ("2026-11-27T21:44:22.767Z", "warn", "a.c:1", 'said "so"'))

    def test_theirs(self):
        stamp = b"2026-11-27_21:44:22.76736 "
        for text, level, said in [
            (b"2026-11-27 21:44:22.767 UTC bijli_control ERROR:  duplicate key", "error", "duplicate key"),
            (b"2026-11-27 21:44:22.767 UTC  LOG:  starting", "info", "starting"),
            (b"32310:C 27 Nov 2026 21:44:22.992 # Configuration loaded", "warn", "Configuration loaded"),
            (b"[32343] 2026/11/27 21:44:23.228562 [WRN] slow", "warn", "slow"),
            (b"2026/11/27 21:44:23 [crit] 1#2: *3 disk", "error", "1#2: *3 disk"),
            (b"anything \xff else", "info", "anything \ufffd else"),
            (b'{"time":"x","level":"odd"}', "info", '{"time":"x","level":"odd"}'),
            (b'{"time":"no json', "info", '{"time":"no json'),
        ]:
            made = self.one("x", stamp + text)
            self.assertEqual((made["time"], made["level"], made["text"]), ("2026-11-27T21:44:22.76736Z", level, said))

    def test_a_message_is_one_line_of_rfc5424(self):
        sent = lines.syslog(self.one("control", OURS.replace(b"so", b"\\n\\u0000 ]")))
        head, body = sent.split(b" - - - ")
        self.assertEqual(head, b"<132>1 2026-11-27T21:44:22.767Z h bijli-control")
        self.assertNotIn(b"\n", body)
        self.assertEqual(json.loads(body)["text"], 'said "\n\0 ]"')

    def test_no_line_is_too_odd_to_be_sent(self):
        for text in ('"\\ud800"', "[" * 100000):
            line = b'{"time":"x","level":"warn","process":"p","at":"a","text":' + text.encode() + b"}"
            self.assertIn(b"bijli-x", lines.syslog(self.one("x", line)))

    def test_a_long_one_is_cut(self):
        self.assertLess(len(lines.syslog(self.one("x", b"a" * 100000))), lines.TEXT_MAX + 300)


class Folder(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.dir = self.place.name
        os.makedirs(f"{self.dir}/log/a")
        self.now = time.time()
        self.said = []

    def tearDown(self):
        self.place.cleanup()

    def put(self, name, text, age_s=0):
        path = f"{self.dir}/log/a/{name}"
        with open(path, "ab") as file:
            file.write(text)
        os.utime(path, (self.now - age_s, self.now - age_s))
        return path

    def names(self):
        return sorted(os.listdir(f"{self.dir}/log/a"))


class Keep(Folder):
    def keeper(self, waits=lambda _: False, **other):
        settings = {"dir": f"{self.dir}/log", "keep_days": 180, "max_mb": 1, **other}
        made = keep.Keeper(settings, waits, lambda level, text: self.said.append(level))
        made.step(self.now)
        return made

    def test_by_age(self):
        self.put("@1.s", b"x", 181 * DAY)
        self.put("@2.s", b"two\n", 179 * DAY)
        self.put("@3.s", b"x", 60)
        self.put("current", b"x", 400 * DAY)
        keeper = self.keeper()
        self.assertEqual(self.names(), ["@2.s.gz", "@3.s", "current"])
        self.assertEqual(int(self.now - os.stat(f"{self.dir}/log/a/@2.s.gz").st_mtime), 179 * DAY)
        self.assertEqual(keeper.trouble(self.now), "")
        keeper.step(self.now + 2 * DAY)
        self.assertEqual(self.names(), ["@3.s.gz", "current"])

    def test_what_waits_is_not_packed(self):
        self.put("@1.s", b"x", DAY)
        self.keeper(waits=lambda _: True)
        self.assertEqual(self.names(), ["@1.s"])

    def test_a_full_disk_does_not_end_it(self):
        self.put("@1.s", os.urandom(700000), 100 * DAY)
        self.put("@2.s", os.urandom(700000), 50 * DAY)
        gzip_open = keep.gzip.open

        def full(path, *other):
            gzip_open(path, *other).close()
            raise OSError(28, "No space left on device")

        keep.gzip.open = full
        try:
            self.keeper()
        finally:
            keep.gzip.open = gzip_open
        self.assertEqual(self.names(), ["@2.s"])  # the bound holds all the same, and no half of a file is left
        self.assertEqual(self.said, ["error", "error"])

    def test_bound_warns_first_and_the_oldest_goes(self):
        self.put("@1.s", os.urandom(400000), 100 * DAY)
        self.put("@2.s", os.urandom(450000), 50 * DAY)
        keeper = self.keeper()
        self.assertEqual(len(self.names()), 2)
        self.assertIn("raise BIJLI_LOG_MB", keeper.trouble(self.now))
        self.put("current", b"x" * 400000)
        keeper.step(self.now)
        self.assertEqual(self.names(), ["@2.s.gz", "current"])
        self.assertEqual(self.said, ["error"])
        self.assertIn("younger than 180 days went", keeper.trouble(self.now))


class Receiver(threading.Thread):
    """Speaks RELP, in clear; `lose`: takes so many messages without a word and goes."""

    def __init__(self, port=0, lose=None):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port, self.got, self.lose, self.peer = self.listener.getsockname()[1], [], lose, None
        self.start()

    def run(self):
        while True:
            try:
                self.peer, _ = self.listener.accept()
                self.serve(self.peer.makefile("rb"))
            except (OSError, ValueError):
                return

    def serve(self, file):
        while head := file.readline(0) or self.head(file):
            number, command, size = head
            data = file.read(size)
            file.read(1)
            if command == b"syslog":
                if self.lose is not None and len(self.got) >= self.lose:
                    self.peer.shutdown(socket.SHUT_RDWR)
                    return
                self.got.append(json.loads(data.split(b" - - - ", 1)[1]))
            self.peer.sendall(b"%d rsp 6 200 OK\n" % number)

    def head(self, file):
        words = b""
        while words.count(b" ") < 3:
            byte = file.read(1)
            if not byte:
                return None
            words += byte
        number, command, size = words.split()
        return int(number), command, int(size)

    def end(self):
        for one in (self.listener, self.peer):
            if one:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()


class Ship(Folder):
    def shipper(self, port):
        os.makedirs(f"{self.dir}/trail", exist_ok=True)
        return ship.Shipper({"host": "127.0.0.1", "port": port, "tls": False, "dir": f"{self.dir}/log",
                             "heads": f"{self.dir}/trail/heads", "state": f"{self.dir}/state"}, "h")

    def lines(self, start, end):
        return b"".join(b"2026-11-27_21:44:22.76736 line %d\n" % number for number in range(start, end))

    def texts(self, receiver):
        return [made["text"] for made in receiver.got]

    def test_all_in_order_over_turns_restarts_and_packing(self):
        receiver = Receiver()
        shipper = self.shipper(receiver.port)
        old = self.put("@1.s", self.lines(0, 500))
        self.put("current", self.lines(500, 700) + b"2026-11-27_21:44:22.76736 ha")
        self.assertTrue(shipper.waits(old))
        while shipper.step():
            pass
        self.assertFalse(shipper.waits(old))
        shipper.close()
        os.rename(f"{self.dir}/log/a/current", f"{self.dir}/log/a/@2.s")
        self.put("@2.s", b"lf\n")
        self.put("current", self.lines(700, 800))
        keep.pack(old)
        shipper = self.shipper(receiver.port)
        while shipper.step():
            pass
        self.assertEqual(self.texts(receiver), [f"line {n}" for n in range(700)] + ["half"] +
                         [f"line {n}" for n in range(700, 800)])
        shipper.close()
        receiver.end()

    def test_away_and_lost_on_the_way(self):
        receiver = Receiver(lose=100)
        port = receiver.port
        shipper = self.shipper(port)
        self.put("current", self.lines(0, 300))
        with self.assertRaises(relp.Away):
            shipper.step()
        receiver.end()
        self.put("current", self.lines(300, 400))
        with self.assertRaises(relp.Away):
            shipper.step()
        again = Receiver(port)
        while shipper.step():
            pass
        # What it had taken and not said so comes twice, by the same id.
        once = {made["id"]: made["text"] for made in receiver.got + again.got}
        self.assertEqual(list(once.values()), [f"line {n}" for n in range(400)])
        shipper.close()
        again.end()

    def test_a_line_ends_where_it_ends(self):
        receiver = Receiver()
        shipper = self.shipper(receiver.port)
        self.put("current", b"2026-11-27_21:44:22.76736 one\r" + OURS[26:] + b"\n")
        shipper.step()
        self.assertEqual([made["level"] for made in receiver.got], ["info"])
        shipper.close()
        receiver.end()

    def test_a_mistake_is_said_and_the_sender_goes_on(self):
        stop = threading.Event()
        stop.set()
        sender = serve.Sender({"to": "h:1", "state": f"{self.dir}/state", "tls": False}, stop)
        sender.away, said, serve.say = "", [], lambda level, text: said.append(text)

        def wrong():
            raise KeyError("x")

        sender.shipper.step = wrong
        self.assertEqual(sender._step(), 0)
        self.assertEqual(said, ["logs do not reach h:1 (KeyError: 'x'); they wait here"])
        self.assertTrue(sender.away)

    def test_heads_can_be_put_together_again(self):
        receiver = Receiver()
        shipper = self.shipper(receiver.port)
        note = "bijli-audit\n1\nroot\n\n\u2014 bijli-audit sig\n"
        with open(f"{self.dir}/trail/heads", "w", encoding="utf-8") as file:
            file.write(note)
        shipper.step()
        self.assertEqual("".join(text + "\n" for text in self.texts(receiver)), note)
        shipper.close()
        receiver.end()

    def test_nonsense_is_away(self):
        for said in (b"x" * 100, b"1 rsp 99999999 200 OK\n", b"2 rsp 6 200 OK\n", b"1 rsp 9 500 sorry\n",
                     b"1 serverclose 0\n", b""):
            listener = socket.create_server(("127.0.0.1", 0))

            def answer():
                peer, _ = listener.accept()
                peer.recv(100)
                peer.sendall(said)
                peer.close()

            thread = threading.Thread(target=answer)
            thread.start()
            with self.assertRaises(relp.Away):
                relp.Relp("127.0.0.1", listener.getsockname()[1], None)
            thread.join()
            listener.close()


class Tap(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print(f"ok logs: {test.id().split('.', 1)[1]}")

    def _bad(self, test, error):
        print(f"not ok logs: {test.id().split('.', 1)[1]}\n" + self._exc_info_to_string(error, test))

    def addFailure(self, test, err):
        self._bad(test, err)
        super().addFailure(test, err)

    def addError(self, test, err):
        self._bad(test, err)
        super().addError(test, err)


if __name__ == "__main__":
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        unittest.main(testRunner=unittest.TextTestRunner(stream=nowhere, resultclass=Tap))
