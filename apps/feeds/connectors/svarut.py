"""KS SvarUt, version 2: the status of each message that we know, and all that happened to it. It gives no list, so the ledger says what to ask for."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from apps.feeds.connectors.client import Session
from apps.feeds.connectors.failures import NotThere
from apps.feeds.connectors.pulling import AT_ONCE, Cursor, Finding, Known, Pulled, written

STATUSES = "/api/v2/kontoer/{account}/forsendelser/status-sok"
EVENTS = "/api/v2/forsendelser/{message}/hendelser"
AFTER = "after"
Asking = Callable[[Session, list[str]], tuple[list[Any], list[Finding]]]


def round_of(namespace: str, ask: Asking, session: Session, cursor: Cursor, known: Known, now: datetime) -> Iterator[Pulled]:
    """Ask about every message that may still change, from where the last run stopped; at the end the next one begins anew. Raises failures.Failed."""
    after = int(cursor.get(AFTER, 0))
    while some := known.after(namespace, after, AT_ONCE):
        after = some[-1][0]
        items, findings = ask(session, [reference for _number, reference in some])
        yield Pulled(written(items) if items else b"", {AFTER: after}, tuple(findings))
    yield Pulled(cursor={AFTER: 0})


def statuses(session: Session, messages: list[str]) -> tuple[list[Any], list[Finding]]:
    """One question for all of them. An answer about something else is not kept, and that one is missing is told."""
    account = quote(session.connection.options.get("account", ""), safe="")
    said = session.post(STATUSES.format(account=account), {"forsendelseIds": messages}).said
    told = said if isinstance(said, list) else next((value for value in said.values() if isinstance(value, list)), []) if isinstance(said, dict) else []
    asked = set(messages)
    about = [item for item in told if isinstance(item, dict) and str(item.get("id") or item.get("forsendelsesid") or "").lower() in asked]
    answered = {str(item.get("id") or item.get("forsendelsesid")).lower() for item in about}
    findings: list[Finding] = []
    if len(about) < len(told):
        findings.append(("not_asked_for", {"found": str(len(told) - len(about))}))
    if answered < asked:
        findings.append(("not_told", {"found": str(len(asked - answered)), "expected": str(len(asked))}))
    return about, findings


def each(path: str, wrapper: str, name: str, session: Session, messages: list[str]) -> tuple[list[Any], list[Finding]]:
    """One question for each of them: a list of what happened, perhaps wrapped. What does not name its message is given the name that was asked for.

    What names another message is not kept.
    """
    items: list[Any] = []
    lost = strange = 0
    for message in messages:
        options = {option: quote(value, safe="") for option, value in session.connection.options.items()}
        try:
            said = session.get(path.format(message=quote(message, safe=""), **options)).said
        except NotThere:
            lost += 1
            continue
        told = said.get(wrapper) if isinstance(said, dict) else said
        if not isinstance(told, list):
            lost += 1
            continue
        happened = [{name: message} | item for item in told if isinstance(item, dict)]
        about = [item for item in happened if str(item[name]).lower() == message]
        strange += len(told) - len(about)
        items += about
    findings: list[Finding] = [("not_told", {"found": str(lost), "expected": str(len(messages))})] if lost else []
    return items, findings + ([("not_asked_for", {"found": str(strange)})] if strange else [])


pull_statuses = partial(round_of, "svarut", statuses)
pull_events = partial(round_of, "svarut", partial(each, EVENTS, "hendelser", "forsendelseId"))
