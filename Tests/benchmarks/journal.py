"""opswatch reads the entries of a journal that came while it was down; prints resident set and peak, MB.

    unshare --mount --propagation private journal.py OPSD OPSWATCH DIRECTORY ENTRIES

The journal's directories are this mount namespace's own, so the host's journal is neither read nor written.
A third of the entries are sshd's, and a tenth of those are failed logins.
"""

import os
import subprocess
import sys
import time

import detect
from opsd import Opsd, settings

WRITER = "/lib/systemd/systemd-journal-remote"
JOURNAL = "/var/log/journal"
STEP_MICROSECONDS = 10


def entry(number, count, now):
    unit = "nginx" if number % 3 else "ssh"
    message = (f"Failed password for invalid user a{number} from 203.0.{number // 250 % 250}.{number % 250} port 7 ssh2"
               if number % 30 == 0 else f"Accepted publickey for root from 198.51.100.7 port {number % 60000} ssh2")
    return (f"__REALTIME_TIMESTAMP={now - (count - number) * STEP_MICROSECONDS}\n"
            f"__MONOTONIC_TIMESTAMP={number + 1}\n_BOOT_ID=00112233445566778899aabbccddeeff\n_HOSTNAME=web\n"
            f"SYSLOG_IDENTIFIER=sshd\n_PID={number % 30000}\n_UID=0\n_COMM=sshd\n_SYSTEMD_UNIT={unit}.service\n"
            f"PRIORITY=6\nMESSAGE={message}\n\n")


def write(name, count):
    with open("/etc/machine-id") as file:
        directory = f"{JOURNAL}/{file.read().strip()}"
    os.makedirs(directory, exist_ok=True)
    now = int(time.time() * 1e6)
    writer = subprocess.Popen(
        [WRITER, "-o", f"{directory}/{name}.journal", "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    for first in range(0, count, 10_000):
        numbers = range(first, min(first + 10_000, count))
        writer.stdin.write("".join(entry(number, count, now) for number in numbers))
    writer.stdin.close()
    if writer.wait():
        raise OSError(f"{WRITER} failed")


def memory(pid, name):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in file if line.startswith(name))


def read(daemon):
    return daemon.ask("detector sources")["sources"][0]["lines"]


def main():
    opsd, opswatch, directory, count = *sys.argv[1:4], int(sys.argv[4])
    for path in (JOURNAL, "/run/log/journal"):
        os.makedirs(path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", path], check=True)
    daemon = Opsd(opsd, directory, watch={"rules": ["sshd"]})
    with daemon:
        detector = detect.Opswatch(opswatch, daemon.words[-1], directory + "/detector")
        write("system", 10)
        with detector:
            time.sleep(2)
        write("system@later", count)
        with detector:
            deadline = time.monotonic() + 120
            # Figures come every ten seconds at the latest.
            while read(daemon) < count / 3:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{read(daemon)} entries of {count} were read")
                time.sleep(0.5)
            time.sleep(2)
            print(f"{memory(detector.pid, 'VmRSS'):.1f} {memory(detector.pid, 'VmHWM'):.1f}")


if __name__ == "__main__":
    main()
