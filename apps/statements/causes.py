"""Why a message counts otherwise than it did: one cause for each, as a closed list."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cause(models.TextChoices):
    CLOCK = "clock", _("The clock: a deadline passed")
    LATE_FEED = "late_feed", _("Late feed: something was learned later")
    NEW_TIE = "new_tie", _("New tie: two messages turned out to be one")
    UNDONE_TIE = "undone_tie", _("Undone tie: one message turned out to be two")
    DECISION = "decision", _("Decision")
    WITHDRAWN_DECISION = "withdrawn_decision", _("Withdrawn decision")
    CORRECTION = "correction", _("Correction of a line: a file was taken back, lines were repaired, or a status was explained")
    CANARY = "canary", _("Test message of our own: registered as one, or taken back")
    CHANGED_POLICY = "changed_policy", _("Changed policy: other durations hold")


# Of several things learned at the same moment about one message, what a person did says more than what came with it.
STRONGEST_FIRST = (Cause.CANARY, Cause.DECISION, Cause.WITHDRAWN_DECISION, Cause.UNDONE_TIE, Cause.NEW_TIE, Cause.CORRECTION, Cause.LATE_FEED)
