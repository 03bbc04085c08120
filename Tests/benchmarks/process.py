"""A program under test: started here, ended here by its pid, and what it costs as the kernel counts it.

CPU is the process's own clock (clock_getcpuclockid(3)), in nanoseconds, threads that have ended
included; /proc/PID/stat would round to ticks of 10 ms. Memory is smaps_rollup, which walks the page
tables; the counters in /proc/PID/status may be off by some hundred KB.
"""

import os
import signal
import subprocess
import time

STOP_SECONDS = 60


class NoStart(Exception):
    """The program did not come up; the text is what it said."""


class Server:
    """A process with a directory of its own, in which `out` holds what it says."""

    def __init__(self, words, directory, environment=None):
        self.words, self.directory = words, directory
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def spawn(self):
        os.makedirs(self.directory, exist_ok=True)
        with open(self.directory + "/out", "ab") as out:
            self.process = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.environment,
                cwd=self.directory,
            )

    def awaits(self, isReady, seconds=600, pause=0.001):
        """Polls until `isReady` says so."""
        deadline = time.monotonic() + seconds
        while not isReady():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.fail()
            time.sleep(pause)

    def fail(self):
        self.kill()
        with open(self.directory + "/out", errors="replace") as out:
            raise NoStart(f"{self.words[0]}: {out.read()[-800:]}")

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM; kills it only when it does not end."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        """Starts it, unless it was started to be filled before."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        return self

    def __exit__(self, *fault):
        self.stop()

    def start(self):
        self.spawn()

    # What it costs.

    @property
    def cpuSeconds(self):
        return cpuSeconds(self.pid)

    @property
    def residentBytes(self):
        return rollup(self.pid)["Rss"]

    @property
    def anonymousBytes(self):
        """What no file holds: heap and stacks."""
        return rollup(self.pid)["Anonymous"]

    def forgetPeak(self):
        """The high-water mark starts anew.  Source: proc(5), /proc/PID/clear_refs, value 5."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")

    @property
    def peakBytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0


def cpuSeconds(pid):
    """CLOCK of a process, as clock_getcpuclockid(3) makes it: ~pid << 3 | 2."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e9


def rollup(pid):
    """The sums of smaps, bytes by name."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        rows = (line.split() for line in file.readlines()[1:])
        return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows}


def children(pid):
    """The processes whose parent it is; the kernel may lack /proc/PID/task/TID/children."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found.append(int(name))
    return found
