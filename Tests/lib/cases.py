"""Cases as TAP: what Tests/pager and Tests/check share.  CASE=NAME restricts them to those with it in their names."""

import os
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


def same(found, wanted, what=""):
    expect(found == wanted, what, f"\n  found  {found!r}\n  wanted {wanted!r}")


def until(condition, seconds=10, what="it did not come"):
    end = time.time() + seconds
    while time.time() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise Failure(what)


def run_all(*arguments):
    failures = 0
    chosen = [one for one in cases if not os.environ.get("CASE") or os.environ["CASE"] in one.__name__]
    for number, one in enumerate(chosen, 1):
        started = time.time()
        try:
            one(*arguments)
            word = "ok"
        except Exception as error:  # noqa: BLE001
            failures += 1
            word = "not ok"
            detail = str(error) if isinstance(error, Failure) else traceback.format_exc()
            print("".join(f"# {line}\n" for line in detail.splitlines()), end="")
        print(f"{word} {number} - {one.__doc__.strip()} ({time.time() - started:.1f} s)", flush=True)
    print(f"1..{len(chosen)}")
    sys.exit(1 if failures else 0)
