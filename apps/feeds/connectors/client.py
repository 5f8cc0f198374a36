"""The one way out: asks the hosts of a connection and no other, follows nobody elsewhere, waits patiently and not for ever, and keeps only whole answers."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from apps.feeds.connectors import maskinporten, proxy
from apps.feeds.connectors.addresses import is_safe
from apps.feeds.connectors.connection import Connection
from apps.feeds.connectors.failures import Failed, NotThere, Wait

TRIES = 5
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds
LONGEST_ANSWER = 120.0  # seconds, from the question to the last byte
LARGEST_ANSWER = 32 << 20
PIECE = 64 << 10
POOLS: dict[str, Any] = {"num_pools": 4, "maxsize": 1, "retries": False, "timeout": urllib3.Timeout(connect=10, read=30)}
BUSY = {408, 425, 429, 500, 502, 503, 504}
CUT = (urllib3.exceptions.ProtocolError, urllib3.exceptions.TimeoutError, urllib3.exceptions.HTTPError, OSError)


@dataclass(frozen=True)
class Answer:
    """The bytes as they came, and what they say."""

    body: bytes
    said: Any


class Session:
    """One run of a connector. `sleep` and `clock` (seconds, steady) are given by tests."""

    def __init__(self, connection: Connection, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic) -> None:
        self.connection, self.sleep, self.clock = connection, sleep, clock
        self.direct = urllib3.PoolManager(**POOLS)
        if connection.proxy:
            self.through = urllib3.ProxyManager(connection.proxy.address, proxy_headers=connection.proxy.headers, **POOLS)
        self.token = ""
        self.token_until = 0.0

    def get(self, path: str, **query: object) -> Answer:
        """Raises NotThere, Failed."""
        asked = f"?{urlencode({name: value for name, value in query.items() if value is not None})}" if query else ""
        return self.asked("GET", self.connection.address + path + asked)

    def post(self, path: str, said: object) -> Answer:
        """A question that changes nothing, so that it may be asked again. Raises NotThere, Failed."""
        return self.asked("POST", self.connection.address + path, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def asked(self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask until something whole is answered, with longer and longer waits; a token that has ended is renewed once."""
        is_renewed = False
        for tries in range(1, TRIES + 1):
            try:
                status, answered = self.once(method, url, body, {**self.proof(), **(headers or {})})
                if status == 401 and self.connection.maskinporten and not is_renewed:
                    self.token, is_renewed = "", True
                    status, answered = self.once(method, url, body, {**self.proof(), **(headers or {})})
                return self.understood(status, answered)
            except Wait as wait:
                if tries == TRIES or (wait.seconds or 0) > LONGEST_WAIT:
                    raise Failed(wait.code, found=str(wait), tries=str(tries)) from None
                self.sleep(wait.seconds if wait.seconds is not None else waiting(tries))
        raise AssertionError("the last try ends the loop")

    def understood(self, status: int, answered: bytes) -> Answer:
        if status in (404, 410):
            raise NotThere
        if status in (401, 403):
            raise Failed("carrier_refused", found=str(status))
        if status != 200:
            raise Failed("carrier_odd", found=str(status))
        try:
            return Answer(answered, json.loads(answered))
        except (ValueError, RecursionError):
            raise Wait("no JSON") from None

    def once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The status and the whole body of one answer. Raises Wait, Failed."""
        host = urlsplit(url).netloc
        if not is_safe(url) or host not in self.connection.hosts:
            raise Failed("carrier_elsewhere")
        began = self.clock()
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Framme"} | dict(headers)
        try:
            response = self.pool(host).request(method, url, body=body, headers=sent, redirect=False, preload_content=False, decode_content=False)
            with response:
                return response.status, self.read(response, began)
        except CUT as problem:
            proxy.stopped(problem)
            raise Wait(type(problem).__name__) from None

    def pool(self, host: str) -> urllib3.PoolManager:
        return self.through if self.connection.proxy and self.connection.proxy.is_for(host) else self.direct

    def read(self, response: urllib3.BaseHTTPResponse, began: float) -> bytes:
        if 300 <= response.status < 400:
            raise Failed("carrier_elsewhere")
        if response.status in BUSY:
            raise Wait(str(response.status), retry_after(response.headers.get("Retry-After", "")))
        whole = bytearray()
        for piece in response.stream(PIECE):
            whole += piece
            if len(whole) > LARGEST_ANSWER:
                raise Failed("carrier_too_large", limit=str(LARGEST_ANSWER))
            if self.clock() - began > LONGEST_ANSWER:
                raise Wait("slow")
        return bytes(whole)

    def proof(self) -> dict[str, str]:
        """What shows who asks: the headers of the settings, and a token that lasts for this question."""
        return {**self.connection.headers, **({"Authorization": f"Bearer {self.bearer()}"} if self.connection.maskinporten else {})}

    def bearer(self) -> str:
        if not self.token or self.clock() > self.token_until:
            self.token, lasts = maskinporten.token(self.connection, ask=self.once)
            self.token_until = self.clock() + lasts
        return self.token


def waiting(tries: int) -> float:
    """Twice as long each time, and never twice the same, so that not everybody comes back at once."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)) * random.uniform(0.5, 1.5)


def retry_after(said: str) -> float | None:
    """Seconds, told as a number or by a date (RFC 9110, 10.2.3); None for anything else."""
    if said.isascii() and said.strip().isdecimal() and len(said) < 10:
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
