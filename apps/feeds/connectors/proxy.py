"""The proxy between this machine and everybody else, where there is one: by the operator's settings alone, and never for this very machine.

It is asked for a tunnel, so it learns the host and nothing of what is said; whether a host may be asked at all is decided before.
"""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment

import urllib3

from apps.feeds.connectors.addresses import THIS_MACHINE, UnfitRow
from apps.feeds.connectors.failures import Failed, Wait

CLOSED = "proxy_closed"
NO_TUNNEL = "Tunnel connection failed: "
MAY_OPEN_LATER = {"429", "500", "502", "503", "504"}


@dataclass(frozen=True)
class Proxy:
    """`address` without name and password, which `headers` hold; `beside` is what NO_PROXY says: hosts and domains, between commas."""

    address: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    beside: str = ""

    def is_for(self, host: str) -> bool:
        """Whether the host, with its port where it has one, is reached through it."""
        return urlsplit(f"//{host}").hostname not in THIS_MACHINE and not proxy_bypass_environment(host, {"no": self.beside})


def named(address: str, *, beside: str = "") -> Proxy | None:
    """The proxy at an address as HTTPS_PROXY has it, with name and password before the host where it asks for them; None for none. Raises UnfitRow."""
    if not address:
        return None
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UnfitRow("It is an address such as http://proxy.example.no:3128.")
    who = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", dict(urllib3.make_headers(proxy_basic_auth=who)), beside)


def stopped(problem: Exception) -> None:
    """Nothing, unless it was the proxy that let nobody through. Raises Failed, Wait."""
    _, is_told, status = str(problem).partition(NO_TUNNEL)
    if is_told and status[:3] not in MAY_OPEN_LATER:
        raise Failed(CLOSED, found=status[:3]) from None
    if is_told or isinstance(problem, urllib3.exceptions.ProxyError):
        raise Wait(status[:3] or type(problem).__name__, code=CLOSED) from None
