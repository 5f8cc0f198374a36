"""How somebody is told: the mail and the webhook of an alarm. Counts and links, never a name, a reference or what a message says."""

import json
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.feeds.connectors.client import Session
from apps.feeds.connectors.connection import Connection
from apps.feeds.connectors.failures import Failed, Wait
from apps.watch import reminders, words
from apps.watch.models import Act, Alarm, Telling, Way
from apps.watch.telling import Unsent

TAKEN = range(200, 300)
SAYS_AGAIN = 1


def mail(telling: Telling, now: datetime) -> None:
    """Raises Unsent."""
    person = telling.person
    if person is None or not person.is_active:
        raise Unsent("the person was shut out")
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject, lines = of_step(telling) if telling.step else of_reminder(telling, now) if telling.reminds else of_day(telling)
        if telling.tries > SAYS_AGAIN:
            lines.append(_("This may have reached you before: it is sent once more because we could not tell."))
        body = "\n\n".join([*lines, _("No names stand in this mail. What it is about is seen after signing in.")]) + "\n"
    headers = {"Message-ID": f"<framme-{telling.pk}@{settings.MAIL_NAME}>", "Auto-Submitted": "auto-generated"}
    try:
        EmailMessage(subject, body, to=[person.email], headers=headers).send()
    except OSError as problem:  # smtplib's errors are among these
        raise Unsent(type(problem).__name__) from problem


def of_step(telling: Telling) -> tuple[str, list[str]]:
    alarm = telling.step.alarm  # type: ignore[union-attr]
    subject = _("Framme: %(what)s, %(service)s") % {"what": alarm.get_what_display(), "service": alarm.service.name if alarm.service else _("All services")}
    lines = [f"{alarm.get_what_display()} ({alarm.get_level_display()}).", words.reasoning(alarm), page_of(alarm)]
    if telling.step.act == Act.ESCALATED:  # type: ignore[union-attr]
        lines.insert(0, _("Nobody has taken this on, so it is told to you as the manager of the service."))
    return subject, lines


def page_of(alarm: Alarm) -> str:
    """Where it is read: what concerns all services stands on the status page."""
    return link("watch:alarm", alarm.pk) if alarm.service_id else link("watch:status")


def of_reminder(telling: Telling, now: datetime) -> tuple[str, list[str]]:
    subject, sentences, (page, of) = reminders.said(telling, now)
    return subject, [*sentences, link(page, *of)]


def of_day(telling: Telling) -> tuple[str, list[str]]:
    mine = Alarm.objects.open().filter(service=telling.service)
    count, taken = mine.count(), mine.filter(acknowledged_until__isnull=False).count()
    stand = ngettext("%(count)s alarm stands", "%(count)s alarms stand", count) % {"count": count}
    subject = f"Framme: {stand}, {telling.service.name}"
    return subject, [f"{stand}.", _("Taken on by somebody: %(count)s") % {"count": taken}, link("watch:alarms")]


def link(name: str, *args: object) -> str:
    return settings.OWN_ADDRESS + reverse(name, args=args)


def webhook(telling: Telling, now: datetime, session_of: Callable[[Connection], Session] = Session) -> None:
    """Raises Unsent. Asks only an address that stands in the settings now, follows nobody elsewhere, and waits no longer than the connectors do."""
    there = next((one for one in settings.ALARM_WEBHOOKS if one.address == telling.address), None)
    if there is None or telling.step is None:
        raise Unsent("no longer in the settings")
    alarm = telling.step.alarm
    said = {
        "id": telling.pk,
        "may_be_repeated": telling.tries > SAYS_AGAIN,
        "act": telling.step.act,
        "alarm": alarm.pk,
        "service": alarm.service.code if alarm.service else None,
        "what": alarm.what,
        "level": telling.step.level,
        "since": alarm.since.isoformat(),
        "figures": alarm.figures,
        "address": page_of(alarm),
    }
    session = session_of(Connection(feed="", connector="webhook", address=there.address, proxy=settings.OUTBOUND_PROXY))
    try:
        status, _body = session.once("POST", there.address, json.dumps(said).encode(), {"Content-Type": "application/json", **there.headers})
    except (Wait, Failed) as problem:
        raise Unsent(str(problem)[:60] or type(problem).__name__) from problem
    if status not in TAKEN:
        raise Unsent(str(status))


WAYS: dict[str, Callable[[Telling, datetime], None]] = {Way.MAIL: mail, Way.WEBHOOK: webhook}
