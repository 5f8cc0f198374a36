"""Which addresses the settings may name at all."""

from urllib.parse import urlsplit

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class UnfitRow(ValueError):
    """Something of the settings that cannot be meant; the message says which and why."""


def is_safe(address: str) -> bool:
    """HTTPS, or a server on this very machine; no name and password in it."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain_here = parts.scheme == "http" and host in THIS_MACHINE
    return bool(host) and "@" not in parts.netloc and (parts.scheme == "https" or is_plain_here)
