"""Facts and sources in the words of the person who reads them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, str | Promise] = {
    "created": _("Made by the sender"),
    "sent": _("Sent"),
    "receipted": _("Receipt given to the sender"),
    "published": _("Made available"),
    "notified": _("Recipient notified"),
    "print_sent": _("Sent to print"),
    "printed": _("Printed"),
    "print_handed_over": _("Handed to the post"),
    "fetched": _("Fetched by the recipient's system"),
    "delivered_claimed": _("Said to be delivered"),
    "receipt_returned": _("Receipt returned by the recipient's system"),
    "manually_handled": _("Handled by hand"),
    "opened": _("Opened"),
    "downloaded": _("Attachment downloaded"),
    "opened_elsewhere": _("Opened in another place"),
    "replied": _("Replied to"),
    "confirmed": _("Confirmed by the recipient"),
    "registered": _("Registered in the case system"),
    "concluded": _("Concluded in the case system"),
    "rejected": _("Rejected by the recipient's system"),
    "failed": _("Delivery failed"),
    "expired": _("Time ran out"),
    "print_rejected": _("Rejected for print"),
    "notification_failed": _("Notification failed"),
    "read_deadline_passed": _("Deadline passed unread"),
    "unread_deadline_passed": _("Deadline passed unread"),
    "transient_error": _("A passing error"),
    "purged_by_recipient": _("Removed by the recipient"),
    "purged_by_sender": _("Removed by the sender"),
    "purged_by_platform": _("Removed by the carrier"),
    "content_expired": _("Contents expired"),
    "deleted_in_case_system": _("Deleted in the case system"),
    "listed": _("Seen in a list"),
    "archived": _("Archived"),
    "forwarded": _("Forwarded"),
    "recipient_reserved": _("The recipient has reserved against digital mail"),
    "unknown": _("A status that is not known"),
    "noted": _("Noted by a person"),
    "proposed": _("Decided, waits for a second look"),
    "decided": _("Decision stands"),
    "returned": _("Sent back by the second look"),
    "withdrawn": _("Decision withdrawn"),
    "tied": _("Tied by a person"),
    "untied": _("Tie undone by a person"),
    "called": _("The sender called"),
}

REOPENED: dict[str, str | Promise] = {
    "removed_unread": _("the contents were removed unread"),
    "failed_after_delivery": _("the delivery failed after all"),
    "registration_withdrawn": _("the registration was taken back"),
    "sender_called": _("the sender called"),
}

# What records say besides, by the sources' own names; what one searches by stands among the search keys.
PARTICULARS: dict[str, str | Promise] = {
    "kanal": _("Sent by way of"),
    "leveringskanal": _("Delivered by way of"),
    "fraFagsystem": _("From a case system"),
    "resourceId": _("Altinn service"),
    "dueDateTime": _("To be opened by"),
    "isConfidential": _("Confidential"),
    "serviceIdentifier": _("eFormidling service"),
    "expiry": _("eFormidling gives up"),
    "forsendelseType": _("Kind of SvarUt message"),
    "taushetsbelagtPost": _("Sent as confidential"),
    "feilkode": _("The case system's fault code"),
    "beskrivelse": _("The portal's description"),
    "melder": _("Reporters, by Statistics Norway's codes"),
    "konklusjon": _("Conclusion, by Statistics Norway's code"),
    "fagsystem": _("Case system"),
}
YES_AND_NO: dict[str, str | Promise] = {"true": _("Yes"), "false": _("No")}
