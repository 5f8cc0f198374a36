"""The worklists as a table: one line each. A delivery that needs a person is on exactly one of them, or waits for its second look."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger.models import Direction


@dataclass(frozen=True)
class Worklist:
    """`slug` is its address; `state` of its rows (None for several); `look_waits` whether a decision about them waits (None for either).

    Where `by_coverage`, being registered is what is waited for, so the rows that the case system's data reach are told from those they do not reach yet.
    """

    slug: str
    name: str | Promise
    state: State | None
    look_waits: bool | None
    explains: str | Promise
    empty: str | Promise
    by_coverage: bool = False

    @property
    def rows(self) -> Q:
        states = Q(state=self.state) if self.state else Q(state__in=NEEDS_A_PERSON)
        return states if self.look_waits is None else states & Q(look_waits=self.look_waits)

    def holds(self, state: str, look_waits: bool) -> bool:
        return (self.state is None or self.state == state) and self.look_waits in (None, look_waits)


OPEN = Worklist(
    "open",
    _("All open"),
    None,
    None,
    _("Everything that needs a person, what can still be saved first."),
    _("Nothing is open."),
    by_coverage=True,
)
SECOND_LOOK = Worklist(
    "second-look",
    _("Waiting for a second look"),
    None,
    True,
    _("A decision about these waits until another person has looked at the evidence."),
    _("Nothing waits for a second look."),
)
WORKLISTS = (
    OPEN,
    Worklist(
        "unconfirmed",
        _("Unconfirmed"),
        State.UNCONFIRMED,
        False,
        _("The sender holds a receipt, and nothing shows that the message arrived."),
        _("Nothing is unconfirmed."),
        by_coverage=True,
    ),
    Worklist(
        "unopened",
        _("Unopened"),
        State.UNOPENED,
        False,
        _("The message lies where the recipient can get it, and nobody has opened it."),
        _("Nothing is unopened."),
    ),
    Worklist(
        "opened-late",
        _("Opened late"),
        State.OPENED_LATE,
        False,
        _("The message was opened after more than a week, and nothing shows that it was registered."),
        _("Nothing was opened late."),
        by_coverage=True,
    ),
    Worklist(
        "removed",
        _("Removed"),
        State.REMOVED,
        False,
        _("The contents were removed before anybody had opened them, or the registration was taken back."),
        _("Nothing was removed unread."),
    ),
    Worklist(
        "failed",
        _("Failed"),
        State.FAILED,
        False,
        _("The carrier says that it could not deliver the message."),
        _("Nothing has failed."),
    ),
    Worklist(
        "partly-registered",
        _("Partly registered"),
        State.PARTLY_REGISTERED,
        False,
        _("The message is about more children than the case system has registered."),
        _("Nothing is partly registered."),
    ),
    SECOND_LOOK,
)
BY_SLUG = {worklist.slug: worklist for worklist in WORKLISTS}
DIRECTIONS = (Direction.INBOUND, Direction.OUTBOUND)
