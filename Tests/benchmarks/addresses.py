"""The addresses of a table of a given size, and the requests that fill opsd and Redis with them.

Reasons and sources are a handful, as sshd, a web server and a few rules give them.
"""

from lines import Lines
from load import SEED

REASONS = (
    "5 failed logins in 10m",
    "invalid user",
    "scan for wp-login.php",
    "scan for .env",
    "too many requests",
    "open relay probe",
    "by hand",
    "shared list",
)
SOURCES = ("sshd", "nginx", "postfix", "admin")
LINE_ADDRESSES = 250
BYTES = [str(value) for value in range(256)]
MASK = (1 << 28) - 1


def mixed(value):
    """The last half of SplitMix64, as opsbench has it."""
    value &= (1 << 64) - 1
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    value = (value ^ value >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
    return value ^ value >> 31


START = mixed(SEED)


def address(number):
    """What opsbench writes for key `number` of the same seed: all of 240.0.0.0/4, none twice."""
    bits = number + START & MASK
    bits ^= bits >> 14
    bits = bits * 0x2C1B3C6D & MASK
    bits ^= bits >> 11
    bits = bits * 0x297A2D39 & MASK
    bits ^= bits >> 14
    return f"{BYTES[240 | bits >> 24]}.{BYTES[bits >> 16 & 255]}.{BYTES[bits >> 8 & 255]}.{BYTES[bits & 255]}"


def fillOpsd(path, count, ending="ttl=30d"):
    """`count` bans with a reason and a source each."""

    def requests():
        for first in range(0, count, LINE_ADDRESSES):
            block = ",".join(address(n) for n in range(first, min(count, first + LINE_ADDRESSES)))
            turn = first // LINE_ADDRESSES
            reason, source = REASONS[turn % len(REASONS)], SOURCES[turn % len(SOURCES)]
            yield f'ban {block} {ending} reason="{reason}" source={source}\n'.encode(), 1

    pour(path, requests(), b"ok ")


def fillRedis(path, count, ending="EX 2592000"):
    """`count` keys as a ban list in Redis has them: present, with an end, and nothing else."""

    def requests():
        for first in range(0, count, LINE_ADDRESSES):
            block = range(first, min(count, first + LINE_ADDRESSES))
            yield "".join(f"SET ban:{address(n)} 1 {ending}\r\n" for n in block).encode(), len(block)

    pour(path, requests(), b"+OK")


def pour(path, requests, good):
    lines = Lines(path)
    try:
        lines.pour(requests, good)
    finally:
        lines.close()
