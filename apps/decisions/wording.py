"""Decisions in words: what a person is told when theirs is refused, and what each person may read of another's.

Whoever may give the second look that a decision waits for is not told what it says, here or anywhere.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts import queries as accounts
from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.decisions import actions, pointing
from apps.decisions.models import WITHDRAWAL, Decision, SecondLook
from apps.decisions.outcomes import Outcome
from apps.ui import moments


@dataclass(frozen=True)
class Eyes:
    """What one person may see of the decisions of one service."""

    user: User
    sees_texts: bool
    may_decide: bool
    may_look: bool
    may_export: bool = False

    def is_blind_to(self, decision: Decision) -> bool:
        """A decision that waits, or was drawn for another look, to those who may be asked to look: they must come to their own."""
        if not self.may_look or hasattr(decision, "withdrawal") or decision.by_id == self.user.pk:
            return False
        if decision.needs_look and not hasattr(decision, "look"):
            return True
        has_looked = decision.needs_look and decision.look.by_id == self.user.pk
        return hasattr(decision, "drawn") and not hasattr(decision.drawn, "another_look") and not has_looked


def eyes(user: User, service_id: int) -> Eyes:
    mine = accounts.scope(user)
    asked = (Permission.SEE_DECISION_TEXTS, Permission.DECIDE, Permission.SECOND_LOOK, Permission.EXPORT)
    return Eyes(user, *(mine.may(permission, service_id) for permission in asked))


def outcome_label(outcome: str) -> str | Promise:
    return _("Withdrawn") if outcome == WITHDRAWAL else Outcome(outcome).label if outcome else _("Keep it open")


def refusal(error: Exception, seen_by: Eyes) -> dict[str | None, str]:
    """What to tell the person, by the field it stands beside (None: above the form). Their text is kept by the form."""
    match error:
        case actions.Incomplete():
            return {name: str(sentence) for name, sentence in error.problems.items()}
        case actions.AlreadyDecided():
            return {None: already_decided(error.decision, seen_by)}
        case actions.ChangedMeanwhile():
            return {None: changed_meanwhile(error.last, seen_by)}
        case pointing.Unpointed():
            return {error.field: str(error)}
        case _:
            return {None: str(PLAIN[type(error)]())}


# Made when it is said, in the language of the page.
PLAIN = {
    actions.AlreadyArrived: lambda: _(
        "The case system has registered this message since you opened the page, so there is nothing to decide. Nothing was changed."
    ),
    actions.NewEvidence: lambda: _(
        "Something has become known about this message since you opened the page, so your look begins again. Read it, then send yours: what you wrote is kept."
    ),
    actions.NeedsAnotherPerson: lambda: _("You made this decision yourself. A second look is given by another person, whatever their role."),
    actions.NothingWaits: lambda: _("This decision does not wait for a second look any more: somebody else has looked at it, or it was withdrawn."),
    actions.NothingToWithdraw: lambda: _("This decision is not in force any more. Nothing was changed."),
    actions.Gone: lambda: _("No file tells of this message any more: the one that did was taken back. Nothing was changed."),
    actions.NotAllowed: lambda: _("Your roles in this service do not give you this. Ask its manager. Nothing was changed."),
}
# Those that a page which is up to date would not have sent; what is only not filled in as it must be is 422.
STATUS = {
    actions.AlreadyArrived: 409,
    actions.AlreadyDecided: 409,
    actions.ChangedMeanwhile: 409,
    actions.NewEvidence: 409,
    actions.NothingWaits: 409,
    actions.NothingToWithdraw: 409,
    actions.NeedsAnotherPerson: 403,
    actions.NotAllowed: 403,
    actions.Gone: 404,
    pointing.NoSuchDelivery: 404,
    pointing.ReferenceTaken: 409,
}
NOT_FILLED_IN = 422
SAID = (*PLAIN, actions.Incomplete, actions.AlreadyDecided, actions.ChangedMeanwhile, pointing.Unpointed)


def status_of(error: Exception) -> int:
    """What the page that says it is answered with."""
    return STATUS.get(type(error), NOT_FILLED_IN)


def already_decided(decision: Decision | None, seen_by: Eyes) -> str:
    """Who and what; only who, to somebody who may have to look at it."""
    if decision is None:
        return _("This message has been decided already. Nothing was changed.")
    told = {"who": str(decision.by), "when": moments.exact(decision.at), "what": outcome_label(decision.outcome)}
    if seen_by.is_blind_to(decision):
        return _("%(who)s made a decision %(when)s, and it waits for a second look. What you wrote is kept below; nothing was changed.") % told
    if decision.needs_look and not hasattr(decision, "look"):
        return _("%(who)s decided “%(what)s” %(when)s, and it waits for a second look. What you wrote is kept below; nothing was changed.") % told
    return _("%(who)s decided “%(what)s” %(when)s, and it stands. It must be withdrawn before another decision. What you wrote is kept below.") % told


def changed_meanwhile(last: Decision | SecondLook | None, seen_by: Eyes) -> str:
    if last is None:
        return _("Somebody has done something about this message since you opened the page. Read it, then send yours again: what you wrote is kept.")
    told = {"who": str(last.by), "when": moments.exact(last.at), "what": _("Second look") if isinstance(last, SecondLook) else outcome_label(last.outcome)}
    return _("%(who)s did something since you opened the page: “%(what)s” %(when)s. Read it, then send yours again: what you wrote is kept.") % told
