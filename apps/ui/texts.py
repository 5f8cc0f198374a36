"""What people type and we keep: refused, with the reason, where it cannot be kept. What files say is redacted instead (see `redaction`)."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.ui.redaction import holds_identity_number, without_uuids

# A person may write the date of birth with its dots, and set the five digits off by more than a blank.
# The day may have 40 added (D-numbers), the month 40 or 80 (those of hospitals, and synthetic ones): a year and a case number, 2024/1171234, is none.
WRITTEN_APART = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01]|[4-7]\d)[. /-]?(?:[048][1-9]|[159][0-2])[. /-]?\d{2}[. /-]{0,3}\d{5}(?!\d)")
NO_NAMES = _("No names and no identity numbers. At most 4,000 characters.")


def unfit(text: str, limit: int) -> str | Promise | None:
    """Why a text cannot be kept, or None."""
    if "\x00" in text:
        return _("The text holds a character that cannot be kept. Write it again without pasting.")
    if len(text) > limit:
        return _("The text is too long: at most {limit} characters, and this has {length}.").format(limit=limit, length=len(text))
    rest = without_uuids(text)
    if holds_identity_number(rest) or WRITTEN_APART.search(rest):
        return _("This looks like a national identity number. Take it out: use the case system's reference or the journal number instead.")
    return None
