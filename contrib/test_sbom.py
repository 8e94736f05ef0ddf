#!/usr/bin/env python3
"""test_sbom - the bill of materials against what there is, found out in other ways than contrib/sbom does; prints TAP."""
import glob
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DAY_S = 86400
sys.dont_write_bytecode = True


def program(name):
    """A program of this folder as a module."""
    loader = importlib.machinery.SourceFileLoader(name, f"{ROOT}/contrib/{name}")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check(name, wrong):
    """wrong: what does not hold."""
    wrong = list(wrong)
    print(f"ok sbom: {name}" if not wrong else f"not ok sbom: {name}: {wrong[:5]}")
    return not wrong


# CycloneDX 1.5: required fields, ids used once, references that lead somewhere.
def well_formed(bill):
    refs = [one["bom-ref"] for one in bill["components"]] + [bill["metadata"]["component"]["bom-ref"]]
    if (bill["bomFormat"], bill["specVersion"], bill["version"]) != ("CycloneDX", "1.5", 1):
        yield "head"
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", bill["serialNumber"]):
        yield bill["serialNumber"]
    yield from {ref for ref in refs if refs.count(ref) > 1} if len(set(refs)) != len(refs) else []
    depends = [one["ref"] for one in bill["dependencies"]]
    yield from {ref for ref in depends if depends.count(ref) > 1} if len(set(depends)) != len(depends) else []
    yield from set(depends + [to for one in bill["dependencies"] for to in one["dependsOn"]]) - set(refs)
    for one in bill["components"]:
        if one["type"] not in ("library", "application") or not one["name"] or not one["version"] \
                or one["scope"] not in ("required", "excluded"):
            yield one
        if one["type"] == "library" and not re.fullmatch(
                r"pkg:(deb/debian/[\w.~%-]+@[\w.~%-]+\?arch=\w+&distro=debian-12|npm/(%40[\w.~-]+/)?[\w.~-]+@[\w.~%-]+)", one["purl"]):
            yield one["purl"]
        for made in one.get("hashes", []):
            if len(made["content"]) != {"SHA-512": 128, "SHA-256": 64, "SHA-1": 40}[made["alg"]]:
                yield one["purl"]


# By readelf and the loader's own table, not by ldd.
def not_linked(bill):
    table = dict(re.findall(r"^\s(\S+) \(.*x86-64.*\) => (\S+)$", output("ldconfig", "-p"), re.M))
    version = dict(line.split("\t") for line in output("dpkg-query", "-W", "-f", "${Package}\\t${Version}\\n").splitlines())
    have = {(one["name"], one["version"]) for one in bill["components"]}
    depends = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    paths = {}
    for path in glob.glob(f"{ROOT}/build/gcc/bin/*"):
        for name in re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "-d", path)):
            if not name.startswith("libbijli"):
                paths.setdefault(table[name], set()).add(os.path.basename(path))
    names = {os.path.realpath(path) for path in paths}
    said = subprocess.run(["dpkg", "-S", *names, *(name.removeprefix("/usr") for name in names)], capture_output=True, text=True, check=False)
    of = {os.path.realpath(path): package.split(":")[0] for package, path in re.findall(r"^(\S+): (\S+)$", said.stdout, re.M)}
    for path, users in paths.items():
        package = of[os.path.realpath(path)]
        if (package, version[package]) not in have:
            yield package
        for user in users:
            if not any(f"/{package}@".replace("+", "%2B") in ref for ref in depends[f"bijli/{user}"]):
                yield f"{user} -> {package}"
    if len(paths) < 20:
        yield f"only {len(paths)} libraries"


def not_listed(bill):
    names = {one["name"] for one in bill["components"]}
    missing = set()
    for path in glob.glob(f"{ROOT}/deploy/dev/packages*.txt"):
        with open(path, encoding="utf-8") as file:
            missing |= {line.split()[0] for line in file if line.strip() and line[0] != "#"} - names
    # On a machine that has not all of them installed they are not there to be billed.
    return [name for name in missing if subprocess.run(["dpkg", "-s", name], capture_output=True, check=False).returncode == 0]


def not_locked(bill):
    have = {}
    for one in bill["components"]:
        have[(one["name"], one["version"])] = {made["content"] for made in one.get("hashes", [])}
    count = 0
    for path in glob.glob(f"{ROOT}/**/package-lock.json", recursive=True):
        if "node_modules" in path:
            continue
        with open(path, encoding="utf-8") as file:
            for place, package in json.load(file)["packages"].items():
                name = package.get("name", place.split("node_modules/")[-1])
                if not place:
                    continue
                count += 1
                if (name, package["version"]) not in have:
                    yield f"{name} {package['version']}"
                elif "integrity" in package and not have[(name, package["version"])]:
                    yield f"{name} has no hash"
    if count < 500:
        yield f"only {count} in the lock files"


# Time runs from when an update was seen first, and differs by what it is.
def wrong_times():
    outdated = program("outdated")
    newest = outdated.upgradable("Listing...\nlibssl3/oldstable-security 3.0.22 amd64 [upgradable from: 3.0.19]\n"
                                 "redis-server/oldstable-security,x 7.1 amd64 [upgradable from: 7.0]\n"
                                 "gcc/oldstable 13 amd64 [upgradable from: 12]\nother/oldstable 2 amd64 [upgradable from: 1]\n")
    def of(name, source, version, scope="required"):
        return {"name": name, "version": version, "scope": scope, "purl": f"pkg:deb/debian/{name}",
                "properties": [{"name": "bijli:source", "value": f"{source} 1"}]}
    bill = [of("libssl3", "openssl", "3.0.19"), of("redis-server", "redis", "7.0"), of("gcc", "gcc-defaults", "12"),
            of("other", "other", "1", "excluded"), of("zlib1g", "zlib", "1")]
    seen, now = {}, 1e9
    first = outdated.waiting(bill, newest, seen, now)
    if [(round(row[0]), row[1], row[4]) for row in first] != [(2, "libssl3", True), (7, "redis-server", True), (30, "gcc", False)]:
        yield first
    newest["libssl3"] = ("3.0.23", True)
    if [round(row[0]) for row in outdated.waiting(bill, newest, seen, now + 3 * DAY_S)] != [-1, 4, 27]:
        yield "three days later"
    outdated.waiting(bill, {}, seen, now)
    if seen:
        yield "what was updated is remembered"


def main():
    with tempfile.TemporaryDirectory() as place:
        output(f"{ROOT}/contrib/sbom", f"{place}/sbom.json")
        with open(f"{place}/sbom.json", encoding="utf-8") as file:
            bill = json.load(file)
    good = [check("it is CycloneDX, ids once, references lead somewhere", well_formed(bill)),
            check("every library that a program of ours needs", not_linked(bill)),
            check("every package of the lists that is installed", not_listed(bill)),
            check("every package of the lock files, with its hash", not_locked(bill)),
            check("updates that wait, and how long they may", wrong_times())]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
