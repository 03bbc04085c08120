#!/usr/bin/env python3
"""traffic.py: traffic between the two hosts of the firewall tests.

  traffic.py serve                until it is killed: TCP echo on port 7 of all addresses, and on port
                                  80 an answer of HTTP to whatever comes
  traffic.py hold ADDRESS         keeps one connection: for each line on standard input, one byte is
                                  sent, and `yes` or `no` printed: whether an echo came in a second.
                                  `wait N` waits up to N seconds for a byte sent earlier
  traffic.py flood ADDRESS SECONDS   sends UDP datagrams to port 9 as fast as it can; prints how many
  traffic.py sink                 counts datagrams on port 9 that came from 10.78.0.2, and prints how
                                  many when it is told to end (SIGTERM)
"""

import select
import signal
import socket
import sys
import time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listener(port):
    server = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", port))
    server.listen(64)
    return server


def serve():
    answer = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
    echoes, pages = listener(7), listener(80)
    peers = {echoes: None, pages: answer}
    while True:
        for ready in select.select(list(peers), [], [])[0]:
            if ready in (echoes, pages):
                peers[ready.accept()[0]] = peers[ready]
                continue
            try:
                data = ready.recv(4096)
                if data:
                    ready.sendall(peers[ready] or data)
                    if peers[ready] is None:
                        continue
            except OSError:
                pass
            del peers[ready]
            ready.close()


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


def sink():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    server.bind(("0.0.0.0", 9))
    server.settimeout(0.1)
    ending = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    count = 0
    while True:
        try:
            _, sender = server.recvfrom(64)
            count += sender[0] == "10.78.0.2"
        except TimeoutError:
            # What had arrived by then is counted.
            if ending:
                break
    print(count)


def main(words):
    match words:
        case ["serve"]:
            serve()
        case ["hold", address]:
            hold(address)
        case ["flood", address, seconds]:
            flood(address, float(seconds))
        case ["sink"]:
            sink()
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
