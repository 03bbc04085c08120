#!/usr/bin/env python3
"""traffic.py: traffic between the two hosts of the firewall tests.

  traffic.py echo                 serves TCP echo on port 7 of all addresses, until it is killed
  traffic.py connect ADDRESS      one new connection and one echo; exit 0 when both came in a second
  traffic.py hold ADDRESS         keeps one connection: for each line on standard input, one byte is
                                  sent, and `yes` or `no` printed: whether an echo came in a second.
                                  `wait N` waits up to N seconds for a byte sent earlier
  traffic.py flood ADDRESS SECONDS   sends UDP datagrams to port 9 as fast as it can; prints how many
  traffic.py sink SECONDS         counts datagrams on port 9 that came from 10.78.0.2
"""

import select
import socket
import sys
import time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def echo():
    server = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", 7))
    server.listen(64)
    peers = [server]
    while True:
        for ready in select.select(peers, [], [])[0]:
            if ready is server:
                peers.append(server.accept()[0])
                continue
            try:
                data = ready.recv(4096)
                if data:
                    ready.sendall(data)
                    continue
            except OSError:
                pass
            peers.remove(ready)
            ready.close()


def connect(address):
    try:
        with socket.create_connection((address, 7), timeout=1) as peer:
            peer.sendall(b"x")
            sys.exit(0 if peer.recv(1) == b"x" else 1)
    except OSError:
        sys.exit(1)


def hold(address):
    peer = socket.create_connection((address, 7), timeout=5)
    for line in sys.stdin:
        words = line.split()
        patience = 1.0
        if words[:1] == ["wait"]:
            patience = float(words[1])
        else:
            peer.sendall(b"x")
        peer.settimeout(patience)
        try:
            print("yes" if peer.recv(64) else "closed", flush=True)
        except OSError:
            print("no", flush=True)


def flood(address, seconds):
    peer = socket.socket(family(address), socket.SOCK_DGRAM)
    peer.connect((address, 9))
    end = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < end:
        for _ in range(64):
            try:
                peer.send(b"x")
                sent += 1
            except OSError:
                pass
    print(sent)


def sink(seconds):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", 9))
    end = time.monotonic() + seconds
    count = 0
    while (left := end - time.monotonic()) > 0:
        server.settimeout(left)
        try:
            _, sender = server.recvfrom(64)
            count += sender[0] == "10.78.0.2"
        except OSError:
            pass
    print(count)


def main(words):
    match words:
        case ["echo"]:
            echo()
        case ["connect", address]:
            connect(address)
        case ["hold", address]:
            hold(address)
        case ["flood", address, seconds]:
            flood(address, float(seconds))
        case ["sink", seconds]:
            sink(float(seconds))
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
