"""Runs of the tests with one fault on, or none: until the first test fails, the process dies, or hangs.

The bundle that `swift build --build-tests` makes is a program, run here without `swift test` around it:
it says what happens as JSON on a pipe, so that a failure is known the moment it is recorded.
"""

import dataclasses
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time

# Nothing of the caller's may reach a daemon under test.
OTHERS = ("NOTIFY_SOCKET", "SYSTEMD_EXEC_PID", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
          "OPSD_SOCKET", "OPSD_REGENERATE", "OPSD_MUTANT")
# How the bundle exits where the options leave no test: EX_UNAVAILABLE of sysexits.h(3head).
NO_TESTS = 69
# Far more than the tests take: a loop without an end must not take the machine's.
MEMORY_BYTES = 8 << 30
# What a dying Swift program says last.
LAST_WORDS = re.compile(r"^.*\b(?:Fatal error|Precondition failed|fatalError)\b.*$", re.M)


@dataclasses.dataclass
class Run:
    """How a run ended."""

    # The test that failed first, as OpsCoreTests.Suite/test(), or the place in a file of one that failed
    # in a thread of its own; None: none failed.
    test: str = None
    # It can be run by its name.
    hasName: bool = True
    # Why it ended otherwise than by passing or by that test: for people.
    words: str = None
    count: int = 0
    seconds: float = 0
    # The longest time without a word.
    silenceSeconds: float = 0
    # What each test took, seconds, in a run to its end.
    costs: dict = dataclasses.field(default_factory=dict)

    @property
    def isClean(self):
        return self.test is None and self.words is None

    def clock(self, isStart, payload):
        """A case of a test begins or ends: what is between is the test's cost."""
        name = test(payload)[0]
        seconds = payload["instant"]["absolute"]
        self.costs[name] = self.costs.get(name, 0) + (-seconds if isStart else seconds)

    @property
    def heavy(self):
        """The few tests that most of the time goes into."""
        bound = sum(self.costs.values()) / 200
        return sorted(name for name, cost in self.costs.items() if cost > bound)


@dataclasses.dataclass
class Limits:
    """What makes a run a hang: so long in all, or so long without a word."""

    seconds: float
    silenceSeconds: float

    @staticmethod
    def after(seconds, silenceSeconds):
        """For runs with a fault, by what all tests took without one."""
        return Limits(4 * seconds + 60, 4 * silenceSeconds + 60)


@dataclasses.dataclass
class Stage:
    """Some of the tests."""

    name: str
    options: list


class Interrupted(Exception):
    """Somebody ended Tests/mutants."""


class Tests:
    """The bundle, run again and again, by several threads.  `isOver` ends what runs."""

    def __init__(self, tree, folder):
        self.tree, self.folder, self.isOver = tree, folder, False
        os.makedirs(folder, exist_ok=True)

    def log(self, mutant=None):
        return os.path.join(self.folder, (mutant or "none") + ".log")

    def begin(self, mutant=None):
        """Forgets what was said in earlier runs of it."""
        open(self.log(mutant), "wb").close()

    def run(self, stage, limits, mutant=None):
        """One run; with a fault on it ends with the first failure."""
        scratch = tempfile.mkdtemp(prefix="om", dir="/tmp")  # sockets want short paths
        log = self.log(mutant)
        reading, writing = os.pipe()
        environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
        environment |= {"TMPDIR": scratch, "SWIFT_BACKTRACE": "enable=no", "NO_COLOR": "1"}
        if mutant:
            environment["OPSD_MUTANT"] = mutant
        words = [self.tree.binary, "--testing-library", "swift-testing", "--event-stream-version", "0",
                 "--event-stream-output-path", f"/dev/fd/{writing}"] + stage.options
        began = time.monotonic()
        with open(log, "ab") as said:
            said.write(f"\n== {stage.name}\n".encode())
            said.flush()
            start = said.tell()
            process = subprocess.Popen(
                words, cwd=self.tree.path, env=environment, stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, pass_fds=[writing], start_new_session=True)
        os.close(writing)
        try:
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            run = self.follow(process, reading, limits, bool(mutant))
        finally:
            end(process)
            os.close(reading)
            shutil.rmtree(scratch, ignore_errors=True)
        run.seconds = time.monotonic() - began
        if run.words == "":
            run.words = death(process.returncode, log, start)
        return run

    def follow(self, process, reading, limits, stopsAtOnce):
        """Reads what the tests say until they are over; words "": they died."""
        run, rest, isOver = Run(), b"", False
        deadline = time.monotonic() + limits.seconds
        heard = time.monotonic()
        while True:
            now = time.monotonic()
            if self.isOver:
                raise Interrupted
            if now >= heard + limits.silenceSeconds:
                run.words = f"a hang: {now - heard:.0f} s without output"
                return run
            if now >= deadline:
                run.words = f"a hang: not finished after {limits.seconds:.0f} s"
                return run
            if not select.select([reading], [], [], 1)[0]:
                # A child of the tests may hold the pipe.
                if process.poll() is None:
                    continue
                break
            run.silenceSeconds = max(run.silenceSeconds, now - heard)
            heard = now
            piece = os.read(reading, 1 << 16)
            if not piece:
                break
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                kind, payload = event(line)
                if kind == "testCaseEnded":
                    run.count += 1
                if kind in ("testCaseStarted", "testCaseEnded") and not stopsAtOnce:
                    run.clock(kind == "testCaseStarted", payload)
                elif kind == "runEnded":
                    isOver = True
                elif kind == "issueRecorded" and isFailure(payload) and run.test is None:
                    run.test, run.hasName = test(payload)
                    if stopsAtOnce:
                        return run
        try:
            code = process.wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            run.words = "a hang at the end"
            return run
        if run.test is None and (code != 0 or not isOver) and code != NO_TESTS:
            run.words = ""
        return run


def event(line):
    try:
        record = json.loads(line)
    except ValueError:
        return None, {}
    payload = record.get("payload", {})
    return (payload.get("kind") if record.get("kind") == "event" else None), payload


def isFailure(payload):
    issue = payload.get("issue", {})
    return not issue.get("isKnown", False) and issue.get("severity", "error") == "error"


def test(payload):
    """A test without the place of its file, as --filter takes it; and whether it is one."""
    if name := payload.get("testID"):
        return re.sub(r"/[^/]+\.swift:\d+:\d+$", "", name), True
    place = payload.get("issue", {}).get("sourceLocation", {})
    return f"{place.get('fileID', 'no file')}:{place.get('line', 0)}", False


def death(code, log, start):
    """What the process died of, in its last words."""
    with open(log, encoding="utf-8", errors="replace") as file:
        file.seek(start)
        last = LAST_WORDS.findall(file.read())
    how = signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"
    return f"a crash ({how})" + (f": {last[-1].strip()[:160]}" if last else "")


def end(process):
    """Ends the tests and whatever they started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def only(name):
    """One test by itself."""
    return Stage(name, ["--filter", anyOf([name])])


def stages(rooms, heavy):
    """All tests in the order in which they are most likely to notice something for their time."""
    own = [room + "Tests." for room in rooms]
    mine = [name for name in heavy if name.startswith(tuple(own))]
    others = [name for name in heavy if name not in mine]
    found = [
        Stage("the quick tests of " + ", ".join(rooms), ["--filter", anyOf(own), "--skip", anyOf(heavy)]),
        Stage("all other quick tests", ["--skip", anyOf(own + heavy)]),
        Stage("the long tests of " + ", ".join(rooms), ["--filter", anyOf(mine)]),
        Stage("all other long tests", ["--filter", anyOf(others)]),
    ]
    return [stage for stage in found if "^()" not in stage.options]


def anyOf(names):
    """For --filter and --skip: what begins with one of these."""
    return "^(" + "|".join(re.escape(name) for name in names) + ")"
