#!/usr/bin/env python3
"""settings VAR - writes VAR/etc/logs.json, which the service of the logs reads; an unset variable leaves what is there.

  BIJLI_LOG_DAYS   how long logs are kept (180; CERT-In's directions of 28 April 2022 want 180 days, in India)
  BIJLI_LOG_MB     the most that they may take (2000)
  BIJLI_LOG_TO     HOST:PORT of another machine's rsyslog (imrelp), or none
  BIJLI_LOG_CA     who signed its certificate (the machine's own list); none: no TLS, to this machine itself only
  BIJLI_LOG_CERT, BIJLI_LOG_KEY   who we are, where it wants to know

The three files are copied to where the service may read them.
"""
import os
import pwd
import re
import shutil
import sys

import files

WANTED = {  # variable: name, first value, what it may be
    "BIJLI_LOG_DAYS": ("keep_days", 180, r"[1-9]\d{0,3}"),
    "BIJLI_LOG_MB": ("max_mb", 2000, r"[1-9]\d{0,6}"),
    "BIJLI_LOG_TO": ("to", "none", r"none|[\w.-]+:\d{1,5}"),
    "BIJLI_LOG_CA": ("ca_file", "", r"none|/.*|"),
    "BIJLI_LOG_CERT": ("cert_file", "", r"/.*|"),
    "BIJLI_LOG_KEY": ("key_file", "", r"/.*|"),
}
MEANT = {"keep_days": "days, 1 to 9999", "max_mb": "megabytes", "to": "HOST:PORT, or none",
         "ca_file": "a file's whole path, or none", "cert_file": "a file's whole path", "key_file": "a file's whole path"}
HERE = ("localhost", "127.0.0.1")


def die(text):
    sys.exit(f"bijli: {text}")


def asked(before):
    made = {}
    for variable, (name, first, form) in WANTED.items():
        text = os.environ.get(variable)
        if text is None:
            made[name] = before.get(name, first)
        elif not re.fullmatch(form, text):
            die(f"{variable}={text}: {MEANT[name]}")
        else:
            made[name] = int(text) if isinstance(first, int) else text
    return made


def take(var, name, path):
    """Copies path to where the service reads it, and nobody else."""
    target = f"{var}/etc/logs-{name.removesuffix('_file')}.pem"
    if path in ("", "none", target):
        return path
    os.umask(0o077)
    try:
        shutil.copyfile(path, target + ".new")
    except OSError:
        die(f"{path} cannot be read")
    if os.geteuid() == 0:
        os.chown(target + ".new", 0, pwd.getpwnam("bijli-logs").pw_gid)
    os.chmod(target + ".new", 0o640 if os.geteuid() == 0 else 0o600)
    os.replace(target + ".new", target)
    return target


def main(var):
    path = f"{var}/etc/logs.json"
    made = asked(files.read_json(path, {}))
    host, _, port = made["to"].partition(":")
    if int(port or 1) not in range(1, 65536):
        die(f"BIJLI_LOG_TO={made['to']}: a port is 1 to 65535")
    tls = made["ca_file"] != "none"
    if made["to"] != "none" and not tls and host not in HERE:
        die(f"BIJLI_LOG_CA=none: logs go to another machine under TLS only, and {host} is none of {', '.join(HERE)}")
    for name in ("ca_file", "cert_file", "key_file"):
        made[name] = take(var, name, made[name])
    status = "logs/status.json" if os.geteuid() == 0 else "logs.status.json"  # deploy/dev/lib/users.sh
    made |= {"host": host, "port": int(port or 0), "tls": tls, "dir": f"{var}/log", "heads": f"{var}/trail/heads",
             "state": f"{var}/log/logs/sent.json", "status": f"{var}/run/{status}"}
    if made != files.read_json(path, None):
        files.write_json(path, made)
        os.chmod(path, 0o644)


if __name__ == "__main__":
    main(sys.argv[1])
