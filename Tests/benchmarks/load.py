"""opsbench, the one load generator: of opsd, and of every other server that answers lines.

A peer gets the same addresses in the same order over the same kind of socket in the same run.
"""

import json
import os
import subprocess
from dataclasses import dataclass

SEED = 1
LIMIT_SECONDS = 900


@dataclass(frozen=True)
class Load:
    """What one run of opsbench came to; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    p999: float
    most: float


def words(
    socket, requests, connections=50, pipeline=1, keys=1, sequential=False, rate=None, seed=SEED
):
    found = [
        "--socket", socket, "--connections", str(connections), "--pipeline", str(pipeline),
        "--requests", str(requests), "--keys", str(keys), "--seed", str(seed), "--json",
    ]
    if sequential:
        found.append("--sequential")
    if rate:
        found += ["--rate", str(rate)]
    return found


def opsbench(stage, workload, socket, requests, **shape):
    """A workload of opsd's by its name; of another server's by its lines, a list of text."""
    return Running(stage, workload, socket, requests, **shape).result()


class Running:
    """opsbench in the background."""

    def __init__(self, stage, workload, socket, requests, **shape):
        program = [stage.program("opsbench")]
        if isinstance(workload, str):
            program.append(workload)
        else:
            for line in workload:
                program += ["--raw", line]
            program += ["--eol", "crlf"]
        self.process = subprocess.Popen(
            program + words(socket, requests, **shape),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def result(self):
        try:
            out, complaint = self.process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if self.process.returncode:
            raise OSError(f"opsbench: {complaint.strip()[-500:]}")
        return read(out)

    def end(self):
        """It runs no longer than what it was beside."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate()


def read(text):
    told = json.loads(text)
    if told["errors"]:
        raise ValueError(f"opsbench was told {told['errors_by_code']}")
    latency = told["latency_us"]
    return Load(
        rate=told["requests_per_second"],
        **{
            name: latency[key] / 1000
            for name, key in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"), ("most", "max"))
        },
    )
