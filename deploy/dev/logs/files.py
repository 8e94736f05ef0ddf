"""files - what lies in the folder of logs, and how the service of the logs writes its own.

A service's folder has svlogd's `current` and what was turned over, `@TIME.s` (TIME sorts), later `@TIME.s.gz`.
"""
import json
import os


def services(folder):
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())


def old(folder, service):
    """What was turned over, oldest first, packed or not."""
    place = os.path.join(folder, service)
    return [os.path.join(place, name) for name in sorted(os.listdir(place)) if name.startswith("@")]


def plain(folder, service):
    """What can be read as it is, oldest first, current last."""
    found = [path for path in old(folder, service) if not path.endswith((".gz", ".new", ".t"))]
    current = os.path.join(folder, service, "current")
    return found + ([current] if os.path.exists(current) else [])


def write_json(path, value):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")
    os.replace(path + ".new", path)


def read_json(path, otherwise):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return otherwise
