"""A line of text for a line of text over a Unix socket: setting a server up, never timing it.

Timing is opsbench's.  Here many requests are under way at once only so that a table of millions is
filled in seconds.
"""

import socket

WINDOW = 16


class Lines:
    def __init__(self, path):
        self.peer = socket.socket(socket.AF_UNIX)
        self.peer.connect(path)
        self.rest = b""

    def close(self):
        self.peer.close()

    def ask(self, line):
        """One request, and the line that answers it."""
        self.peer.sendall(line)
        return self.reply()

    def reply(self):
        while b"\n" not in self.rest:
            piece = self.peer.recv(1 << 20)
            if not piece:
                raise EOFError("the server closed the connection")
            self.rest += piece
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def pour(self, requests, good):
        """Sends blocks of (text, replies expected), and wants each reply to begin with `good`."""
        waiting = []
        for text, count in requests:
            self.peer.sendall(text)
            waiting.append(count)
            if len(waiting) > WINDOW:
                self.drain(waiting.pop(0), good)
        for count in waiting:
            self.drain(count, good)

    def drain(self, count, good):
        """Takes `count` replies, looking at the first bytes of each."""
        while count:
            ended = self.rest.count(b"\n")
            if not ended:
                piece = self.peer.recv(1 << 20)
                if not piece:
                    raise EOFError("the server closed the connection")
                self.rest += piece
                continue
            lines = self.rest.split(b"\n", min(count, ended))
            self.rest = lines.pop()
            for line in lines:
                if not line.startswith(good):
                    raise ValueError(f"{line[:300]!r}, expected {good!r}")
            count -= len(lines)
