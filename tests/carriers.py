"""Small servers that behave as the carriers' published descriptions say, and misbehave as networks do."""

import json
import re
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class Reply:
    """`cut` ends the connection after so many bytes; `drip` waits so many seconds between pieces of the body."""

    said: object = None
    status: int = 200
    headers: dict = field(default_factory=dict)
    raw: bytes | None = None
    cut: int | None = None
    drip: float = 0

    def body(self):
        return self.raw if self.raw is not None else json.dumps(self.said).encode()


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes


class Carrier:
    """Answers by `routes`: a pattern of method and path, and what is done then; `instead` is a queue of replies that come first."""

    def __init__(self):
        self.asked, self.instead = [], []
        self.tokens, self.given = set(), 0

    routes = ()

    def reply(self, asked):
        self.asked.append(asked)
        if self.instead and (reply := self.instead.pop(0)):
            return reply
        for pattern, does in self.routes:
            if found := re.fullmatch(pattern, f"{asked.method} {asked.path}"):
                return does(self, asked, *found.groups())
        return Reply(status=404)

    def told(self, path):
        """What was asked of a path, in order."""
        return [each for each in self.asked if re.fullmatch(path, each.path)]

    def is_known(self, asked):
        return asked.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens

    def token(self, asked):
        """Maskinporten: a grant that is signed by the client's key, for this issuer, and young."""
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        claims = jwt.decode(form["assertion"], KEY.public_key(), algorithms=["RS256"], audience=f"{self.address}/", options={"require": ["exp", "iat", "jti"]})
        if form["grant_type"] != GRANT or claims["exp"] - claims["iat"] > 120 or not claims["scope"] or claims["iss"] != "client":
            return Reply({"error": "invalid_grant"}, status=400)
        return Reply({"access_token": self.new_token(), "token_type": "Bearer", "expires_in": 120, "scope": claims["scope"]})

    def new_token(self):
        self.given += 1
        self.tokens = {f"token-{self.given}"}
        return f"token-{self.given}"


class Altinn(Carrier):
    """Lists at most 1,000, published strictly between two moments, the latest first; the details have the status history."""

    most = 1000

    def __init__(self, letters):
        super().__init__()
        self.letters = letters  # by id: when it was published, and its details

    def exchange(self, asked):
        return Reply(raw=f'"{self.new_token()}"'.encode()) if self.is_known(asked) else Reply(status=401)

    def listed(self, asked):
        if not self.is_known(asked):
            return Reply({"status": 401}, status=401)
        begin, end = (datetime.fromisoformat(asked.query[name]) for name in ("from", "to"))
        if not asked.query.get("resourceId") or asked.query.get("role") not in ("Recipient", "Sender", "RecipientAndSender") or begin > end:
            return Reply({"status": 400}, status=400)
        found = sorted(((at, letter) for letter, (at, _details) in self.letters.items() if begin < at < end), reverse=True)
        return Reply({"ids": [letter for _at, letter in found[: self.most]]})

    def details(self, asked, letter):
        if not self.is_known(asked):
            return Reply({"status": 401}, status=401)
        return Reply(self.letters[letter][1]) if letter in self.letters and self.letters[letter][1] else Reply({"status": 404}, status=404)

    routes = (
        ("POST /token", Carrier.token),
        ("GET /authentication/api/v1/exchange/maskinporten", exchange),
        ("GET /correspondence/api/v1/correspondence", listed),
        ("GET /correspondence/api/v1/correspondence/([^/]+)/details", details),
    )


def letter(number, *, at, status="Published"):
    """The details of one letter."""
    return {
        "correspondenceId": number,
        "recipient": "urn:altinn:organization:identifier-no:964338531",
        "resourceId": "bekymring",
        "sendersReference": f"ref {number}",
        "created": at.isoformat(),
        "status": "Published",
        "statusHistory": [{"status": name, "statusText": name, "statusChanged": at.isoformat()} for name in ("Published", status)],
    }


class Integrasjonspunkt(Carrier):
    """Statuses in pages as Spring gives them, by id; conversations one by one."""

    def __init__(self, statuses):
        super().__init__()
        self.statuses = statuses  # dicts with id, lastUpdate, status, messageId, conversationId
        self.gone = set()

    def found(self, asked):
        since = datetime.fromisoformat(asked.query["fromDateTime"].replace("Z", "+00:00"))
        found = [each for each in self.statuses if datetime.fromisoformat(each["lastUpdate"]) >= since]
        size, page = int(asked.query["size"]), int(asked.query["page"])
        content = sorted(found, key=lambda each: each["id"])[page * size : (page + 1) * size]
        pages = -(-len(found) // size)
        return Reply({"content": content, "totalElements": len(found), "totalPages": pages, "number": page, "size": size, "last": page + 1 >= pages})

    def conversation(self, asked, message):
        mine = [each for each in self.statuses if each["messageId"] == message]
        if not mine or message in self.gone:
            return Reply(status=404)
        statuses = [{name: each[name] for name in ("id", "lastUpdate", "status")} for each in mine]
        told = {"messageId": message, "conversationId": mine[0]["conversationId"], "direction": "INCOMING", "serviceIdentifier": "DPO"}
        return Reply(told | {"messageStatuses": statuses})

    routes = (("GET /api/statuses", found), ("GET /api/conversations/messageId/([^/]+)", conversation))


def status(number, message, *, at, said="INNKOMMENDE_MOTTATT"):
    return {"id": number, "lastUpdate": at.isoformat(), "status": said, "messageId": message, "conversationId": message}


class Fiks(Carrier):
    """SvarUt version 2 and the portal, behind the headers of an integration."""

    def __init__(self, told):
        super().__init__()
        self.told_of = told  # by id: the status, or the list of what happened

    def guarded(self, asked, reply):
        return reply if asked.headers.get("IntegrasjonId") == "integration" else Reply(status=403)

    def statuses(self, asked, account):
        ids = json.loads(asked.body)["forsendelseIds"]
        return self.guarded(asked, Reply({"statuser": [self.told_of[each] for each in ids if each in self.told_of]}))

    def events(self, asked, message):
        return self.guarded(asked, Reply({"hendelser": self.told_of[message]}) if message in self.told_of else Reply(status=404))

    def history(self, asked, organisation, message):
        return self.guarded(asked, Reply(self.told_of[message]) if message in self.told_of else Reply(status=404))

    routes = (
        ("POST /api/v2/kontoer/([^/]+)/forsendelser/status-sok", statuses),
        ("GET /api/v2/forsendelser/([^/]+)/hendelser", events),
        ("GET /bekymringsmelding/api/v1/mottak/fagsystem/([^/]+)/bekymringsmelding/([^/]+)/status", history),
    )


@contextmanager
def serving(carrier, *, tls=None):
    """The carrier at `carrier.address`, on this machine, until the end; by TLS where its context is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = carrier.reply(Asked(self.command, parts.path, query, dict(self.headers), body))
            whole = reply.body()
            self.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(whole))} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            for begin in range(0, len(whole[: reply.cut]), 16 if reply.drip else 1 << 16):
                time.sleep(reply.drip)
                self.wfile.write(whole[: reply.cut][begin : begin + (16 if reply.drip else 1 << 16)])
            self.close_connection = reply.cut is not None

        do_GET = do_POST = answer

        def log_message(self, *args):
            pass

        def handle(self):
            with suppress(ConnectionError, TimeoutError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    carrier.port = server.server_port
    carrier.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield carrier
    finally:
        server.shutdown()
        server.server_close()


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
