"""Statuses whose meaning hangs on what any record of the same message says besides: the service that carries it, or what kind of recipient it has.

A record is read by what it says itself; the fold reads the status again by what all of them say, so that no order of files matters. The direction that
a record names wins over the feed's in the same way.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Meaning(NamedTuple):
    """The code of a status by an attribute of its message; "" stands for a message of which no record says it."""

    attribute: str
    codes: dict[str, str]
    otherwise: str

    def code(self, value: str) -> str:
        return self.codes.get(value, self.otherwise)


SERVICE, RECIPIENT, DIRECTION = "serviceIdentifier", "recipientKind", "direction"
COLUMNS = {SERVICE: "service", RECIPIENT: "recipient", DIRECTION: "direction"}  # as the fold names what is said
PERSON, ORGANISATION = "person", "organisation"
INCOMING, OUTGOING = "INCOMING", "OUTGOING"
READ_BY_RECIPIENT = Meaning(RECIPIENT, {PERSON: "opened"}, "fetched")  # an organisation's machine reads too

# By source and native status (formats.md, sections 6 and 7). Without the service the weakest reading holds.
MEANINGS: dict[tuple[str, str], Meaning] = {
    ("eformidling", "LEVERT"): Meaning(SERVICE, {"": "published", "DPO": "fetched", "DPV": "published"}, "delivered_claimed"),
    ("eformidling", "LEST"): Meaning(SERVICE, {"DPO": "confirmed", "DPV": "opened", "DPI": "opened"}, "fetched"),
    ("svarut-status", "LEST"): READ_BY_RECIPIENT,
    ("svarinn", "LEST"): READ_BY_RECIPIENT,
}
NAMESPACES = ("eformidling", "svarut")  # of the messages that such a status is about
SOURCES = ("eformidling", "svarut-status", "svarut-history", "svarinn")  # which say any of it of such a message


def code(source: str, native: str, said: Mapping[str, str], unhung: str) -> str:
    """The canonical code of a status, `unhung` when its meaning hangs on nothing that is said."""
    meaning = MEANINGS.get((source, native))
    return meaning.code(said.get(meaning.attribute, "")) if meaning else unhung
