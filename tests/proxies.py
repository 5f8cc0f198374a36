"""A small proxy as a municipality has it, and the certificate of a carrier that is only reached through it."""

import base64
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests import carriers

HOST = "altinn.example.no"
PIECE = 1 << 16


def certificate(folder):
    """A certificate for HOST, and the context of a server that shows it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, carriers.KEY.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False).sign(carriers.KEY, hashes.SHA256())
    shown, key = folder / "certificate.pem", folder / "certificate-key.pem"
    shown.write_bytes(made.public_bytes(carriers.serialization.Encoding.PEM))
    key.write_text(carriers.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, key)
    return shown, context


@contextmanager
def proxying(port, *, to=HOST, password=""):
    """A proxy that opens tunnels to one host, which is this machine's port, and notes what it was asked; `.status` is answered in place of a tunnel."""

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self):
            server.asked.append(self.path)
            expected = f"Basic {base64.b64encode(password.encode()).decode()}" if password else None
            status = server.status or (407 if self.headers.get("Proxy-Authorization") != expected else 403 if self.path != f"{to}:443" else 200)
            self.send_response(status)
            self.end_headers()
            if status == 200:
                with socket.create_connection(("127.0.0.1", port)) as beyond:
                    back = threading.Thread(target=passed_on, args=(beyond, self.connection), daemon=True)
                    back.start()
                    passed_on(self.connection, beyond)
                    back.join()
            self.close_connection = True

        def do_GET(self):
            server.asked.append(self.path)
            self.send_error(501)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked, server.status = [], None
    server.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def passed_on(one, other):
    with suppress(OSError):
        while piece := one.recv(PIECE):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)
