"""The formats Framme reads: one line each. A new format is a module in sources/, a line here and a folder of samples."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from apps.feeds.record import Reading, Record, Rejected
from apps.feeds.sources import altinn, mottakslogg, portal_history, portal_list


def _(text: str) -> str:
    """Marks a name for translation; it is translated where it is shown."""
    return text


class Format(NamedTuple):
    """What is known of a format without opening a file."""

    name: str  # as commands and tables have it
    title: str  # as people call it, English, translated where shown
    parse: Callable[[Reading], Iterator[Record | Rejected]]
    carrier: str  # "portal", "altinn" or "case_system"
    suffixes: tuple[str, ...]  # what an upload may be called
    is_case_system: bool = False  # its word is evidence of registration, and covers a time
    takes_vantage: bool = False  # whose view it is, sender's or recipient's, is said with the import
    takes_reference: bool = False  # the file does not name its message, so the import must
    is_outbound: bool = False  # the direction where neither the import nor the record says one
    key_holds_all_references: bool = False  # what tells two events apart: every reference of the record, not the first alone


TEXT = (".csv", ".tsv", ".txt")
JSON = (".json", ".jsonl", ".ndjson")

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("portal-history", _("National portal, status history"), portal_history.parse, "portal", TEXT + JSON, key_holds_all_references=True),
        Format("portal-list", _("National portal, list of reports"), portal_list.parse, "portal", TEXT + JSON),
        Format("altinn", _("Altinn, correspondence with status history"), altinn.parse, "altinn", JSON, takes_vantage=True),
        Format("mottakslogg", _("Case system, receive log"), mottakslogg.parse, "case_system", (*TEXT, ".xlsx", ".ods"), is_case_system=True),
    )
}
