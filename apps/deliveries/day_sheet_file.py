"""A day sheet as rows of a file: what people keep by hand in a spreadsheet, one line for each report and each registration."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext as _

from apps.deliveries.day_sheet import Sheet
from apps.deliveries.models import Channel, Reporter
from apps.deliveries.states import State
from apps.ui import moments


def rows(sheet: Sheet) -> Iterator[list[object]]:
    """The headings, then as the page has it: what was received, part by part, and what was registered without a carrier's reference."""
    yield [
        _("Side"),
        _("Part"),
        _("Time"),
        _("Reference"),
        _("All references"),
        _("State"),
        _("Channel"),
        _("Reporter"),
        _("Children"),
        _("Journal number"),
        _("Reporter codes"),
    ]
    parts = (
        (_("Nothing shows that these arrived"), sheet.left),
        (_("May still be registered in time"), sheet.waiting),
        (_("Registered"), sheet.tied),
        (_("Closed by a decision"), sheet.settled),
    )
    for part, received in parts:
        for row in received:
            yield [_("Received"), part, *_of(row, row["received_at"]), "", ""]
    for row in sheet.right:
        yield [_("Registered without a carrier's reference"), "", *_of(row, row["registered_at"]), row["journal"], row["codes"]]


def about(sheet: Sheet, *, service: str, day: date, now: datetime) -> Iterator[tuple[str, object]]:
    """What the file holds, and as of when."""
    yield _("List"), f"{_('Day sheet')}, {service}, {day:%d.%m.%Y}"
    yield (
        _("What is listed"),
        _("One line for each report with a receipt of that day, and for each registration that no carrier's reference ties."),
    )
    yield _("As of"), moments.exact(now)
    yield _("Rows"), sheet.received + len(sheet.right)


def _of(row: dict, at: datetime) -> list[object]:
    return [
        moments.exact(at),
        row["references"][0][1] if row["references"] else row["id"],
        " ".join(f"{namespace}:{value}" for namespace, value in row["references"]),
        State(row["state"]).label,
        Channel(row["channel"]).label,
        Reporter(row["reporter"]).label if row["reporter"] else "",
        row["children"],
    ]
