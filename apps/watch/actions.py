"""What the watch writes down."""

from collections import Counter
from datetime import datetime

from django.db.models import Count, Max, Min

from apps.feeds import arrangements
from apps.feeds.models import Feed
from apps.feeds.rhythm import Standing
from apps.ledger.models import Import, ImportState, Owed
from apps.watch.models import Pulse


def beat(*, now: datetime) -> Pulse:
    """Look at everything and write down that somebody did, and what was found. `now` is aware. Needs the scope of an operator."""
    owed = Owed.objects.aggregate(owed=Count("pk"), owed_since=Min("owed_since"))
    standings = Counter(arrangements.standings(Feed.objects.all(), now=now).values())
    found = {
        "at": now,
        **owed,
        "needs_a_person": Import.objects.filter(state=ImportState.NEEDS_A_PERSON).count(),
        "late": standings[Standing.LATE],
        "silent": standings[Standing.SILENT],
        "complete_at": Import.objects.complete().aggregate(at=Max("finished_at"))["at"],
    }
    return Pulse.objects.update_or_create(pk=1, defaults=found)[0]
