"""Mails that remind somebody of what is no alarm: the apps above say of what, whom and when, and the words stand here. Counts and links only.

They are owed, sent and tried again as alarms are (telling.py). Of a subject only the latest occasion is worth a mail: what was not sent before it is needless.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.feeds.rhythm import OSLO
from apps.watch import recipients
from apps.watch.models import Fate, Reminds, Telling, Way

HOUR = 3600  # seconds


class Reminder(NamedTuple):
    """Of what, in which service, on which occasion (a word that makes each of them once), whom (ids), and the figures that the mail is made of."""

    reminds: Reminds
    service: int
    subject: int
    occasion: str
    people: Collection[int]
    figures: dict[str, object]


def owe(*, reminders: Iterable[Reminder], is_urgent: bool, now: datetime) -> int:
    """Write down who must be reminded, each person once on each occasion; returns how many are owed from now on. Without a mail server nothing is.

    `now` is aware. Needs the scope of an operator, and runs in the caller's transaction.
    """
    wanted = [one for one in reminders if one.people] if settings.SENDS_MAIL else []
    due_at = recipients.when(is_urgent=is_urgent, now=now)
    there = set(of(wanted).values_list("reminds", "subject", "occasion", "person"))
    made = [
        Telling(
            service_id=one.service,
            reminds=one.reminds,
            subject=one.subject,
            occasion=one.occasion,
            figures=one.figures,
            way=Way.MAIL,
            person_id=person,
            made_at=now,
            due_at=due_at,
        )
        for one in wanted
        for person in one.people
        if (one.reminds, one.subject, one.occasion, person) not in there
    ]
    for one in wanted:
        unsent(reminds=one.reminds, subjects=[one.subject]).exclude(occasion=one.occasion).update(fate=Fate.NEEDLESS)
    return len(Telling.objects.bulk_create(made, ignore_conflicts=True))


def of(reminders: Collection[Reminder]) -> QuerySet[Telling]:
    """What was said before of these subjects."""
    return Telling.objects.filter(reminds__in={one.reminds for one in reminders}, subject__in={one.subject for one in reminders})


def told(*, reminds: Reminds, subjects: Collection[int]) -> QuerySet[Telling]:
    """The reminders of these subjects that were sent, the first sent first. Needs their scope."""
    return Telling.objects.filter(reminds=reminds, subject__in=subjects, fate=Fate.SENT).select_related("person").order_by("sent_at", "pk")


def forget(*, reminds: Reminds, subjects: Collection[int]) -> None:
    """What they would remind of is done; a mail that is on its way just now is sent."""
    if subjects:
        unsent(reminds=reminds, subjects=subjects).update(fate=Fate.NEEDLESS)


def unsent(*, reminds: Reminds, subjects: Collection[int]) -> QuerySet[Telling]:
    return Telling.objects.filter(reminds=reminds, subject__in=subjects, fate=Fate.OWED, lease_until__isnull=True)


class Said(NamedTuple):
    """A mail: its subject, its sentences, and the page that it leads to."""

    subject: str
    sentences: list[str]
    page: tuple[str, tuple[int, ...]]


def said(telling: Telling, now: datetime) -> Said:
    """In the language that is active."""
    return WORDS[Reminds(telling.reminds)](telling, now)


def breach(telling: Telling, now: datetime) -> Said:
    """By the clock as it stands when the mail goes, however long it waited."""
    due_at = datetime.fromisoformat(str(telling.figures["due_at"]))
    hours = int((due_at - now).total_seconds() // HOUR)
    if due_at < now:
        sentence = ngettext(
            "The authority should have been told %(count)s hour ago. It can still be told, with the reason for that.",
            "The authority should have been told %(count)s hours ago. It can still be told, with the reason for that.",
            -hours,
        ) % {"count": -hours}
    else:
        sentence = ngettext(
            "%(count)s hour is left until the authority must have been told.", "%(count)s hours are left until the authority must have been told.", hours
        ) % {"count": hours}
    subject = _("Framme: the authority was not told of a breach, %(service)s") % {"service": telling.service.name}
    return Said(subject, [sentence], ("breaches:detail", (telling.subject or 0,)))


def access(telling: Telling, now: datetime) -> Said:
    day = date_format(date.fromisoformat(str(telling.figures["expires_on"])), "j. F Y")
    sentence = _("Somebody showed that they can open a channel, and that holds until %(day)s. Let it be opened again, and note that it was.") % {"day": day}
    subject = _("Framme: access to a channel must be shown anew, %(service)s") % {"service": telling.service.name}
    return Said(subject, [sentence], ("readiness:page", ()))


def unused(telling: Telling, now: datetime) -> Said:
    day = date_format(date.fromisoformat(str(telling.figures["until"])), "j. F Y")
    sentence = _("The service says of a channel that it is not used, and that holds until %(day)s. Say so anew, or note who can open it.") % {"day": day}
    subject = _("Framme: whether a channel is used must be said anew, %(service)s") % {"service": telling.service.name}
    return Said(subject, [sentence], ("readiness:page", ()))


def review(telling: Telling, now: datetime) -> Said:
    """Not answered, by the clock as it stands when the mail goes."""
    due_on, today = date.fromisoformat(str(telling.figures["due_on"])), now.astimezone(OSLO).date()
    words = _("The answer of the service was due on %(day)s.") if due_on < today else _("The answer of the service is due on %(day)s.")
    sentences = [words % {"day": date_format(due_on, "j. F Y")}, _("Not answered is not the same as none lost.")]
    if telling.figures["is_last"]:
        sentences.insert(0, _("Nobody has answered the reminders before this one. It is told to whoever opened the review as well."))
    subject = _("Framme: the review of an incident waits for an answer, %(service)s") % {"service": telling.service.name}
    return Said(subject, sentences, ("incidents:review", (int(str(telling.figures["review"])),)))


WORDS: dict[Reminds, Callable[[Telling, datetime], Said]] = {
    Reminds.BREACH: breach,
    Reminds.ACCESS: access,
    Reminds.REVIEW: review,
    Reminds.UNUSED: unused,
}
