"""What the pages of letters read."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, OuterRef, QuerySet, Subquery

from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.ledger.models import Direction
from apps.letters.models import Language, Letter, Printing, Wording
from apps.letters.words import BODY, SUBJECT
from apps.registry.models import Service

MOST = 200  # on one address sheet


@dataclass(frozen=True)
class Words:
    """What letters of a service say in one language; `version` 0 is our own."""

    subject: str
    body: str
    version: int = 0


def words(*, service: Service, language: Language) -> Words:
    own = Wording.objects.filter(service=service, language=language).order_by("-version").first()
    return Words(own.subject, own.body, own.version) if own else Words(SUBJECT[language], BODY[language])


def language_of_last(*, services: Iterable[int]) -> Language:
    """In which these services had letters printed last: for recipients of whom none is known. Bokmål where there were none."""
    last = Printing.objects.filter(service__in=services).order_by("-pk").values_list("language", flat=True).first()
    return Language(last) if last else Language.BOKMAL


def to_resend(open_deliveries: QuerySet[Delivery]) -> list[dict]:
    """Messages from the service that nothing shows to have arrived, oldest first, at most MOST: rows as in deliveries.queries with `printed_at`, the last time,
    that `printing`, and the language `read` by the recipient: that of the last letter, None where there was none."""
    printed = Letter.objects.filter(reference__delivery=OuterRef("pk")).order_by("-printing__at", "-pk")
    rows = deliveries.rows(open_deliveries.filter(direction=Direction.OUTBOUND).order_by("first_at", "pk")[:MOST])
    last = {"printed_at": "printing__at", "printing": "printing", "read": "printing__language"}
    return list(rows.annotate(**{name: Subquery(printed.values(field)[:1]) for name, field in last.items()}))


def printed_before(homes: Iterable[int]) -> set[int]:
    """Those of the deliveries of which a letter was printed already."""
    return set(Letter.objects.filter(reference__delivery__in=list(homes)).values_list("reference__delivery", flat=True))


def letters_of(delivery: Delivery) -> QuerySet[Letter]:
    """Newest first, with who printed them and the post's numbers."""
    mine = Letter.objects.filter(service=delivery.service_id, reference__delivery=delivery.pk)
    return mine.select_related("printing__by").prefetch_related("trackings").order_by("-printing__at", "-pk")


def newest_version(*, service: Service, language: Language) -> int:
    return Wording.objects.filter(service=service, language=language).aggregate(newest=Max("version"))["newest"] or 0
