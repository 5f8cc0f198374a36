"""Tokens of Maskinporten by a signed grant (RFC 7523), and of Altinn in exchange for one; both are asked of the connection's own hosts."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

import jwt

from apps.feeds.connectors.connection import Connection, Maskinporten
from apps.feeds.connectors.failures import Failed

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_LASTS = 100  # seconds; Maskinporten takes no grant of more than 120
USUALLY_LASTS = 120.0
SPARE = 30  # seconds for which a token is not used any more, though it lasts
EXCHANGE = "exchange"  # option of a connection: the path at which Altinn gives a token of its own for it

Ask = Callable[[str, str, bytes | None, Mapping[str, str]], tuple[int, bytes]]


def token(connection: Connection, *, ask: Ask) -> tuple[str, float]:
    """A token, and how many seconds it may be used; `ask` takes method, address, body and headers. Raises failures.Failed, failures.Wait."""
    as_whom = connection.maskinporten
    assert as_whom
    body = urlencode({"grant_type": GRANT, "assertion": signed(as_whom)}).encode()
    status, answered = ask("POST", f"{as_whom.address.rstrip('/')}/token", body, {"Content-Type": "application/x-www-form-urlencoded"})
    given = said(answered)
    access, lasts = given.get("access_token"), given.get("expires_in")
    if status != 200 or not isinstance(access, str):
        raise Failed("carrier_no_token", found=str(status))
    if path := connection.options.get(EXCHANGE, ""):
        access = exchanged(connection.address + path, access, ask)
    return access, max(0.0, (float(lasts) if isinstance(lasts, int | float) else USUALLY_LASTS) - SPARE)


def exchanged(address: str, access: str, ask: Ask) -> str:
    """Altinn's token for that of Maskinporten: a text, in quotation marks or not."""
    status, answered = ask("GET", address, None, {"Authorization": f"Bearer {access}"})
    if status != 200:
        raise Failed("carrier_no_token", found=str(status))
    return answered.decode("ascii", "replace").strip().strip('"')


def signed(as_whom: Maskinporten) -> str:
    """The grant, by the private key of the settings. Raises failures.Failed."""
    now = int(time.time())
    claims: dict[str, object] = {"aud": as_whom.address.rstrip("/") + "/", "iss": as_whom.client_id, "scope": as_whom.scope, "jti": str(uuid.uuid4())}
    claims |= {"iat": now, "exp": now + GRANT_LASTS}
    if as_whom.resource:
        claims["resource"] = as_whom.resource
    try:
        key = Path(as_whom.key_file).read_text()
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": as_whom.kid} if as_whom.kid else None)
    except (OSError, ValueError, TypeError, jwt.PyJWTError):
        raise Failed("carrier_no_key") from None


def said(answered: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(answered)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
