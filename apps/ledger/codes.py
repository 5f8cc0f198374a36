"""The canonical codes of an event and the rung of the evidence ladder each gives (formats.md, "Canonical events")."""

SENT = ("created", "sent")
RECEIPTED = ("receipted",)
AVAILABLE = ("published", "notified")
POSTED = ("print_sent", "printed", "print_handed_over")
FETCHED = ("fetched", "delivered_claimed", "receipt_returned", "manually_handled")
OPENED = ("opened", "downloaded", "opened_elsewhere", "replied", "confirmed")
REGISTERED = ("registered",)
CONCLUDED = ("concluded",)
FAILED = ("rejected", "failed", "expired", "print_rejected")
REMOVED = ("purged_by_recipient", "purged_by_sender", "purged_by_platform", "content_expired")
WITHDRAWN = ("deleted_in_case_system",)
UNREAD = ("read_deadline_passed", "unread_deadline_passed")
UNDECIDED = ("notification_failed", "transient_error", "listed", "archived", "forwarded", "recipient_reserved", "unknown")

# What a person did is a fact like any other. `proposed` waits for its second look; `decided` stands.
PERSON = ("noted", "proposed", "decided", "returned", "withdrawn", "tied", "untied", "called", "handed_over", "handed_back", "looked_again")

PROGRESS = SENT + RECEIPTED + AVAILABLE + POSTED + FETCHED
FROM_FEEDS = PROGRESS + OPENED + REGISTERED + CONCLUDED + FAILED + REMOVED + WITHDRAWN + UNREAD + UNDECIDED
ALL = FROM_FEEDS + PERSON
UNKNOWN = "unknown"
# What a person may say that a carrier's unknown status means: never what a case system alone can say.
SAYABLE = PROGRESS + OPENED + FAILED + REMOVED + UNREAD + UNDECIDED
