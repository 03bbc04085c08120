"""Those that are asked: nginx with certificates of every kind, Redis, name servers, and servers that mean no good."""

import glob
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

NGINX = """
daemon off; pid {d}/nginx.pid; error_log {d}/nginx-error.log; worker_processes 1;
events {{ worker_connections 512; }}
http {{
  log_format plain '$server_port $server_protocol $request_uri $http_authorization';
  access_log {d}/nginx-access.log plain;
  client_body_temp_path {d}/t1; proxy_temp_path {d}/t2; fastcgi_temp_path {d}/t3;
  uwsgi_temp_path {d}/t4; scgi_temp_path {d}/t5;
  default_type text/plain;
  ssl_certificate_key {d}/key.pem;
  server {{ listen 127.0.0.1:{http}; listen [::1]:{http};
    location = /ok {{ return 200 "all is well"; }}
    location = /json {{ return 200 '{{"status":"ok","depth":[1,2]}}'; }}
    location = /503 {{ return 503 "no"; }}
    location = /once {{ return 302 /ok; }}
    location = /loop {{ return 302 /loop; }}
    location = /out {{ return 302 ftp://127.0.0.1/; }}
  }}
  {servers}
}}
"""


def listening(port):
    """Waits until somebody listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Certificates:
    """A small authority, and what it has signed."""

    def __init__(self, directory):
        self.directory = directory
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", "/CN=authority", "-keyout", f"{directory}/ca-key.pem", "-out", f"{directory}/ca.pem")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{directory}/key.pem")
        os.mkdir(f"{directory}/issued")
        open(f"{directory}/index", "w").close()
        with open(f"{directory}/ca.cnf", "w") as file:
            file.write(f"""[ca]
default_ca = own
[own]
database = {directory}/index
new_certs_dir = {directory}/issued
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
""")

    def sign(self, name, host, start, end):
        """A certificate for a host, from and to these seconds from now."""
        def text(seconds):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
        path = f"{self.directory}/{name}"
        openssl("req", "-new", "-key", f"{self.directory}/key.pem", "-subj", f"/CN={host}",
                "-addext", f"subjectAltName=DNS:{host}", "-out", f"{path}.csr")
        openssl("ca", "-batch", "-notext", "-config", f"{self.directory}/ca.cnf", "-cert", f"{self.directory}/ca.pem",
                "-keyfile", f"{self.directory}/ca-key.pem", "-in", f"{path}.csr", "-out", f"{path}.pem",
                "-startdate", text(start), "-enddate", text(end))
        return f"{path}.pem"

    def own(self, name, host):
        """One that it has signed itself."""
        path = f"{self.directory}/{name}.pem"
        openssl("req", "-x509", "-key", f"{self.directory}/key.pem", "-days", "30", "-subj", f"/CN={host}",
                "-addext", f"subjectAltName=DNS:{host}", "-out", path)
        return path


class Nginx:
    def __init__(self, directory, http=8080):
        self.directory = directory
        self.certificates = Certificates(directory)
        day = 86_400
        kinds = {
            8443: self.certificates.sign("good", "good.test", -day, 60 * day + 3600),
            8444: self.certificates.sign("expired", "good.test", -9 * day, -day),
            8445: self.certificates.sign("other", "other.test", -day, 60 * day),
            8446: self.certificates.own("self", "good.test"),
            8447: self.certificates.sign("soon", "good.test", -day, 3 * day + 3600),
        }
        servers = "".join(
            f"server {{ listen 127.0.0.1:{port} ssl http2; ssl_certificate {cert}; "
            f"location / {{ return 200 ok; }} }}\n" for port, cert in kinds.items())
        with open(f"{directory}/nginx.conf", "w") as file:
            file.write(NGINX.format(d=directory, http=http, servers=servers))
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["nginx", "-e", f"{self.directory}/nginx-error.log", "-c", f"{self.directory}/nginx.conf"],
            stderr=subprocess.DEVNULL)
        listening(8443)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    @property
    def authority(self):
        with open(f"{self.directory}/ca.pem") as file:
            return file.read()

    @property
    def requests(self):
        with open(f"{self.directory}/nginx-access.log") as file:
            return file.read().splitlines()


class Redis:
    def __init__(self, directory, port, password=None):
        words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
        if password:
            words += ["--requirepass", password]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        listening(port)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Postgres:
    """A server of its own, which no root may run: with a password, in a directory of its user's."""

    def __init__(self, directory, port, password):
        # The newest that is installed.
        self.programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))[-1]
        self.directory = f"{directory}/postgres"
        os.mkdir(self.directory, 0o700)
        with open(f"{directory}/postgres-password", "w") as file:
            file.write(password)
        os.chmod(f"{directory}/postgres-password", 0o644)
        shutil.chown(self.directory, "postgres")
        self.run("initdb", "--auth=scram-sha-256", f"--pwfile={directory}/postgres-password", "--no-sync", "-U", "ops")
        self.process = subprocess.Popen(
            self.words("postgres", "-p", str(port), "-h", "127.0.0.1", "-c", "unix_socket_directories="),
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        listening(port)

    def words(self, program, *words):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", f"{self.programs}/{program}",
                "-D", self.directory, *words]

    def run(self, *words):
        subprocess.run(self.words(*words), check=True, capture_output=True, cwd="/")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Hostile:
    """A server of TCP that does what its name says to whoever connects."""

    def __init__(self, kind, port):
        self.kind = kind
        self.sent = 0
        self.connections = 0
        self.server = socket.create_server(("127.0.0.1", port), backlog=256)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.server.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            getattr(self, self.kind)(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def send(self, connection, data):
        connection.sendall(data)
        self.sent += len(data)

    def silent(self, connection):
        while connection.recv(4096):
            pass

    def tarpit(self, connection):
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" * 100:
            self.send(connection, bytes([byte]))
            time.sleep(0.2)

    def endless(self, connection):
        connection.recv(4096)
        self.send(connection, b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            self.send(connection, b"x" * 65_536)

    def trickle(self, connection):
        connection.recv(4096)
        self.send(connection, b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            self.send(connection, b"x")
            time.sleep(0.2)

    def headers(self, connection):
        connection.recv(4096)
        self.send(connection, b"HTTP/1.1 200 OK\r\n")
        for number in range(1 << 30):
            self.send(connection, b"X-%d: %s\r\n" % (number, b"x" * 1000))

    def header(self, connection):
        connection.recv(4096)
        self.send(connection, b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            self.send(connection, b"x" * 65_536)

    def halftls(self, connection):
        connection.recv(4096)
        # The head of a ServerHello, and no more.
        self.send(connection, bytes([22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]) + bytes(20))
        while connection.recv(4096):
            pass

    def garbage(self, connection):
        connection.recv(4096)
        self.send(connection, b"\x00\xff" * 500 + b"\r\n")

    def slow(self, connection):
        connection.recv(4096)
        time.sleep(0.7)
        self.send(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def close(self, connection):
        pass


class Names:
    """A name server: knows *.dns.test, says that other names are not there, and never answers for hang.test."""

    def __init__(self, address="127.0.0.53", answers=True):
        self.answers = answers
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            question, peer = self.socket.recvfrom(4096)
            self.asked += 1
            name, at = [], 12
            while question[at]:
                name.append(question[at + 1:at + 1 + question[at]].decode())
                at += 1 + question[at]
            kind = struct.unpack(">H", question[at + 1:at + 3])[0]
            name = ".".join(name).lower()
            if not self.answers or name.endswith("hang.test"):
                continue
            known = name.endswith("dns.test")
            records = b""
            if known and kind == 1:
                records = struct.pack(">HHHIH", 0xc00c, 1, 1, 60, 4) + bytes([127, 0, 0, 1])
            head = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, 1 if records else 0, 0, 0)
            # An answer to another question comes first: it is passed over.
            self.socket.sendto(bytes([question[0] ^ 1]) + (head + question[12:at + 5] + records)[1:], peer)
            self.socket.sendto(head + question[12:at + 5] + records, peer)
