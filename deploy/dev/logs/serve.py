#!/usr/bin/env python3
"""serve FILE - the service of the logs: packs, forgets by age, sends them to another machine.  FILE: see settings.py.

Two threads: one sends and may wait for the network, the other keeps the files and says how it is each second.
"""
import json
import os
import signal
import socket
import sys
import threading
import time

import files
import keep
import relp
import ship

KEEP_EVERY_S = 60
RETRY_S = 2


def say(level, text):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    line = {"time": f"{stamp}.000Z", "level": level, "process": "logs", "at": "serve.py", "text": text}
    print(json.dumps(line, separators=(",", ":")), file=sys.stderr, flush=True)


class Sender(threading.Thread):
    """Only this thread touches the shipper's connection; `away` is "" or why the other side is not reached."""

    def __init__(self, settings, stop):
        super().__init__(daemon=True)
        self.shipper = ship.Shipper(settings, socket.gethostname())
        self.stop, self.away = stop, "not reached yet"
        self.to = settings["to"]

    def run(self):
        while not self.stop.wait(0 if self._step() else 1):
            pass
        self.shipper.close()

    def _step(self):
        try:
            went = self.shipper.step()
            if self.away:
                say("info", f"logs go to {self.to}")
            self.away = ""
            return went
        except relp.Away as error:
            self._trouble(str(error))
        except OSError as error:  # a file that went between two looks, no room for `state`
            self._trouble(f"{error.strerror}: {error.filename}")
        except Exception as error:  # a mistake of ours: without the thread nobody would hear that nothing goes any more
            self._trouble(f"{type(error).__name__}: {error}")
            self.shipper.close()
        self.stop.wait(RETRY_S)
        return 0

    def _trouble(self, why):
        if why != self.away:
            say("warn", f"logs do not reach {self.to} ({why}); they wait here")
        self.away = why


def status(settings, keeper, sender, now):
    words = keeper.trouble(now)
    if sender and sender.away:
        words = words or f"logs do not reach {sender.to} ({sender.away}); they wait here"
    figures = {"bytes": keeper.bytes, "oldest_s": keeper.oldest_s, "lost": keeper.lost_cnt,
               "sent": sender.shipper.sent_cnt if sender else 0}
    files.write_json(settings["status"], {
        "name": "logs", "pid": os.getpid(), "time_ns": time.time_ns(), "state": "degraded" if words else "up",
        "text": words or f"{keeper.bytes // 1000000} MB of logs, the oldest {keeper.oldest_s // keep.DAY_S} days old",
        "figures": figures})


def main(path):
    settings = files.read_json(path, None)
    if not settings:
        sys.exit(f"bijli: {path} cannot be read")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    sender = Sender(settings, stop) if settings["to"] != "none" else None
    keeper = keep.Keeper(settings, sender.shipper.waits if sender else lambda _: False, say)
    if sender:
        sender.start()
    kept, unsaid = 0, ""
    while not stop.is_set():
        now = time.time()
        if now - kept >= KEEP_EVERY_S:
            keeper.step(now)
            kept = now
        try:
            status(settings, keeper, sender, now)
            unsaid = ""
        except OSError as error:  # no room: the old one's age says it, and keeping goes on
            if unsaid != error.strerror:
                say("error", f"how the logs are cannot be said: {error.strerror}")
            unsaid = error.strerror
        stop.wait(1)
    if sender:
        sender.join(relp.TIMEOUT_S + 1)


if __name__ == "__main__":
    main(sys.argv[1])
