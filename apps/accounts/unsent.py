"""What was typed into a form when its sender's session had ended: kept in the new session on the server until they have signed in, then shown to them.

Nothing of it lies in the browser, where the next person at a shared machine could read it; only the one whose session ended gets to see it; and
nothing is sent without them: it is shown, and sent by a button. Files are not kept.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

KEPT = "unsent"
PATH = "unsent_path"  # the field that says where a form was going when the page itself hands it in
LIMIT = 200_000  # characters
NOT_OURS = {PATH, "csrfmiddlewaretoken", "password", "oldpassword", "password1", "password2", "code", "credential"}
# Forms that are no work of anybody's.
NEVER = {
    "account_login",
    "account_logout",
    "mfa_login_webauthn",
    "mfa_authenticate",
    "accounts:language",
    "accounts:keys",
    "accounts:stay",
    "accounts:unsent-keep",
    "in-view",
}


@dataclass(frozen=True)
class Unsent:
    """A form's fields as they were, and where they were going."""

    path: str
    fields: list[tuple[str, str]]

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What a person wrote, rather than chose: what would be a loss."""
        return [(name, value) for name, value in self.fields if " " in value.strip()]


def owner_of_ended(session_key: str, now: datetime) -> int | None:
    """Whose session this was, when it ended by the clock; None for one that was ended by somebody, or never was."""
    ended = Session.objects.filter(session_key=session_key, expire_date__lte=now).first()
    return int(ended.get_decoded().get(SESSION_KEY, 0)) or None if ended else None


def keep(request: HttpRequest, *, owner: int, path: str) -> bool:
    """Keep the posted fields for the person; whether there was something to keep. `path` must be one of ours."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name not in NOT_OURS]
    if request.FILES or not fields or sum(len(value) for _name, value in fields) > LIMIT or not _is_work(path):
        return False
    request.session[KEPT] = {"owner": owner, "path": path, "fields": fields}
    return True


def keep_suspended(request: HttpRequest) -> bool:
    """Keep the form that allauth put aside to ask who one is, where its own way of going on does not reach; whether there was one."""
    suspended = request.session.pop(STATE_SESSION_KEY, None)
    if not suspended or "request" not in suspended:
        return False
    put_aside = json.loads(suspended["request"])
    request.POST = QueryDict(put_aside["POST"])
    return keep(request, owner=request.user.pk, path=put_aside["path"])


def shown(request: HttpRequest) -> Unsent | None:
    """What was kept, for its owner; for anybody else it is thrown away."""
    kept = request.session.get(KEPT)
    if kept and kept["owner"] != request.user.pk:
        forget(request)
        return None
    return Unsent(kept["path"], [(name, value) for name, value in kept["fields"]]) if kept else None


def forget_when_sent(request: HttpRequest) -> None:
    """What is sent to where it was going is kept no longer."""
    if request.method == "POST" and request.session.get(KEPT, {}).get("path") == request.path:
        forget(request)


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def _is_work(path: str) -> bool:
    try:
        return resolve(path).view_name not in NEVER
    except Resolver404:
        return False
