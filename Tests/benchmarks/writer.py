"""writer: another program that writes to the same disk, as much and as often as a snapshot is written.

usage: writer.py DIRECTORY BYTES SECONDS     until it is ended

Writes BYTES to a file in pieces, syncs it, gives it its name, and begins again when SECONDS are over.
"""

import os
import sys
import time

PIECE = bytes(256 << 10)


def main():
    directory, size, period = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    while True:
        began = time.monotonic()
        temporary = directory + "/written.tmp"
        with open(temporary, "wb", buffering=0) as file:
            for _ in range(max(1, size // len(PIECE))):
                file.write(PIECE)
            os.fsync(file.fileno())
        os.rename(temporary, directory + "/written")
        time.sleep(max(0.0, began + period - time.monotonic()))


main()
