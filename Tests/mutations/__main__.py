"""The main part of Tests/mutants: reads the options, builds the faults in, runs the tests with each, reports."""

import argparse
import concurrent.futures
import json
import os
import signal
import sys
import threading
import time

import records
import runs
from tree import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BASE = os.path.join(ROOT, ".build", "mutants")


def options():
    parser = argparse.ArgumentParser(prog="Tests/mutants")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--table")
    parser.add_argument("names", nargs="*")
    found = parser.parse_args()
    if found.jobs < 1:
        parser.error("--jobs must be at least 1")
    return found


def say(*words):
    print(*words, flush=True)


def summary(passed, failed, skipped=0):
    """The last line; the exit status."""
    say(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if failed == 0 and passed > 0 else 1


def table(rows):
    """Lines with columns as wide as they need to be."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[-1] for row in rows]


# MARK: The list


def fit(mutants):
    """Those whose texts are found, and the names of the others, which are reported."""
    lost = {}
    for mutant, words in records.locate(ROOT, mutants)[2]:
        lost.setdefault(mutant.name, []).append(words)
    for mutant in mutants:
        for words in lost.get(mutant.name, []):
            say(f"not ok - {mutant.name} ({mutant.place}): {words}")
    return [mutant for mutant in mutants if mutant.name not in lost], lost


def tell(mutants):
    rows = [("name", "file", "what it does")]
    rows += [(mutant.name, places(mutant), mutant.what) for mutant in mutants]
    for line in table(rows):
        say(line)


def places(mutant):
    return ", ".join(path.removeprefix("Sources/") for path in mutant.files)


# MARK: Without a fault


class Memory:
    """What earlier runs found, kept in a file; nothing but time depends on it."""

    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        try:
            with open(path, encoding="utf-8") as file:
                self.values = json.load(file)
        except (OSError, ValueError):
            self.values = {}

    def keep(self, name, value):
        with self.lock:
            self.values[name] = value
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.values, file, indent=1, sort_keys=True)
            os.replace(self.path + ".new", self.path)


def withoutFault(tests, memory):
    """Runs all tests with no fault on, once for each build: what they took; None: one failed."""
    status = os.stat(tests.tree.binary)
    build = [status.st_mtime_ns, status.st_size]
    known = memory.values.get("(none)")
    if not known or known["build"] != build:
        say("\n== all tests, without a fault")
        tests.begin()
        run = tests.run(runs.Stage("all", []), runs.Limits(3_600, 600))
        if not run.isClean or run.count == 0:
            why = run.test or run.words or "no test ran"
            say(f"not ok - without a fault: {why}; see {tests.log()}")
            return None
        known = {"build": build, "seconds": run.seconds, "silence": run.silenceSeconds, "heavy": run.heavy}
        memory.keep("(none)", known)
        say(f"ok - without a fault: {run.count} pass, {run.seconds:.0f} s")
    return known


# MARK: With one


def notice(mutant, tests, memory, known):
    """What notices a fault, in words; None: nothing does."""
    tests.begin(mutant.name)
    limits = runs.Limits.after(known["seconds"], known["silence"])
    before = memory.values.get(mutant.name)
    if before and tests.run(runs.only(before), limits, mutant.name).test == before:
        return before
    for stage in runs.stages(mutant.rooms, known["heavy"]):
        run = tests.run(stage, limits, mutant.name)
        if run.test and isSure(run, stage, tests, limits, mutant):
            if run.hasName:
                memory.keep(mutant.name, run.test)
            return run.test
        if run.words:
            return f"{run.words} in {stage.name}"
    return None


def isSure(run, stage, tests, limits, mutant):
    """A test that fails by chance, on a busy machine, notices nothing: it must fail once more."""
    if run.hasName and not tests.run(runs.only(run.test), limits, mutant.name).isClean:
        return True
    return not tests.run(stage, limits, mutant.name).isClean


def judge(mutant, noticed):
    """The line about it, and which count it is in."""
    if noticed:
        kept = " (its excuse can go)" if mutant.excuse else ""
        return f"ok - {mutant.name}: noticed by {noticed}{kept}", "passed"
    if mutant.excuse:
        return f"skipped - {mutant.name}: unnoticed, as the list says: {mutant.excuse}", "skipped"
    return f"not ok - {mutant.name}: UNNOTICED: {mutant.what}", "failed"


def runAll(mutants, tests, memory, known, jobs):
    """Runs the tests with each fault; the rows of the table, and the counts."""
    counts, noticed = {"passed": 0, "failed": 0, "skipped": 0}, {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        began = {pool.submit(notice, mutant, tests, memory, known): mutant for mutant in mutants}
        try:
            for done in concurrent.futures.as_completed(began):
                mutant = began[done]
                noticed[mutant.name] = done.result()
                line, count = judge(mutant, noticed[mutant.name])
                counts[count] += 1
                say(line)
        except BaseException:
            tests.isOver = True
            pool.shutdown(cancel_futures=True)
            raise
    rows = [("name", "file", "what it does", "noticed by")]
    for mutant in mutants:
        rows.append((mutant.name, places(mutant), mutant.what, noticed[mutant.name] or "UNNOTICED"))
    return rows, counts


def main():
    wanted = options()
    try:
        mutants = records.load(HERE)
    except records.Faulty as fault:
        for line in str(fault).split("\n"):
            say(f"not ok - {line}")
        return summary(0, len(str(fault).split("\n")))
    if unknown := set(wanted.names) - {mutant.name for mutant in mutants}:
        print(f"Tests/mutants: there is no fault {min(unknown)}; --list names them", file=sys.stderr)
        return 2
    if wanted.list:
        tell(mutants)
        return 0
    good, lost = fit(mutants)
    if wanted.check:
        return summary(len(good), len(lost))
    chosen = [mutant for mutant in good if not wanted.names or mutant.name in wanted.names]
    missing = len(lost) if not wanted.names else len(lost.keys() & set(wanted.names))
    began = time.monotonic()
    os.makedirs(BASE, exist_ok=True)
    tree = Tree(ROOT, BASE)
    tree.make(good)
    say(f"\n== the tests with {len(good)} faults in the sources, each behind its switch")
    if not tree.build(os.environ.get("SWIFT", "swift"), max(2, wanted.jobs)):
        for line in tree.complaints(good):
            say(f"not ok - {line}")
        return summary(0, 1 + missing)
    memory = Memory(os.path.join(BASE, "noticed.json"))
    tests = runs.Tests(tree, os.path.join(BASE, "logs"))
    known = withoutFault(tests, memory)
    if known is None:
        return summary(0, 1 + missing)
    say(f"\n== {len(chosen)} faults, one at a time")
    rows, counts = runAll(chosen, tests, memory, known, wanted.jobs)
    lines = table(rows)
    say("\n" + "\n".join(lines))
    if wanted.table:
        with open(wanted.table, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    say(f"\nmutants in {time.monotonic() - began:.0f} s")
    return summary(counts["passed"], counts["failed"] + missing, counts["skipped"])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
