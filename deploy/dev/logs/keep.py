"""keep - logs leave by age: packed an hour after they were turned over, gone after keep_days.

The disk has a bound (max_mb) all the same.  From WARN of it on that is a trouble, long before anything younger than
keep_days goes; past it the oldest goes first, and each such file is said.
"""
import gzip
import os
import shutil

import files

PACK_AFTER_S = 3600
WARN = 0.8
DAY_S = 86400
SAID_S = DAY_S  # how long a loss stays a trouble
DISK_FREE_MB_MIN = 200


class Keeper:
    """folder, keep_days, max_mb: of logs.json.  waits(path): it has still to be sent away.  say(level, text)."""

    def __init__(self, settings, waits, say):
        self.folder = settings["dir"]
        self.keep_s = settings["keep_days"] * DAY_S
        self.max_bytes = settings["max_mb"] * 1000000
        self.waits, self.say = waits, say
        self.lost_at, self.lost_cnt, self.bytes, self.oldest_s = 0, 0, 0, 0

    def step(self, now):
        room = True
        for path in self._old():
            age_s = now - os.stat(path).st_mtime
            if age_s > self.keep_s:
                os.unlink(path)
            elif room and age_s > PACK_AFTER_S and not path.endswith(".gz") and not self.waits(path):
                room = self._pack(path)
        self._bound(now)

    def _pack(self, path):
        try:
            pack(path)
            return True
        except OSError as error:  # a full disk, on which ages and the bound hold all the same
            self.say("error", f"{os.path.relpath(path, self.folder)} is not packed: {error.strerror}")
            return False

    def trouble(self, now):
        """A sentence, or an empty one."""
        days = self.keep_s // DAY_S
        if self.lost_at and now - self.lost_at < SAID_S:
            return f"{self.lost_cnt} logs younger than {days} days went: the disk's bound is reached"
        if self.bytes > WARN * self.max_bytes:
            return (f"logs take {self.bytes // 1000000} of {self.max_bytes // 1000000} MB and are {self.oldest_s // DAY_S} "
                    f"of {days} days old: raise BIJLI_LOG_MB before the oldest go")
        free_mb = shutil.disk_usage(self.folder).free // 1000000
        return f"{free_mb} MB of disk are left for logs" if free_mb < DISK_FREE_MB_MIN else ""

    def _old(self):
        return [path for name in files.services(self.folder) for path in files.old(self.folder, name)
                if not path.endswith((".new", ".t"))]

    def _bound(self, now):
        found = sorted((os.stat(path).st_mtime, os.stat(path).st_size, path) for path in self._old())
        current = [os.path.join(self.folder, name, "current") for name in files.services(self.folder)]
        self.bytes = sum(size for _, size, _ in found)
        self.bytes += sum(os.stat(path).st_size for path in current if os.path.exists(path))
        while self.bytes > self.max_bytes and found:
            _, size, path = found.pop(0)
            os.unlink(path)
            self.bytes -= size
            self.lost_cnt += 1
            self.lost_at = now
            self.say("error", f"{os.path.relpath(path, self.folder)} went before its time: logs took over "
                              f"{self.max_bytes // 1000000} MB")
        self.oldest_s = int(now - found[0][0]) if found else 0


def pack(path):
    """In place of path there is path.gz with the same age and rights; never neither of them."""
    about = os.stat(path)
    fresh = path + ".gz.new"
    try:
        with open(path, "rb") as source, gzip.open(fresh, "wb", 6) as target:
            shutil.copyfileobj(source, target)
    except OSError:
        os.unlink(fresh)
        raise
    os.chmod(fresh, about.st_mode & 0o640)
    os.utime(fresh, (about.st_atime, about.st_mtime))
    os.rename(fresh, path + ".gz")
    os.unlink(path)
