"""What may be done with what others keep: a manager signs the control of a period."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.registry.models import Service
from apps.reports import controls
from apps.reports.models import NOTE_LIMIT, Control
from apps.ui import texts

LONGEST = 366  # days
# Two people of one service sign one after the other, so that the second sees what the first signed.
LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
LOCK_CLASS = 0x7369676E  # "sign"


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class Unsignable(Exception):
    """The period cannot be signed; `problems` says why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


@transaction.atomic
def sign_control(*, service: Service, first_day: date, last_day: date, note: str, by: User, now: datetime) -> Control:
    """Keep that what came on these days in Oslo (both included) was gone through, with the numbers of this moment. Raises NotAllowed, Unsignable."""
    if not may(user=by, permission=Permission.SIGN_CONTROLS, service=service, now=now):
        raise NotAllowed
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [LOCK_CLASS, service.pk])
    wrong = problems(service=service, first_day=first_day, last_day=last_day, now=now)
    if unfit := texts.unfit(note, NOTE_LIMIT):
        wrong["note"] = unfit
    if wrong:
        raise Unsignable(wrong)
    found = controls.proposed(service=service, first_day=first_day, last_day=last_day)
    control = Control.objects.create(
        service=service,
        first_day=first_day,
        last_day=last_day,
        numbers=found.numbers,
        sources=[source.kept() for source in found.sources],
        unfinished=found.unfinished,
        rejected=found.rejected,
        note=note.strip(),
        by=by,
        at=now,
    )
    told = {"control": control.pk, "begins": first_day.isoformat(), "ends": last_day.isoformat(), "open": control.open}
    audit.record(verb=Verb.SIGNED, by=by, services=[service.pk], about=(Kind.SERVICE, service.pk), now=now, **told)
    return control


def problems(*, service: Service, first_day: date, last_day: date, now: datetime) -> dict[str, str | Promise]:
    """Why the period cannot be signed at `now`, field by field; empty when it can."""
    if last_day < first_day:
        return {"last_day": _("The last day lies before the first.")}
    if last_day >= timezone.localdate(now):
        return {"last_day": _("The period must be over. The last day that can be signed is yesterday.")}
    if (last_day - first_day).days >= LONGEST:
        return {"last_day": _("At most a year at a time.")}
    signed = Control.objects.filter(service=service).touching(first_day, last_day).select_related("by").order_by("first_day").first()
    if signed:
        days = {"first": signed.first_day.strftime("%d.%m.%Y"), "last": signed.last_day.strftime("%d.%m.%Y")}
        return {"first_day": _("%(first)s-%(last)s is signed already, by %(who)s.") % {**days, "who": signed.by}}
    return {}
