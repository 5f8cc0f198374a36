"""What the process that works does for figures: asks for pages of them, and looks back at how things stood."""

import io
from datetime import datetime, timedelta
from statistics import median

from django.core.management import call_command
from django.db import connections
from django.db.models import Count
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.roles import Role
from apps.deliveries.models import Delivery
from apps.registry.models import Service
from apps.statements import actions as statements
from apps.statements import figuring
from apps.statements.actions import Asked
from apps.statements.models import Basis, Statement
from tests.benchmarks.measured import PLAIN_FILES, cpu, seconds, signed_in, somebody, worked
from tests.pages import asked
from tests.universe import BERGEN

PAGES = {"/overview/": Role.MANAGER, "/figures/": Role.MANAGER, "/figures/across/": Role.NATIONAL_COORDINATOR}


def ask_for_figures(rounds: str) -> dict[str, dict[str, float]]:
    """Milliseconds of each page that counts, whole: the middle one and the one that 95 of a hundred stay below; what it works on the average; its queries."""
    taken = {}
    for page, role in PAGES.items():
        client = signed_in(somebody(role))
        with override_settings(STORAGES=PLAIN_FILES):
            client.get(page)
            with CaptureQueriesContext(connections["default"]) as captured:
                shown = client.get(page)
            queries = asked(captured)  # before the next page, which forgets them
            if shown.status_code != 200:
                raise SystemExit(f"{page} answered {shown.status_code}")
            before = cpu("default")
            times = sorted(seconds(lambda client=client, page=page: client.get(page)) * 1000 for _ in range(int(rounds)))  # type: ignore[misc]
            work = (cpu("default") - before) * 1000 / len(times)
        taken[page] = {"queries": queries, "middle": median(times), "slow": times[len(times) * 95 // 100], "work": work}
    return taken


def look_back(*days_ago: str) -> dict[str, object]:
    """Seconds and CPU seconds of figures as they stood so many days ago, by a statement and by the command, of figures now, and of the page that tells why the
    statement of the last of these days differs from one of today. The floor is one pass over the deliveries as they are stored, counted by four of their columns.
    """
    now = timezone.now()
    taken = {"floor": worked(lambda: list(Delivery.objects.order_by().values_list("state", "category", "is_late", "children").annotate(Count("pk"))))}
    for days in days_ago:
        taken |= figures_of(days, now)
    taken |= {"statement now": worked(lambda: issue(now, now)), "figures now": worked(lambda: command(as_of=now))}
    earlier, later = Statement.objects.order_by("-pk")[:2][::-1]
    client = signed_in(somebody(Role.MANAGER))
    pages: list[object] = []
    with override_settings(STORAGES=PLAIN_FILES):
        taken["difference"] = worked(lambda: pages.append(client.get(reverse("statements:difference", args=[later.pk], query={"with": earlier.pk}))))
    if pages[0].status_code != 200:
        raise SystemExit(f"the difference answered {pages[0].status_code}")
    states = figuring.difference(later.figures, earlier.figures)["inbound"]["states"]
    return {"deliveries": Delivery.objects.count(), "differ": sum(grown for grown in states.values() if grown > 0), "taken": taken}


def look_back_again(days_ago: str) -> dict[str, object]:
    """The same of one day, when more has been heard since."""
    return figures_of(days_ago, timezone.now())


def figures_of(days: str, now: datetime) -> dict[str, dict[str, float]]:
    at = now - timedelta(days=int(days))
    return {f"statement {days}": worked(lambda: issue(at, now)), f"figures {days}": worked(lambda: command(as_of=at, known_at=at))}


def issue(at: datetime, now: datetime) -> None:
    """Tell a statement of the year, as of and known at a moment."""
    asked = Asked(from_day=(now - timedelta(days=365)).date(), to_day=now.date(), basis=Basis.RECEIVED, as_of=at, known_at=at)
    statements.issue(services=[Service.objects.get(code=BERGEN)], asked=asked, by=somebody(Role.MANAGER), now=timezone.now())


def command(**told: datetime) -> None:
    call_command("figures", as_json=True, stdout=io.StringIO(), **told)
