"""How far the services have come in a review, as a file: a row for each task. A number that is not told across services stands as its two ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from apps.incidents import queries
from apps.incidents.models import Method, Review
from apps.incidents.queries import Progress
from apps.ui import moments


def rows(told: Iterable[Progress]) -> Iterator[list[object]]:
    """The heading, then the tasks in their order. What nobody has answered is told as not known, never as none."""
    ends = [
        heading
        for number in (_("Messages"), _("In doubt"), _("Lost"))
        for heading in (_("%(figure)s, at least") % {"figure": number}, _("%(figure)s, at most") % {"figure": number})
    ]
    days = [_("Asked the supplier"), _("The supplier answered"), _("Put right on"), _("Reminded"), _("Reminders")]
    yield [_("Number"), _("Service"), _("First day"), _("Last day"), *ends, _("Answer"), _("Answered"), _("How it was found out"), *days]
    for one in told:
        lost: Iterable[object] = between(one.count) if one.is_answered else (_("not known"),) * 2
        numbers = [*between(one.number), *between(one.in_doubt), *lost]
        found_out = str(Method(one.method).label) if one.method else ""
        since = [one.asked_on, one.replied_on, one.patched_on, one.reminded_at and moments.exact(one.reminded_at), one.reminders]
        answered = moments.exact(one.answered_at) if one.answered_at else ""
        yield [one.service.code, one.service.name, one.first_day, one.last_day, *numbers, standing(one), answered, found_out, *since]


def between(number: int | None) -> tuple[int, int]:
    return (queries.FEWEST, queries.MOST) if number is queries.HIDDEN else (number, number)


def standing(one: Progress) -> str:
    if one.is_answered:
        return _("Answered")
    return _("Not answered, overdue") if one.is_behind else _("Not answered")


def about(*, review: Review, told: Iterable[Progress], now: datetime) -> Iterator[list[object]]:
    """Of what and of when the file is, and the sum over those that answered."""
    all_tasks = list(told)
    answered = [one for one in all_tasks if one.is_answered]
    lost = queries.total(one.count for one in answered)
    yield [_("Incident"), review.title]
    yield [_("As of"), moments.exact(now)]
    yield [_("Window"), f"{review.begins:%d.%m.%Y}–{review.ends:%d.%m.%Y}"]
    yield [_("Answers are due on"), f"{review.due_on:%d.%m.%Y}"]
    yield [_("Answer"), _("Answers of %(answered)s of %(asked)s services") % {"answered": len(answered), "asked": len(all_tasks)}]
    yield [_("Lost"), *([lost.least, lost.most] if answered else [_("not known")])]
    yield [_("Not answered"), _("Nobody knows yet how many are lost. That is not none.")]
