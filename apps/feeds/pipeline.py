"""From records to staged rows: whose they are, what identifies each event, and the text that COPY takes."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from apps.feeds.record import CASE_PLACEHOLDER, Record, Ref, Rejected, Whose
from apps.ledger.actions import BETWEEN, event_key
from apps.registry.addressing import Addressing, Verdict

BLOCK = 1000  # rows written to COPY at once
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})
Numbers = defaultdict[str, dict[str, int]]
UNNAMED = "\t\\N\t\\N"  # after the number of a reference that was named before
NO_TIE = f"\\N{UNNAMED}"
SAYS_NOTHING = "\\N\t\\N\t\\N\t\\N\t\\N"
NO_EVENT = "\\N\t" * 17 + "\\N\n"
MOST_REMEMBERED = 10_000
# What formats call the columns that tell whose a line is, as record.Whose has them.
PLACES = (("kommunenummer",), ("bydelsnummer",), ("organisasjonsnummer", "recipient", "subject", "receiveridentifier", "mottakerorgnr", "orgnr"))


def escaped(text: str) -> str:
    """As COPY's text format wants it; nearly every text is plain, and looking is much cheaper than translating."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


@dataclass
class Rows:
    """Turns what a parser yields into text for COPY, and counts it."""

    source: str
    outbound: bool
    addressing: Addressing
    key_holds_all_references: bool
    key_holds_attribute: str = ""
    read: int = 0
    rejected: int = 0
    receipts: int = 0  # accepted, and without an event
    said_before: dict[object, str] = field(default_factory=dict)
    mine: Whose | None = None  # what the last one said that was ours
    named: int = 0
    # The number of each reference, by namespace and value: texts and numbers alone, of which the garbage collector need not keep count.
    named_lately: Numbers = field(default_factory=lambda: defaultdict(dict))
    named_before: Numbers = field(default_factory=lambda: defaultdict(dict))

    def blocks(self, parsed: Iterable[Record | Rejected]) -> Iterator[str]:
        block: list[str] = []
        for one in parsed:
            self.read += 1
            if isinstance(one, Rejected):
                block.append(self.rejection(one))
            elif one.whose is not self.mine and (misplaced := self.misplaced(one)):
                block.append(self.rejection(misplaced))
            else:
                block.extend(self.record(one))
            if len(block) >= BLOCK:
                yield "".join(block)
                block.clear()
        yield "".join(block)

    def misplaced(self, record: Record) -> Rejected | None:
        """The rejection of a record that by its own numbers belongs to another service."""
        whose = record.whose
        if is_outbound := self.is_outbound(record):  # the organisation it names is whom it was sent to, not whose it is
            whose = whose._replace(orgnr="")
        verdict = self.addressing.belongs(*whose)
        if verdict is Verdict.MINE or verdict is Verdict.SAYS_NOTHING:
            if not is_outbound:  # what is ours coming in is ours going out too
                self.mine = whose
            return None
        code = "foreign_service" if verdict is Verdict.FOREIGN else "unknown_municipality"
        found = " ".join(number for number in whose if number)
        names = PLACES[self.addressing.deciding(*whose)]
        column = next((name for name in record.names if name.casefold() in names), "")
        return Rejected(record.line, code, {"column": column, "found": found}, record.raw)

    def is_outbound(self, record: Record) -> bool:
        return self.outbound if record.outbound is None else record.outbound

    def rejection(self, one: Rejected) -> str:
        self.rejected += 1
        details = escaped(json.dumps(one.details, ensure_ascii=False))
        return f"r\t{one.line}\t{escaped(one.code)}\t{escaped(one.raw)}\t" + "\\N\t" * 14 + f"{details}\t\\N\n"

    def record(self, record: Record) -> list[str]:
        """One row per occurrence; ties and particulars ride on the first, further ties on rows of their own."""
        if not record.occurrences:
            self.receipts += 1
            return [f"n\t{record.line}\t{NO_EVENT}"]
        line, (about, *others) = record.line, record.references
        name = self.name(about)
        tie, *further = [self.name(other) for other in others] if others else (NO_TIE,)
        outbound, said = "t" if self.is_outbound(record) else "f", self.particulars(record)
        named = self.named_in_key(record)
        rows: list[str] = []
        for code, native, instant, by_day, zone_assumed in record.occurrences:
            if rows:
                name, tie, said = self.name(about), NO_TIE, SAYS_NOTHING
            key = fact_key(named, native or code, instant, by_day)
            day, zone = "t" if by_day else "f", "t" if zone_assumed else "f"  # written out: a bool in an f-string takes as long as all the rest of it
            rows.append(f"e\t{line}\t{code}\t{escaped(native)}\t{instant}\t{day}\t{zone}\t{outbound}\t{key}\t{name}\t{tie}\t{said}\n")
        if further:
            rows.extend(f"t\t{line}\t" + "\\N\t" * 7 + f"{name}\t{one}\t{SAYS_NOTHING}\n" for one in further)
        return rows

    def named_in_key(self, record: Record) -> str:
        """What the keys of the record's facts have in common: the source, the reference that they are about, and what else the format's key names."""
        (namespace, value), *others = record.references
        named = f"{self.source}{BETWEEN}{namespace}{BETWEEN}{value}"
        if others and self.key_holds_all_references:
            named = BETWEEN.join((named, *(reference.value for reference in others)))
        if self.key_holds_attribute and record.attributes:
            named = f"{named}{BETWEEN}{record.attributes[self.key_holds_attribute]}"
        return named

    def name(self, reference: Ref) -> str:
        """The number of the reference, and beside it, the first time, what it is. Some of the last are remembered: what a file says of one message stands together."""
        namespace, value = reference
        numbers = self.named_lately[namespace]
        if known := numbers.get(value) or self.named_before[namespace].get(value):
            return f"{known}{UNNAMED}"
        if len(numbers) >= MOST_REMEMBERED:
            self.named_before[namespace] = numbers
            numbers = self.named_lately[namespace] = {}
        self.named += 1
        numbers[value] = self.named
        if namespace == "case" and value.startswith(CASE_PLACEHOLDER):
            number, _, rest = value.removeprefix(CASE_PLACEHOLDER).partition(":")
            value = f"{self.addressing.resolved(number)}:{rest}"
        return f"{self.named}\t{namespace}\t{escaped(value)}"

    def particulars(self, record: Record) -> str:
        """What the record says besides its events, with a digest that makes the same words the same row."""
        attributes = record.attributes or {}
        if record.children is None and not (record.reporter or record.category or attributes):
            return SAYS_NOTHING
        words = (record.children, record.reporter, record.category, *attributes.items())
        if words not in self.said_before:
            if len(self.said_before) >= MOST_REMEMBERED:
                self.said_before.clear()
            self.said_before[words] = said(record, attributes)
        return self.said_before[words]


def fact_key(named: str, status: str, instant: str, by_day: bool) -> str:
    """A day and its first moment are two facts: only one of them tells how late it was, and it must not matter which came first."""
    return event_key(f"{named}{BETWEEN}{status}{BETWEEN}{instant}{' (day)' if by_day else ''}")


def said(record: Record, attributes: dict[str, str]) -> str:
    children = "\\N" if record.children is None else str(record.children)
    words = f"{children}\t{record.reporter}\t{record.category}\t{escaped(json.dumps(attributes, ensure_ascii=False, sort_keys=True))}"
    return f"{words}\t{hashlib.blake2b(words.encode(), digest_size=16).hexdigest()}"
