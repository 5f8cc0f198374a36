"""The overview as tables of numbers, each with the address of exactly its rows, and as charts of the same numbers."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.deliveries import ages
from apps.deliveries.models import Channel
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.outages.models import Outage
from apps.reports import overview, sheet
from apps.reports.overview import Passage, Passages, Waiting
from apps.reports.sheet import Number, Row
from apps.ui import charts
from apps.worklists.catalogue import OPEN, SECOND_LOOK, WORKLISTS

# What only the case system or a caller knows of came by no channel that could have lost it.
CARRIERS = (Channel.PORTAL, Channel.ALTINN, Channel.SVARUT, Channel.EFORMIDLING)
PARTS = [worklist for worklist in WORKLISTS if worklist is not OPEN]


@dataclass(frozen=True)
class Grid:
    """A table of numbers with a heading for each column; `note` says what is counted."""

    id: str
    title: str
    note: str
    columns: list[str | Promise]
    rows: list[Row]
    chart: charts.Bars | None = None


@dataclass(frozen=True)
class ChannelWeeks:
    """One channel week by week: rows of numbers, each week with the share that arrived in words (a dash where nothing has had its time), and its chart if a carrier can lose it."""

    grid: Grid
    shares: list[tuple[str, str]]
    chart: charts.Shares | None


@dataclass(frozen=True)
class Card:
    """As reports/numbers.html shows it."""

    label: str
    count: int
    url: str
    note: str = ""
    is_alarm: bool = False


def cards(tally: Counter[Waiting], direction: str, limits: dict[str, str]) -> list[Card]:
    """The numbers at the top."""
    running_out = overview.on_list(tally, OPEN, runs_out=True)
    return [
        Card(_("Open"), overview.on_list(tally, OPEN), sheet.worklist("open", direction, **limits)),
        Card(
            _("Copy gone within 7 days"),
            running_out,
            sheet.worklist("open", direction, left="7", **limits),
            _("can still be saved"),
            running_out > 0,
        ),
        Card(_("Waiting for a second look"), overview.on_list(tally, SECOND_LOOK), sheet.worklist("second-look", direction, **limits)),
        Card(
            _("Reopened"),
            overview.on_list(tally, OPEN, is_reopened=True),
            sheet.worklist("open", direction, reopened="yes", **limits),
            _("by later evidence against a decision"),
        ),
    ]


def by_age(tally: Counter[Waiting], direction: str, limits: dict[str, str]) -> Grid:
    counts = [[overview.on_list(tally, part, age=place) for part in PARTS] for place in range(len(ages.BANDS))]
    chart = charts.bars(
        id="by-age",
        title=_("Open messages by age"),
        description=_("One bar for each age, divided by worklist. The same numbers stand in the table below."),
        labels=[band.label for band in ages.BANDS],
        parts=[part.name for part in PARTS],
        counts=counts,
    )
    note = _("Open messages by the worklist they are on and the day any source first told of them, counted in whole days.")
    return in_bands("by-age", _("Open, by age"), note, tally, direction, limits, kind="age", filter="age", chart=chart)


def by_time_in_state(tally: Counter[Waiting], direction: str, limits: dict[str, str]) -> Grid:
    note = _("Open messages by the worklist they are on and how long they have been in their state, from the event or the deadline that decided it.")
    return in_bands("by-time", _("Time in state"), note, tally, direction, limits, kind="held", filter="held")


def in_bands(id, title, note, tally, direction, limits, *, kind, filter, chart=None) -> Grid:
    """A row for each worklist, all of them first, and a column for each band after the whole."""
    rows = []
    for worklist in WORKLISTS:
        numbers = [Number(overview.on_list(tally, worklist), sheet.worklist(worklist.slug, direction, **limits), _("All"))]
        numbers += [
            Number(
                overview.on_list(tally, worklist, **{kind: place}),
                sheet.worklist(worklist.slug, direction, **{filter: band.code}, **limits),
                band.label,
            )
            for place, band in enumerate(ages.BANDS)
        ]
        rows.append(Row(worklist.name, numbers))
    return Grid(id, title, note, [_("All"), *(band.label for band in ages.BANDS)], rows, chart)


def due(tally: Counter[Waiting], direction: str, now: datetime, limits: dict[str, str]) -> Grid:
    """Day by day, from today on, what the carriers remove."""
    days = [ages.day(ago=-ahead, now=now) for ahead in range(overview.DAYS_AHEAD)]
    numbers = [
        Number(overview.on_list(tally, OPEN, gone_in=ahead), sheet.worklist("open", direction, gone_on=day.isoformat(), **limits), short(day))
        for ahead, day in enumerate(days)
    ]
    note = _("Open messages of which the carrier removes its copy on the day, from today on.")
    return Grid("due", _("Due this week"), note, [short(day) for day in days], [Row(_("Copy gone"), numbers)])


def changes(tally: Counter[str], direction: str, now: datetime, limits: dict[str, str]) -> Grid:
    day = ages.day(ago=1, now=now)
    numbers = [
        Row(state.label, [Number(tally[state], sheet.all_of_them(direction, state=state.value, since=day.isoformat(), **limits), _("Messages"))])
        for state in State
        if tally[state] or state in (State.ARRIVED, *NEEDS_A_PERSON)
    ]
    note = _(
        "Messages that came into the state they are in on %(day)s or later, by the time of the event or the deadline that decided it. "
        "What a file that came today tells of earlier days is not among them."
    ) % {"day": day.strftime("%d.%m.%Y")}
    return Grid("changes", _("Changed since yesterday"), note, [_("Messages")], numbers)


def by_channel(passages: Passages, direction: str, now: datetime, limits: dict[str, str], outages: Iterable[Outage] = ()) -> list[ChannelWeeks]:
    """Each channel by which anything came in these weeks, with the outages and faults that touch them."""
    mondays, marked, came_by = overview.mondays(now=now), list(outages), {channel for channel, _week in passages}
    return [
        channel_weeks(
            channel,
            [passages.get((channel.value, week), Passage()) for week in range(len(mondays))],
            direction,
            mondays,
            limits,
            [one for one in marked if one.channel in ("", channel)],
        )
        for channel in Channel
        if channel.value in came_by
    ]


def channel_weeks(channel: Channel, weeks: list[Passage], direction: str, mondays: list[date], limits: dict[str, str], outages: list[Outage]) -> ChannelWeeks:
    def row(label: str, counts: list[int], url: Callable[..., str]) -> Row:
        return Row(
            label,
            [Number(count, url(channel=channel.value, **between(monday), **limits), short(monday)) for monday, count in zip(mondays, counts, strict=True)],
        )

    rows = [
        row(_("Received"), [week.received for week in weeks], lambda **filters: sheet.all_of_them(direction, **filters)),
        row(_("Arrived"), [week.arrived for week in weeks], lambda **filters: sheet.all_of_them(direction, state=State.ARRIVED.value, **filters)),
        row(_("Open"), [week.open for week in weeks], lambda **filters: sheet.worklist("open", direction, **filters)),
        row(_("In transit"), [week.in_transit for week in weeks], lambda **filters: sheet.all_of_them(direction, state=State.IN_TRANSIT.value, **filters)),
    ]
    percents = [share(week) for week in weeks]
    chart = drawn(channel, mondays, percents, outages) if channel in CARRIERS else None
    headings = [short(monday) for monday in mondays]
    told = [charts.in_percent(percent) if percent is not None else "–" for percent in percents]
    shares = list(zip(headings, told, strict=True)) if chart else []
    grid = Grid(f"weeks-{channel.value}", str(channel.label), "", headings, rows)
    return ChannelWeeks(grid, shares, chart)


def share(week: Passage) -> float | None:
    """In percent; None where nothing has had the time it may take."""
    of = week.received - week.in_transit
    return week.arrived / of * charts.PERCENT if of else None


def drawn(channel: Channel, mondays: list[date], percents: list[float | None], outages: list[Outage]) -> charts.Shares:
    told = [percent for percent in percents if percent is not None]
    description = (
        _("From %(least)s to %(most)s, by the week in which the messages were received. The same numbers stand in the table below.")
        % {"least": charts.in_percent(min(told)), "most": charts.in_percent(max(told))}
        if told
        else _("No message has had the time it may take.")
    )
    title = _("Share of messages by %(channel)s that arrived") % {"channel": channel.label}
    return charts.shares(
        id=f"share-{channel.value}",
        title=title,
        description=description,
        labels=[short(monday) for monday in mondays],
        percents=percents,
        stretches=[stretch(outage, mondays) for outage in outages],
    )


def stretch(outage: Outage, mondays: list[date]) -> charts.Stretch:
    """The weeks that an outage or a fault touches."""
    first, last = timezone.localdate(outage.begins_at), outage.last_day
    weeks = range(len(mondays))
    return charts.Stretch(
        first=max((week for week in weeks if mondays[week] <= first), default=0),
        last=max((week for week in weeks if last is None or mondays[week] <= last), default=0),
        label=f"{outage.get_kind_display()}. {first:%d.%m.%Y}–{f'{last:%d.%m.%Y}' if last else ''}: {outage.what}",
    )


def between(monday: date) -> dict[str, str]:
    return {"from_day": monday.isoformat(), "to_day": (monday + timedelta(days=6)).isoformat()}


def short(day: date) -> str:
    return day.strftime("%d.%m.")
