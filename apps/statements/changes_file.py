"""Two moments as rows of a file: every number at both, what each cause did to it, and what the file is about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.reports import untold
from apps.statements.causes import Cause
from apps.statements.changes import Change
from apps.statements.figuring import defined
from apps.statements.sheet import Number


def rows(changes: Iterable[Change], *, was: str, became: str, causes: Sequence[Cause]) -> Iterator[list[object]]:
    """A row for each number, under its heading; `was` and `became` are what the two moments are called."""
    yield [_("Figure"), _("Part"), _("Direction"), was, became, _("Difference"), *(str(cause.label) for cause in causes)]
    for change in changes:
        shares = (share for _cause, share, _url in change.by_cause)
        yield [change.label, change.part, change.direction, cell(change.was), cell(change.became), change.difference, *shares]


def cell(number: Number) -> object:
    """The number, or why there is none."""
    return number.untold or number.count


def about(*, facts: Iterable[tuple[str, str]], counts: Mapping[Cause, int], definitions: Mapping[str, list]) -> Iterator[tuple[str, object]]:
    """What is compared, how many messages count otherwise by each cause, and the definition of each figure."""
    yield _("List"), _("Two moments")
    yield from facts
    for cause, count in counts.items():
        yield f"{_('Count otherwise')}: {cause.label}", count
    for reason, meaning in untold.MEANINGS:
        yield str(reason), str(meaning)
    for figure in defined(definitions, get_language() or "nb"):
        yield figure["label"], f"{figure['counts']} {figure['unit']}. {figure['clock']}."
