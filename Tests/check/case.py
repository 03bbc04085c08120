"""What the cases share: results as TAP, programs that end with the case, a network of their own."""

import os
import subprocess
import sys
import time
import traceback

cases = []


def case(function):
    cases.append(function)
    return function


class Failure(Exception):
    pass


def expect(condition, *what):
    if not condition:
        raise Failure(" ".join(str(word) for word in what) or "not so")


def until(condition, seconds=10, what="it did not come"):
    end = time.time() + seconds
    while time.time() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure(what)


def run_all():
    failures = 0
    chosen = [one for one in cases if not os.environ.get("CASE") or os.environ["CASE"] in one.__name__]
    for number, one in enumerate(chosen, 1):
        started = time.time()
        try:
            one()
            word = "ok"
        except Exception as error:  # noqa: BLE001
            failures += 1
            word = "not ok"
            detail = str(error) if isinstance(error, Failure) else traceback.format_exc()
            print("".join(f"# {line}\n" for line in detail.splitlines()), end="")
        print(f"{word} {number} - {one.__doc__.strip()} ({time.time() - started:.1f} s)", flush=True)
    print(f"1..{len(chosen)}")
    sys.exit(1 if failures else 0)


def enter_network():
    """Goes on in a network and a mount namespace of its own, as the root of it."""
    if os.environ.get("CHECK_NETWORK") != "own":
        words = ["unshare", "--net", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])
        os.environ["CHECK_NETWORK"] = "own"
        os.execvp(words[0], [*words, sys.executable, *sys.argv])
    shell("ip link set lo up")
    shell("sysctl -qw net.ipv4.ping_group_range='0 0'")


def shell(line):
    subprocess.run(["sh", "-ec", line], check=True)


def bind(text, place):
    """Has a file of the system's read as this text, for this script and what it starts."""
    path = f"/tmp/check-bind.{os.getpid()}.{os.path.basename(place)}"
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o644)
    shell(f"mount --bind {path} $(readlink -f {place})")
    os.unlink(path)
