"""What may be done about letters: print them, say by which number the post follows one, and write the service's own words. None of it closes anything."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Delivery
from apps.ledger import actions as ledger
from apps.letters import queries, words
from apps.letters.models import Language, Letter, Printing, Tracking, Wording
from apps.registry.models import Service
from apps.ui import texts

TRACKING_LIMIT, SUBJECT_LIMIT, BODY_LIMIT = 40, 200, 4_000


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class NothingToPrint(Exception):
    """None of the messages is there, is from the service and open, or there are more than fit on one sheet."""


class PrintedBefore(Exception):
    """Letters of these messages were printed already, and it was not said that they shall be printed again; `deliveries` are their ids."""

    def __init__(self, deliveries: set[int]) -> None:
        super().__init__(sorted(deliveries))
        self.deliveries = deliveries


class NotKept(Exception):
    """A text or number is missing or cannot be kept; `field` says which, `sentence` why, where there is more to say."""

    def __init__(self, field: str, sentence: object = "") -> None:
        super().__init__(field, str(sentence))
        self.field, self.sentence = field, sentence


@transaction.atomic
def print_letters(*, service: Service, deliveries: Sequence[int], language: str, is_again: bool, by: User, now: datetime) -> Printing:
    """A letter for each of the open messages from the service, in the order given. The messages stay open: paper has not arrived either.

    Raises NotAllowed, NothingToPrint, PrintedBefore.
    """
    allow(by, service, now)
    ledger.lock(service_id=service.pk)  # of two who print the same, the second is told
    there = set(Delivery.objects.filter(service=service, pk__in=deliveries).outbound().open().values_list("pk", flat=True))
    wanted = [pk for pk in dict.fromkeys(deliveries) if pk in there]
    if not wanted or len(wanted) > queries.MOST or language not in Language.values:
        raise NothingToPrint
    if not is_again and (before := queries.printed_before(wanted)):
        raise PrintedBefore(before)
    said = queries.words(service=service, language=Language(language))
    printing = Printing.objects.create(service=service, language=language, subject=said.subject, body=said.body, by=by, at=now)
    Letter.objects.bulk_create(Letter(service=service, printing=printing, place=place, reference_id=pk) for place, pk in enumerate(wanted, start=1))
    for pk in wanted:
        audit.record(verb=Verb.PRINTED, by=by, services=[service.pk], about=(Kind.DELIVERY, pk), now=now, printing=printing.pk)
    return printing


@transaction.atomic
def print_for_services(
    *, services: Sequence[Service], deliveries: Sequence[int], language: str, recipients: Mapping[int, str], is_again: bool, by: User, now: datetime
) -> list[Printing]:
    """Letters for messages from several services, as those of a police district: a printing for each service and language of which any is asked for, or none
    at all. `recipients`: the language of the recipient by message; of all others it is `language`.

    Raises NotAllowed, NothingToPrint, PrintedBefore.
    """
    asked = Delivery.objects.filter(service__in=services, pk__in=deliveries).outbound().open()
    of_service = dict(asked.values_list("pk", "service"))
    if not of_service:
        raise NothingToPrint
    if not is_again and (before := queries.printed_before(of_service)):
        raise PrintedBefore(before)
    chosen: dict[tuple[int, str], list[int]] = {}
    for pk in filter(of_service.get, deliveries):
        chosen.setdefault((of_service[pk], recipients.get(pk, language)), []).append(pk)
    named = {service.pk: service for service in services}
    return [
        print_letters(service=named[one], deliveries=theirs, language=read, is_again=is_again, by=by, now=now) for (one, read), theirs in sorted(chosen.items())
    ]


@transaction.atomic
def track(*, letter: Letter, number: str, by: User, now: datetime) -> Tracking:
    """Note the number under which the post follows a letter; the same number twice is one. Raises NotAllowed, NotKept."""
    allow(by, letter.service, now)
    number = number.strip()
    if not number or not number.isascii() or not number.isalnum() or (wrong := texts.unfit(number, TRACKING_LIMIT)):
        raise NotKept("number", wrong if number.isalnum() and number.isascii() else "")
    tracking, is_new = Tracking.objects.get_or_create(service=letter.service, letter=letter, number=number, defaults={"by": by, "at": now})
    if is_new:
        audit.record(verb=Verb.TRACKED, by=by, services=[letter.service_id], about=(Kind.DELIVERY, letter.reference_id), now=now, letter=letter.pk)
    return tracking


@transaction.atomic
def write(*, service: Service, language: str, subject: str, body: str, by: User, now: datetime) -> Wording:
    """The service's own words from now on. Raises NotAllowed, NotKept, words.UnknownPlaceholder."""
    allow(by, service, now)
    for field, text, limit in (("subject", subject, SUBJECT_LIMIT), ("body", body, BODY_LIMIT)):
        if not text.strip():
            raise NotKept(field)
        if wrong := texts.unfit(text, limit):
            raise NotKept(field, wrong)
        words.check(text)
    ledger.lock(service_id=service.pk)
    version = queries.newest_version(service=service, language=Language(language)) + 1
    written = {"subject": subject.strip(), "body": body.strip().replace("\r\n", "\n")}
    made = Wording.objects.create(service=service, language=language, version=version, **written, by=by, at=now)
    audit.record(verb=Verb.WORDED, by=by, services=[service.pk], about=(Kind.SERVICE, service.pk), now=now, language=language, version=version)
    return made


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.DECIDE, service=service, now=now):
        raise NotAllowed
