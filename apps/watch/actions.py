"""What the watch writes down: that somebody looked, which alarms that raises and ends, and what people do about them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb
from apps.feeds import arrangements
from apps.feeds.models import Feed
from apps.feeds.rhythm import Standing
from apps.ledger.models import Import, ImportState, Owed
from apps.registry.models import Service
from apps.ui import texts
from apps.watch import counting, findings, recipients, telling
from apps.watch.findings import Finding
from apps.watch.models import REASON_LIMIT, Act, Alarm, Arrangement, Fate, Level, Pulse, Step, Telling

LONGEST = timedelta(days=7)
LONGEST_ESCALATION = 7 * 24  # hours
LOCK, LOCK_CLASS = "SELECT pg_advisory_xact_lock(%s, 0)", 0x77617463  # "watc": two beats follow each other


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class AlarmEnded(Exception):
    """The cause is gone, so there is nothing left to take on."""


class Unfit(Exception):
    """Something that was said cannot be kept; `field` says which, `sentence` why."""

    def __init__(self, field: str, sentence: object) -> None:
        super().__init__(field, str(sentence))
        self.field, self.sentence = field, sentence


@transaction.atomic
def beat(*, now: datetime) -> Pulse:
    """Look at everything, raise and end alarms, and write down that somebody did, and what was found. `now` is aware. Needs the scope of an operator."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [LOCK_CLASS])
    counting.count(services=counting.with_news(now=now), now=now)
    settle(found=findings.find(now=now), now=now)
    telling.owe_digests(now=now)
    owed = Owed.objects.aggregate(owed=Count("pk"), owed_since=Min("owed_since"))
    standings = Counter(arrangements.standings(Feed.objects.all(), now=now).values())
    found = {
        "at": now,
        **owed,
        "needs_a_person": Import.objects.filter(state=ImportState.NEEDS_A_PERSON).count(),
        "late": standings[Standing.LATE],
        "silent": standings[Standing.SILENT],
        "complete_at": Import.objects.complete().aggregate(at=Max("finished_at"))["at"],
        "alarms": Alarm.objects.open().count(),
        "untold_since": Telling.objects.filter(fate=Fate.OWED, due_at__lte=now, tries__gt=0).aggregate(at=Min("made_at"))["at"],
    }
    return Pulse.objects.update_or_create(pk=1, defaults=found)[0]


@transaction.atomic
def settle(*, found: Iterable[Finding], now: datetime) -> None:
    """Hold what was found against the alarms that are open: raise what is new, once for each cause; follow what changed; end what is over; call what nobody took on."""
    standing = {finding.cause: finding for finding in found}
    open_alarms = {(alarm.service_id, alarm.what, alarm.feed_id, alarm.feed_import_id): alarm for alarm in Alarm.objects.open()}
    steps = [
        *_raised([finding for cause, finding in standing.items() if cause not in open_alarms], now),
        *_followed([(open_alarms[cause], finding) for cause, finding in standing.items() if cause in open_alarms], now),
        *_ended([alarm for cause, alarm in open_alarms.items() if cause not in standing], now),
        *_came_back([alarm for cause, alarm in open_alarms.items() if cause in standing], now),
    ]
    Step.objects.bulk_create(steps)
    services = {step.service_id for step in steps} | {alarm.service_id for alarm in open_alarms.values()}
    people = recipients.of(services=services, now=now)
    steps += _escalated([alarm for cause, alarm in open_alarms.items() if cause in standing], people, now)
    telling.owe(steps=steps, people=people, now=now)
    for step in steps:
        if step.act == Act.RAISED:
            about = (Kind.ALARM, step.alarm_id)
            audit.record(verb=Verb.ALARMED, by=Actor.WORKER, services=[step.service_id], about=about, now=now, what=step.alarm.what, level=step.level)


def _raised(new: list[Finding], now: datetime) -> list[Step]:
    alarms = [
        Alarm(
            service_id=one.service,
            what=one.what,
            feed_id=one.feed,
            feed_import_id=one.feed_import,
            level=one.level,
            since=one.since,
            raised_at=now,
            waits_since=now,
            figures=one.figures,
        )
        for one in new
    ]
    return [_step(alarm, Act.RAISED, now) for alarm in Alarm.objects.bulk_create(alarms)]


def _followed(known: list[tuple[Alarm, Finding]], now: datetime) -> list[Step]:
    """The figures as they are now. A level that rises is told again, whoever has taken it on; one that falls is only noted."""
    changed, steps = [], []
    for alarm, finding in known:
        if (alarm.level, alarm.figures, alarm.since) == (finding.level, finding.figures, finding.since):
            continue
        if alarm.level != finding.level:
            alarm.level = finding.level
            if finding.level == Level.SILENT:
                alarm.acknowledged_until, alarm.waits_since = None, now
            steps.append(_step(alarm, Act.CHANGED, now))
        alarm.figures, alarm.since = finding.figures, finding.since
        changed.append(alarm)
    Alarm.objects.bulk_update(changed, ["level", "figures", "since", "acknowledged_until", "waits_since"])
    return steps


def _ended(over: list[Alarm], now: datetime) -> list[Step]:
    ids = [alarm.pk for alarm in over]
    Alarm.objects.filter(pk__in=ids).update(ended_at=now)
    Telling.objects.filter(step__alarm__in=ids, fate=Fate.OWED, lease_until__isnull=True).update(fate=Fate.NEEDLESS)
    return [_step(alarm, Act.ENDED, now) for alarm in over]


def _came_back(standing: list[Alarm], now: datetime) -> list[Step]:
    """What somebody had taken on until now, and which still stands."""
    back = [alarm for alarm in standing if alarm.acknowledged_until and alarm.acknowledged_until <= now]
    for alarm in back:
        alarm.acknowledged_until, alarm.escalated_at, alarm.waits_since = None, None, now
    Alarm.objects.bulk_update(back, ["acknowledged_until", "escalated_at", "waits_since"])
    return [_step(alarm, Act.CAME_BACK, now) for alarm in back]


def _escalated(standing: list[Alarm], people: recipients.Recipients, now: datetime) -> list[Step]:
    """What nobody has taken on in the hours that the service gives goes to its managers, once."""
    arranged = {one.service_id: one for one in Arrangement.objects.filter(service__in={alarm.service_id for alarm in standing})}
    due = []
    for alarm in standing:
        rule = arranged.get(alarm.service_id or 0) or Arrangement()
        hours = rule.escalate_urgent_after if alarm.is_urgent else rule.escalate_after
        if not alarm.acknowledged_until and not alarm.escalated_at and now - alarm.waits_since >= timedelta(hours=hours) and people.managers(alarm.service_id):
            alarm.escalated_at = now
            due.append(alarm)
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in due]).update(escalated_at=now)
    return Step.objects.bulk_create([_step(alarm, Act.ESCALATED, now) for alarm in due])


def _step(alarm: Alarm, act: Act, now: datetime) -> Step:
    return Step(service_id=alarm.service_id, alarm=alarm, act=act, at=now, level=alarm.level)


@transaction.atomic
def acknowledge(*, alarm: Alarm, until: datetime, reason: str, by: User, now: datetime) -> Step:
    """Take an alarm on until a moment, at most a week from now: until then nobody is told of it again, unless it gets worse. Raises NotAllowed, Unfit, AlarmEnded."""
    if not may(user=by, permission=Permission.TAKE_ON_ALARMS, service=alarm.service, now=now):
        raise NotAllowed
    if not now < until <= now + LONGEST:
        raise Unfit("until", _("At most seven days ahead.") if until > now else _("This time has passed."))
    if not reason.strip():
        raise Unfit("reason", _("Write what is being done."))
    if wrong := texts.unfit(reason, REASON_LIMIT):
        raise Unfit("reason", wrong)
    if not Alarm.objects.open().filter(pk=alarm.pk).update(acknowledged_until=until):
        raise AlarmEnded
    step = Step.objects.create(service=alarm.service, alarm=alarm, act=Act.ACKNOWLEDGED, at=now, level=alarm.level, by=by, until=until, reason=reason.strip())
    audit.record(verb=Verb.ACKNOWLEDGED, by=by, services=[alarm.service_id], about=(Kind.ALARM, alarm.pk), now=now, until=until.isoformat())
    return step


@transaction.atomic
def arrange(*, service: Service, escalate_after: int, escalate_urgent_after: int, wants_digest: bool, by: User, now: datetime) -> Arrangement:
    """Say after how many hours the managers are told of what nobody took on, and whether there is a digest each day. Raises NotAllowed, Unfit."""
    if not may(user=by, permission=Permission.MANAGE_MEMBERS, service=service, now=now):
        raise NotAllowed
    said = {"escalate_after": escalate_after, "escalate_urgent_after": escalate_urgent_after}
    for field, hours in said.items():
        if not 1 <= hours <= LONGEST_ESCALATION:
            raise Unfit(field, _("From 1 to 168 hours."))
    arranged, _is_new = Arrangement.objects.update_or_create(service=service, defaults={**said, "wants_digest": wants_digest})
    audit.record(verb=Verb.ALARMS_ARRANGED, by=by, services=[service.pk], about=(Kind.SERVICE, service.pk), now=now, **said, wants_digest=wants_digest)
    return arranged
