"""ship - each line goes to another machine, in order, and counts as gone when that says that it has it.

What is not gone stays where it is, so the logs themselves are what waits while the other side is away: an hour, a week,
as long as they are kept.  Where each log has got to is in `state`; after a crash of this service the last lines
go twice, and their `id` (the file's number, the place in it) says so.
"""
import io
import os

import files
import lines
import relp

CHUNK_BYTES = 262144
HEADS = "trail-heads"  # the signed heads of the audit trail go the same way


class Log:
    """One log as a row of files, read from where it had got to.  at: [inode, offset], None: from the start."""

    def __init__(self, service, at):
        self.service, self.at, self.stamped = service, at, service != HEADS

    def chunk(self, paths):
        """Whole lines that come next, as (line, id, place behind it); an empty list when there is no more."""
        while True:
            rest = self._rest(paths)
            if not rest:
                return []
            got = self._read(rest[0], len(rest) == 1)
            if got or len(rest) == 1:
                return got
            self.at = [os.stat(rest[1]).st_ino, 0]

    def _rest(self, paths):
        """The files from where we are on; all of them when that one is not there (any more)."""
        if self.at:
            for number, path in enumerate(paths):
                if os.stat(path).st_ino == self.at[0]:
                    return paths[number:]
        if paths:
            self.at = [os.stat(paths[0]).st_ino, 0]
        return paths

    def _read(self, path, grows):
        inode, offset = self.at
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size < offset:
                offset = 0
            file.seek(offset)
            data = file.read(CHUNK_BYTES)
        # Of the file that grows whole lines only, unless one fills all the room.
        end = data.rfind(b"\n") + 1
        if end == 0 and (not grows or len(data) == CHUNK_BYTES):
            end = len(data)
        made = []
        for line in io.BytesIO(data[:end]):  # by \n and nothing else, as make logs reads them
            start, offset = offset, offset + len(line)
            made.append((line.rstrip(b"\n"), f"{inode}-{start}", [inode, offset]))
        return made


class Shipper:
    def __init__(self, settings, host):
        self.settings, self.host = settings, host
        self.state = files.read_json(settings["state"], {})
        self.relp, self.sent_cnt, self.dirty = None, 0, False
        self.context = relp.tls(settings)

    def _paths(self, service):
        if service == HEADS:
            return [path for path in [self.settings["heads"]] if os.path.exists(path)]
        return files.plain(self.settings["dir"], service)

    def waits(self, path):
        """True while not all of path is known to be at the other side."""
        service = os.path.basename(os.path.dirname(path))
        at, paths = self.state.get(service), self._paths(service)
        if not at or path not in paths:
            return True
        inodes = [os.stat(other).st_ino for other in paths]
        return at[0] not in inodes or paths.index(path) >= inodes.index(at[0])

    def step(self):
        """Sends what there is; how many lines went.  Raises relp.Away: what was under way will go again."""
        before = self.sent_cnt
        try:
            if not self.relp:
                self.relp = relp.Relp(self.settings["host"], self.settings["port"], self.context)
            for service in [*files.services(self.settings["dir"]), HEADS]:
                self._send(Log(service, self.state.get(service)))
        except (relp.Away, OSError):
            self.close()
            raise
        finally:
            self.keep()
        return self.sent_cnt - before

    def _send(self, log):
        for line, name, place in log.chunk(self._paths(log.service)):
            made = lines.record(self.host, log.service, line, name, log.stamped)
            self.relp.send(b"syslog", lines.syslog(made), place)
            while self.relp.full():
                self._had(log.service, self.relp.answers())
        while self.relp.waiting:
            self._had(log.service, self.relp.answers())
        # A file that is at its end hands over to the next one.
        if log.at and self.state.get(log.service, [0])[0] != log.at[0]:
            self.state[log.service], self.dirty = log.at, True

    def _had(self, service, places):
        for place in places:
            self.state[service], self.dirty = place, True
            self.sent_cnt += 1

    def keep(self):
        if self.dirty:
            files.write_json(self.settings["state"], self.state)
            self.dirty = False

    def close(self):
        if self.relp:
            self.relp.close()
            self.relp = None
