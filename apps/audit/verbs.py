"""What the trail can say, as closed lists: who did it, what was done, and to what kind of thing."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Actor(models.TextChoices):
    PERSON = "person", _("A person")
    NOBODY = "nobody", _("Somebody who was not signed in")
    OPERATOR = "operator", _("The operator, by command")
    WORKER = "worker", _("Framme itself")
    SYSTEM = "system", _("Another system, by its key")


class Kind(models.TextChoices):
    DELIVERY = "delivery", _("Message")
    IMPORT = "import", _("Import")
    FEED = "feed", _("Feed")
    PERSON = "person", _("Person")
    SERVICE = "service", _("Service")
    LIST = "list", _("List")
    PAGE = "page", _("Page")


class Verb(models.TextChoices):
    # Reads: sealed in batches.
    VIEWED = "viewed", _("Viewed")
    LISTED = "listed", _("Opened a list")
    SEARCHED = "searched", _("Searched")
    # Writes: each a link of its chain.
    EXPORTED = "exported", _("Took out as a file")
    DECIDED = "decided", _("Decided")
    LOOKED = "looked", _("Gave a second look")
    WITHDREW = "withdrew", _("Withdrew a decision")
    TIED = "tied", _("Tied a message to a registration")
    UNTIED = "untied", _("Undid a tie")
    CALLED = "called", _("Noted a reporter's call")
    PRINTED = "printed", _("Printed a letter")
    TRACKED = "tracked", _("Noted a letter's tracking number")
    WORDED = "worded", _("Wrote the words of letters")
    CLAIMED = "claimed", _("Took messages to work on")
    ASSIGNED = "assigned", _("Gave messages to a person")
    RELEASED = "released", _("Let go of messages")
    PAUSED = "paused", _("Put messages aside for a while")
    RESUMED = "resumed", _("Took up messages put aside")
    TOOK_BACK = "took_back", _("Took back what was done to many messages")
    VIEW_KEPT = "view_kept", _("Kept a way of looking at a list")
    VIEW_REMOVED = "view_removed", _("Removed a way of looking at a list")
    RECEIVED = "received", _("Handed in a file")
    COMPLETED = "completed", _("Brought a file in")
    REFUSED = "refused", _("Refused a file")
    APPROVED = "approved", _("Said yes to a file")
    CANCELLED = "cancelled", _("Said no to a file")
    MAPPED = "mapped", _("Said which column is which")
    TRIED_AGAIN = "tried_again", _("Had a file tried again")
    UNDID = "undid", _("Took a file back")
    REPAIRED = "repaired", _("Repaired rejected lines")
    PLACED = "placed", _("Said whose a number is")
    DEALT_WITH = "dealt_with", _("Dealt with rejected lines")
    ARRANGED = "arranged", _("Arranged a feed")
    KEY_MADE = "key_made", _("Made a key for another system")
    KEY_ENDED = "key_ended", _("Ended a key of another system")
    REMOVED = "removed", _("Removed what was due")
    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed to sign in")
    SIGNED_OUT = "signed_out", _("Signed out")
    CONFIRMED = "confirmed", _("Confirmed who they are")
    LOCKED_OUT = "locked_out", _("Was locked out")
    UNLOCKED = "unlocked", _("Unlocked")
    FACTOR_ADDED = "factor_added", _("Added a second factor")
    FACTOR_REMOVED = "factor_removed", _("Removed a second factor")
    PASSWORD_CHANGED = "password_changed", _("Changed the password")
    PASSWORD_RENEWED = "password_renewed", _("Renewed the password of another")
    SESSION_ENDED = "session_ended", _("Ended a session")
    INVITED = "invited", _("Made an account for a person")
    DISABLED = "disabled", _("Shut a person out")
    ENABLED = "enabled", _("Let a person in again")
    GRANTED = "granted", _("Gave a role")
    MEMBERSHIP_ENDED = "membership_ended", _("Ended a role")
    SERVICE_MADE = "service_made", _("Made a service")
    DENIED = "denied", _("Was denied")
    SEALED = "sealed", _("Sealed what was read")


READS = frozenset({Verb.VIEWED, Verb.LISTED, Verb.SEARCHED})
