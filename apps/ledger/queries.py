"""What may be asked of the ledger."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.ledger.models import WORK_ON_A_FILE, Owed, Reference, Tie, Work

TRIES = 3
# Only a file can be at fault; reconciliation is tried until it is done.
WORTH_TRYING = Q(tries__lt=TRIES) | ~Q(work__in=WORK_ON_A_FILE)


def free_at(now: datetime) -> Q:
    """Work that nobody holds: never taken, or its lease ran out."""
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now)


def unclaimed(*, work: str, now: datetime) -> QuerySet[Owed]:
    """Owed work that nobody holds, oldest first; a file that failed three times waits for a person and is not among it."""
    return Owed.objects.filter(free_at(now), WORTH_TRYING, work=work).order_by("owed_since", "part", "pk")


def unread(*, now: datetime) -> QuerySet:
    """The services of which a file is being read or waits to be, by their ids; not those whose file waits for a person."""
    return Owed.objects.filter(WORTH_TRYING | Q(lease_until__gte=now), work=Work.IMPORT).values("service_id")


def gives_way(*, owed: Owed, now: datetime) -> bool:
    """Whether somebody works on another file of the service while files of other services wait: many files of one must not take all that work."""
    files = Owed.objects.filter(work__in=WORK_ON_A_FILE)
    if not files.filter(service=owed.service_id, lease_until__gte=now).exclude(pk=owed.pk).exists():
        return False
    return files.exclude(service=owed.service_id).filter(free_at(now), WORTH_TRYING).exists()


def next_file(*, service_id: int, now: datetime) -> Owed | None:
    """The file of the service that has waited longest for somebody to take it."""
    return Owed.objects.filter(free_at(now), WORTH_TRYING, work__in=WORK_ON_A_FILE, service=service_id).order_by("owed_since", "pk").first()


def references(*, delivery: int) -> QuerySet[Reference]:
    """The references tied together in a delivery, oldest first."""
    return Reference.objects.filter(delivery=delivery).order_by("pk")


def ties(*, homes: list[int]) -> QuerySet[Tie]:
    """The ties in force among these homes, each with the import and line (or the person) that asserted it."""
    return Tie.objects.standing().filter(one__in=homes, other__in=homes, undone__isnull=True).order_by("pk")
