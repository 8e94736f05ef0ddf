#!/usr/bin/env python3
"""read VAR [SERVICE...] - all logs of a world as one, in the order of time: a JSON object a line (lines.py)."""
import gzip
import heapq
import json
import os
import socket
import sys

import files
import lines


def records(folder, service, host):
    paths = files.old(folder, service) + [os.path.join(folder, service, "current")]
    for path in paths:
        if not os.path.exists(path):
            continue
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
            offset = 0
            for line in file:
                made = lines.record(host, service, line.rstrip(b"\n"), f"{os.path.basename(path)}-{offset}")
                offset += len(line)
                yield made["time"], service, offset, made


def main(var, services):
    folder, host = f"{var}/log", socket.gethostname()
    rows = [records(folder, name, host) for name in services or files.services(folder)]
    for *_, made in heapq.merge(*rows, key=lambda row: row[:3]):
        print(json.dumps(made, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except BrokenPipeError:
        os.close(sys.stdout.fileno())
