"""packets.py: the traffic of figure 16, run in one of its two hosts.

  packets.py flood ADDRESS PAUSE   UDP datagrams to port 9 until it is killed, one each PAUSE seconds;
                                   0: as fast as it can
  packets.py sink                  reads port 9; for a line on standard input, prints when the last
                                   datagram came, in seconds of the monotonic clock
"""

import select
import socket
import sys
import time


def flood(address, pause):
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.connect((address, 9))
    while True:
        for _ in range(1 if pause else 64):
            try:
                peer.send(b"x")
            except OSError:
                pass
        if pause:
            time.sleep(pause)


def sink():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", 9))
    last = 0.0
    while True:
        for ready in select.select([server, sys.stdin], [], [])[0]:
            if ready is server:
                server.recv(64)
                last = time.monotonic()
            elif sys.stdin.readline():
                print(last, flush=True)
            else:
                return


if sys.argv[1:2] == ["flood"] and len(sys.argv) == 4:
    flood(sys.argv[2], float(sys.argv[3]))
elif sys.argv[1:] == ["sink"]:
    sink()
else:
    sys.exit(__doc__)
