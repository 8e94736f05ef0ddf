"""lines - a line of any service's log as one record, whoever wrote it.

Shape    {"host", "service", "time", "level", "text", "id"}, and of our own processes "process" and "at".
         time is UTC (RFC 3339), level one of debug, info, warn, error; text is cut at TEXT_MAX characters.
Input    a line of svlogd -tt: its stamp, then what the service said (our own: an object of bj_log.h).
"""
import json
import re

TEXT_MAX = 4000
SEVERITY = {"debug": 7, "info": 6, "warn": 4, "error": 3}  # RFC 5424, 6.2.1
LOCAL0 = 16

STAMP = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d\.\d+) (.*)", re.S)

# How the others begin a line: their own time (ours is in front), and a word for how bad it is.
FORMS = [
    re.compile(r"\d{4}-\d\d-\d\d [\d:.]+ UTC \S* ?(?P<level>[A-Z]+):  (?P<text>.*)", re.S),  # PostgreSQL
    re.compile(r"\d+:[XCSM] \d+ \w+ \d+ [\d:.]+ (?P<level>[.*#-]) (?P<text>.*)", re.S),  # Redis
    re.compile(r"\[\d+\] [\d/]+ [\d:.]+ \[(?P<level>[A-Z]+)\] (?P<text>.*)", re.S),  # NATS
    re.compile(r"[\d/]+ [\d:]+ \[(?P<level>[a-z]+)\] (?P<text>.*)", re.S),  # nginx
]
LEVELS = {
    "WARNING": "warn", "ERROR": "error", "FATAL": "error", "PANIC": "error",
    ".": "debug", "-": "info", "*": "info", "#": "warn",
    "WRN": "warn", "ERR": "error", "FTL": "error", "DBG": "debug", "TRC": "debug",
    "debug": "debug", "warn": "warn", "error": "error", "crit": "error", "alert": "error", "emerg": "error",
}


def ours(text):
    """What bj_log wrote, or None."""
    if not text.startswith('{"time":"'):
        return None
    try:
        got = json.loads(text)
    except (ValueError, RecursionError):
        return None
    names = ("time", "level", "process", "at", "text")
    if not all(isinstance(got.get(name), str) for name in names) or got["level"] not in SEVERITY:
        return None
    return {name: got[name] for name in names}


def theirs(text):
    for form in FORMS:
        found = form.match(text)
        if found:
            return {"level": LEVELS.get(found["level"], "info"), "text": found["text"]}
    return {"level": "info", "text": text}


def record(host, service, line, where, stamped=True):
    """line: bytes without the line's end; where: what names it for good; stamped: by svlogd."""
    text = line.decode("utf-8", "replace")
    stamp = STAMP.match(text) if stamped else None
    time = f"{stamp[1]}T{stamp[2]}Z" if stamp else "-"
    said = stamp[3] if stamp else text
    made = {"host": host, "service": service, "time": time, **(ours(said) or theirs(said)), "id": where}
    if len(made["text"]) > TEXT_MAX:
        made["text"] = made["text"][:TEXT_MAX] + " [cut]"
    return made


def syslog(made):
    """The record as a message of RFC 5424; its MSG is the record in JSON."""
    priority = LOCAL0 * 8 + SEVERITY[made["level"]]
    body = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return f"<{priority}>1 {made['time']} {made['host']} bijli-{made['service']} - - - {body}".encode("utf-8", "replace")
