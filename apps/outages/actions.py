"""What may be marked: an outage or a fault and its window, a correction of it; which case system a service uses, and the day on which that was mended."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import scope_at
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind as Thing
from apps.audit.verbs import Verb
from apps.outages.models import CHANNELS, Kind, Outage, Precision, Usage
from apps.registry.models import Service
from apps.ui import texts
from apps.ui.filters import start_of

LIMITS = {"what": 500, "said_by": 200, "source": 500, "system": 80, "version": 40}
Problems = dict[str, str | Promise]


class NotAllowed(Exception):
    """The person may not mark this in the service, or not for all services."""


class Incomplete(Exception):
    """Fields are missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


class AlreadyCorrected(Exception):
    """Somebody has corrected this mark before."""


@transaction.atomic
def mark(
    *,
    service: Service | None,
    kind: str,
    channel: str,
    system: str,
    version: str,
    first_day: date,
    first_time: time | None = None,
    last_day: date | None,
    last_time: time | None = None,
    precision: str,
    what: str,
    said_by: str,
    said_on: date,
    source: str,
    corrects: Outage | None = None,
    holds: bool = True,
    by: User | None,
    now: datetime,
) -> Outage:
    """Mark an outage or a fault, in one service or (None) in all; or correct an earlier mark, which then no longer stands. `by` None is the operator.

    Days and times are Oslo's, the last day included; without one it lasts. Raises NotAllowed, Incomplete, AlreadyCorrected.
    """
    allow(by, service, now)
    system, version, what, said_by, source = (typed.strip() for typed in (system, version, what, said_by, source))
    problems = unkept({"system": system, "version": version, "what": what, "said_by": said_by, "source": source})
    problems |= wrong_window(first_day, first_time, last_day, last_time, precision)
    if kind not in Kind.values:
        problems["kind"] = _("Choose what it was.")
    if channel not in ("", *(value for value, _label in CHANNELS)):
        problems["channel"] = _("Choose a channel.")
    elif not channel and not system:
        problems["channel"] = _("Name the channel or the case system.")
    if version and not system:
        problems["system"] = _("Name the case system that the version is of.")
    if said_on > timezone.localdate(now):
        problems["said_on"] = _("The day lies ahead.")
    if problems:
        raise Incomplete(problems)
    if corrects and (Outage.objects.filter(corrects=corrects).exists() or corrects.service_id != (service.pk if service else None)):
        raise AlreadyCorrected
    begins_at, ends_at = window(first_day, first_time, last_day, last_time, precision)
    try:
        with transaction.atomic():
            marked = Outage.objects.create(
                service=service,
                kind=kind,
                channel=channel,
                system=system,
                version=version,
                begins_at=begins_at,
                ends_at=ends_at,
                precision=precision,
                what=what,
                said_by=said_by,
                said_on=said_on,
                source=source,
                corrects=corrects,
                holds=holds,
                by=by,
                at=now,
            )
    except IntegrityError:  # two people at the same moment
        raise AlreadyCorrected from None
    told(by, service.pk if service else None, now, outage=marked.pk, corrects=corrects.pk if corrects else None, holds=holds)
    return marked


@transaction.atomic
def take_back(*, outage: Outage, by: User, now: datetime) -> Outage:
    """Say that what was marked was not so: a correction that does not hold, otherwise the same. Raises NotAllowed, AlreadyCorrected."""
    allow(by, outage.service, now)
    if Outage.objects.filter(corrects=outage).exists() or not outage.holds:
        raise AlreadyCorrected
    kept = {
        field.attname: getattr(outage, field.attname) for field in Outage._meta.concrete_fields if field.name not in ("id", "corrects", "holds", "by", "at")
    }
    taken = Outage.objects.create(**kept, corrects=outage, holds=False, by=by, at=now)
    told(by, outage.service_id, now, outage=taken.pk, corrects=outage.pk, holds=False)
    return taken


@transaction.atomic
def arrange(
    *,
    service: Service,
    system: str,
    version: str,
    adopted_on: date,
    patched_on: date | None,
    ended_on: date | None,
    by: User | None,
    now: datetime,
) -> Usage:
    """Say that a service used a case system from a day on, and when it was mended and given up; what was said of the same adoption before gets these days.

    Which one a service uses is public, so a national coordinator may say it too. Raises NotAllowed, Incomplete.
    """
    if by and not scope_at(user=by, now=now).may(Permission.REVIEW_INCIDENTS, service.pk):
        raise NotAllowed
    system, version = system.strip(), version.strip()
    problems = unkept({"system": system, "version": version}, may_be_empty=("version",))
    if not system:
        problems["system"] = _("Name the case system.")
    problems |= wrong_days(adopted_on, patched_on, ended_on, timezone.localdate(now))
    if problems:
        raise Incomplete(problems)
    days = {"patched_on": patched_on, "ended_on": ended_on}
    used, is_new = Usage.objects.get_or_create(service=service, system=system, version=version, adopted_on=adopted_on, defaults={**days, "by": by, "at": now})
    if not is_new:
        Usage.objects.filter(pk=used.pk).update(**days)
        used.patched_on, used.ended_on = patched_on, ended_on
    told(by, service.pk, now, system=system, version=version, adopted_on=adopted_on, **days)
    return used


def allow(by: User | None, service: Service | None, now: datetime) -> None:
    """In a service whoever manages it; what is true of all of them is said by who may speak for all. The operator, who sets things up, may."""
    if by is None:
        return
    mine = scope_at(user=by, now=now)
    if not (service.pk in mine.services(Permission.REVIEW_INCIDENTS) if service else mine.everywhere(Permission.REVIEW_INCIDENTS)):
        raise NotAllowed


def unkept(typed: Mapping[str, str], may_be_empty: tuple[str, ...] = ("system", "version")) -> Problems:
    problems: Problems = {}
    for name, text in typed.items():
        if not text and name not in may_be_empty:
            problems[name] = _("This is needed.")
        elif wrong := texts.unfit(text, LIMITS[name]):
            problems[name] = wrong
    return problems


def wrong_window(first_day: date, first_time: time | None, last_day: date | None, last_time: time | None, precision: str) -> Problems:
    problems: Problems = {}
    if precision not in Precision.values:
        problems["precision"] = _("Choose how exactly it is known.")
    elif precision == Precision.MINUTE:
        if first_time is None:
            problems["first_time"] = _("Give the time, or say that only the day is known.")
        if last_day and last_time is None:
            problems["last_time"] = _("Give the time, or say that only the day is known.")
    if last_day and not problems:
        begins_at, ends_at = window(first_day, first_time, last_day, last_time, precision)
        if last_day < first_day or (ends_at and ends_at <= begins_at):
            problems["last_day"] = _("The window ends before it begins.")
    return problems


def wrong_days(adopted_on: date, patched_on: date | None, ended_on: date | None, today: date) -> Problems:
    problems: Problems = {}
    if patched_on and patched_on < adopted_on:
        problems["patched_on"] = _("The patch lies before the case system was adopted.")
    elif patched_on and patched_on > today:
        problems["patched_on"] = _("The day lies ahead.")
    if ended_on and ended_on < adopted_on:
        problems["ended_on"] = _("The last day lies before the case system was adopted.")
    return problems


def window(first_day: date, first_time: time | None, last_day: date | None, last_time: time | None, precision: str) -> tuple[datetime, datetime | None]:
    """From the first moment on, to the first at which it was over: of whole days, or whole months, where no more is known."""
    if precision == Precision.MINUTE:
        return at_time(first_day, first_time), at_time(last_day, last_time) if last_day else None
    if precision == Precision.MONTH:
        first_day = first_day.replace(day=1)
        last_day = (last_day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1) if last_day else None
    return start_of(first_day), start_of(last_day + timedelta(days=1)) if last_day else None


def at_time(day: date, at: time | None) -> datetime:
    return timezone.make_aware(datetime.combine(day, at or time.min))


def told(by: User | None, service: int | None, now: datetime, **details: object) -> None:
    about = (Thing.SERVICE, service) if service else None
    audit.record(verb=Verb.FAULT_MARKED, by=by, services=[service], about=about, now=now, **details)
