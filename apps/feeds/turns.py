"""Whose file a worker reads next, so that the many files of one service keep nobody else waiting."""

from apps.feeds import actions
from apps.feeds.actions import Clock
from apps.ledger import queries as facts
from apps.ledger.models import WORK_ON_A_FILE, Owed


def take(*, feed_import_id: int, clock: Clock) -> None:
    """Read the file, unless it gives way: while another of its service is read and other services wait. It is rung for when that one is done."""
    owed = Owed.objects.filter(feed_import=feed_import_id, work__in=WORK_ON_A_FILE).first()
    if owed is None or facts.gives_way(owed=owed, now=clock()):
        return
    actions.run(feed_import_id=feed_import_id, clock=clock)
    if following := facts.next_file(service_id=owed.service_id, now=clock()):
        actions.ring("feeds.run_import", following.feed_import_id)
