"""Those whom pages go to, on loopback: a Telegram, a webhook, and mail servers (python3-aiosmtpd).

Each takes a port that the kernel chooses. What it answers next is taken from a list; when that is empty, it answers
as a server that is well.
"""

import http.server
import json
import logging
import socket
import ssl
import subprocess
import threading
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# It warns of what is done here on purpose.
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
warnings.simplefilter("ignore")


def certificate(directory):
    """A certificate for localhost, made now; returns its path and that of its key."""
    cert, key = f"{directory}/cert.pem", f"{directory}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


class Web:
    """A server of HTTP. `answers` holds what comes next: a status, (status, members), or a word:
    hang, close (before an answer), late (it has taken the message, and closes), endless (200, and a
    body without an end; `sent` has the bytes that the other side took)."""

    def __init__(self):
        self.answers, self.requests = [], []
        self.lock = threading.Lock()
        self.arrived = threading.Condition(self.lock)
        self.release = threading.Event()
        self.sent = 0
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self): web.serve(self)

            def do_POST(self): web.serve(self)

            def log_message(self, *_): pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_): pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self.lock:
            answer = self.answers.pop(0) if self.answers else self.well()
            self.requests.append({
                "path": handler.path, "headers": dict(handler.headers), "body": body, "at": time.time(),
                "answer": answer})
            self.arrived.notify_all()
        if answer == "hang":
            self.release.wait(120)
            answer = "close"
        if answer in ("close", "late"):
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer == "endless":
            handler.close_connection = True
            handler.send_response(200)
            handler.end_headers()
            self.pour(handler.connection, b"x" * 65_536)
            return
        status, members = answer if isinstance(answer, tuple) else (answer, {})
        headers = members.pop("headers", {}) if members else {}
        content = json.dumps(members).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def pour(self, connection, piece):
        """Sends the same for as long as it is taken, at most 256 MiB."""
        try:
            while self.sent < 256 << 20:
                self.sent += connection.send(piece)
        except OSError:
            pass

    def well(self):
        return 200

    def wait(self, count, seconds=10):
        """Until so many requests are there."""
        with self.lock:
            return self.arrived.wait_for(lambda: len(self.requests) >= count, seconds)

    def stop(self):
        self.release.set()
        self.server.shutdown()


class Telegram(Web):
    """api.telegram.org, as far as a pager sees it."""

    def well(self):
        return 200, {"ok": True, "result": {"message_id": 1001 + len(self.requests)}}

    @staticmethod
    def error(status, description, **parameters):
        members = {"ok": False, "error_code": status, "description": description}
        if parameters:
            members["parameters"] = parameters
        return status, members

    @property
    def messages(self):
        return [json.loads(request["body"]) for request in self.requests]


class Babbler:
    """A mail server whose greeting never ends; `sent` has the bytes that the other side took."""

    def __init__(self):
        self.sent = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        try:
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    Web.pour(self, connection, b"220-" + b"x" * 500 + b"\r\n")
        except OSError:
            pass

    def stop(self):
        self.listener.close()


class Mail:
    """A mail server. `rcpt` and `data` hold what it answers to RCPT of an address, and after DATA; a number
    is seconds to sleep after the letter was taken."""

    def __init__(self, cert, key, implicit=False, plain=False, login=True):
        self.letters, self.rcpt, self.data, self.commands = [], {}, [], []
        self.arrived = threading.Condition()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
        options = {}
        if login:
            options = {"auth_required": True, "authenticator": self.login}
        if plain:
            options = {}
        elif implicit:
            options["auth_require_tls"] = False
        else:
            options |= {"tls_context": context, "require_starttls": True}
        mail = self

        class Port(Controller):
            def factory(self):
                return Session(self.handler, hostname="localhost", **options)

        class Session(SMTP):
            async def _handle_client(self):
                await super()._handle_client()

            async def smtp_MAIL(self, arg):
                mail.commands.append(f"MAIL {arg}")
                await super().smtp_MAIL(arg)

            async def smtp_AUTH(self, arg):
                mail.commands.append("AUTH")
                await super().smtp_AUTH(arg)

        self.controller = Port(
            self, hostname="127.0.0.1", port=0, ssl_context=context if implicit else None)
        # Controller wants to know the port before it has one.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.controller.port = self.port
        self.controller.start()

    def login(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data.login == b"alerts" and data.password == b"hunter2"
        return AuthResult(success=good, handled=good or False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.data.pop(0) if self.data else "250 2.0.0 queued"
        if not isinstance(answer, str) or answer.startswith("2"):
            with self.arrived:
                self.letters.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
                self.arrived.notify_all()
        if not isinstance(answer, str):
            server.transport.abort()
            return "250 too late"
        return answer

    def wait(self, count, seconds=10):
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.letters) >= count, seconds)

    def stop(self):
        self.controller.stop()
