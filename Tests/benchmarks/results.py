"""Rows and the setting they were measured in, kept in a file between runs."""

import json
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass

from measure import Row

PROGRAMS = {
    "Redis": ["redis-server", "--version"],
    "fail2ban": ["fail2ban-client", "--version"],
    "sshguard": ["sshguard", "-v"],
    "node_exporter": ["prometheus-node-exporter", "--version"],
    "monit": ["monit", "--version"],
    "hyperfine": ["hyperfine", "--version"],
}


@dataclass
class Results:
    rows: list
    setting: dict


def merge(path, rows, setting):
    """These rows and those of `path`, of which the new ones replace their figures; kept there."""
    kept = Results(rows, {**setting, "commits": [setting["commit"]]})
    if path and os.path.exists(path):
        with open(path) as file:
            old = json.load(file)
        fresh = {row.figure for row in rows}
        stayed = [row for row in map(Row.fromJSON, old["rows"]) if row.figure not in fresh]
        kept.rows = sorted(stayed + rows, key=lambda row: row.figure)
        if stayed:
            commits = old["setting"]["commits"] + kept.setting["commits"]
            kept.setting["commits"] = list(dict.fromkeys(commits))
    if path:
        with open(path + ".tmp", "w") as file:
            json.dump(
                {"setting": kept.setting, "rows": [row.toJSON() for row in kept.rows]}, file, indent=1
            )
        os.replace(path + ".tmp", path)
    return kept


def setting(stage):
    """The machine and the versions, as text by name."""
    return {
        "commit": commit(),
        "machine": f"{processor()}, 2 cores of {os.cpu_count()} used",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "kernel": f"Linux {platform.release()}",
        "system": system(),
        "disk": fileSystem(stage.directory),
        "runs": str(stage.runs),
        **{name: version(words) for name, words in PROGRAMS.items()},
    }


def said(words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=20)
        return (done.stdout + done.stderr).strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def version(words):
    """The first thing that looks like a version."""
    found = re.search(r"\d+\.\d+[\w.+-]*", said(words)) if shutil.which(words[0]) else None
    return found.group(0) if found else "not here"


def commit():
    short = said(["git", "rev-parse", "--short", "HEAD"])
    isChanged = said(["git", "status", "--porcelain", "--untracked-files=no", "Sources"])
    return short + (" with changes" if isChanged else "")


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def system():
    with open("/etc/os-release") as file:
        for line in file:
            if line.startswith("PRETTY_NAME="):
                return line.partition("=")[2].strip().strip('"')
    return platform.system()


def fileSystem(path):
    """Kind and device of the mount that holds `path`."""
    best = ("", "unknown", "unknown")
    with open("/proc/self/mounts") as file:
        for line in file:
            device, place, kind = line.split()[:3]
            isAbove = (path + "/").startswith(place.rstrip("/") + "/")
            if isAbove and len(place) >= len(best[0]):
                best = (place, kind, device)
    return f"{best[1]} on {os.path.basename(best[2])}"
