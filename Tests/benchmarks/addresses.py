"""The addresses of a table of a given size, and the requests that fill opsd and Redis with them.

Reasons and sources are a handful, as sshd, a web server and a few rules give them.
"""

from lines import Lines

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
# Odd, so that multiplying is a permutation of the 2^24 addresses of 10.0.0.0/8.
SCATTER = 0x9E3779B1


def address(number):
    place = number * SCATTER & 0xFFFFFF
    return f"10.{BYTES[place >> 16]}.{BYTES[place >> 8 & 255]}.{BYTES[place & 255]}"


def addresses(count):
    return [address(number) for number in range(count)]


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
