"""From records to staged rows: whose they are, what identifies each event, and the text that COPY takes."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.feeds.record import Record, Ref, Rejected
from apps.ledger.actions import event_key
from apps.registry.addressing import Addressing, Verdict

BLOCK = 1000  # records written to COPY at once
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})
NOTHING = "\\N\t\\N\t\\N\t\\N\t\\N"
PLACEHOLDER = "kommune:"  # a case id that its row ties to a municipality number: the number of today takes its place


def escaped(text: str) -> str:
    return text.translate(ESCAPES)


@dataclass
class Rows:
    """Turns what a parser yields into text for COPY, and counts it."""

    source: str
    outbound: bool
    addressing: Addressing
    key_holds_all_references: bool
    read: int = 0
    rejected: int = 0

    def blocks(self, parsed: Iterable[Record | Rejected]) -> Iterator[str]:
        block: list[str] = []
        for one in parsed:
            self.read += 1
            misplaced = None if isinstance(one, Rejected) else self.misplaced(one)
            if isinstance(one, Rejected):
                block.append(self.rejection(one))
            elif misplaced:
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
        verdict = self.addressing.belongs(*whose)
        if verdict is Verdict.MINE or verdict is Verdict.SAYS_NOTHING:
            return None
        code = "foreign_service" if verdict is Verdict.FOREIGN else "unknown_municipality"
        found = " ".join(number for number in whose if number)
        return Rejected(record.line, code, {"found": found}, record.raw)

    def rejection(self, one: Rejected) -> str:
        self.rejected += 1
        details = escaped(json.dumps(one.details, ensure_ascii=False))
        return f"r\t{one.line}\t{escaped(one.code)}\t{escaped(one.raw)}\t" + "\\N\t" * 12 + f"{details}\t\\N\n"

    def record(self, record: Record) -> Iterator[str]:
        """One row per occurrence; ties and particulars ride on the first, further ties on rows of their own."""
        references = [self.placed(reference) for reference in record.references]
        about, others = references[0], references[1:]
        outbound = "t" if (self.outbound if record.outbound is None else record.outbound) else "f"
        name = f"{about.namespace}\t{escaped(about.value)}"
        ties = [f"{other.namespace}\t{escaped(other.value)}" for other in others] or ["\\N\t\\N"]
        key = [value for _, value in (references if self.key_holds_all_references else references[:1])]
        tie, said = ties[0], self.particulars(record)
        for occurrence in record.occurrences:
            at = occurrence.at.isoformat()
            identity = event_key(self.source, about.namespace, *key, occurrence.native or occurrence.code, at)
            yield (
                f"e\t{record.line}\t{occurrence.code}\t{escaped(occurrence.native)}\t{at}\t{occurrence.by_day}\t{occurrence.zone_assumed}"
                f"\t{outbound}\t{identity}\t{name}\t{tie}\t{said}\n"
            )
            tie, said = "\\N\t\\N", NOTHING
        for further in ties[1:]:
            yield f"t\t{record.line}\t" + "\\N\t" * 7 + f"{name}\t{further}\t{NOTHING}\n"

    def placed(self, reference: Ref) -> Ref:
        if reference.namespace == "case" and reference.value.startswith(PLACEHOLDER):
            number, _, rest = reference.value.removeprefix(PLACEHOLDER).partition(":")
            return Ref("case", f"{self.addressing.resolved(number)}:{rest}")
        return reference

    def particulars(self, record: Record) -> str:
        """What the record says besides its events, with a digest that makes the same words the same row."""
        if record.children is None and not (record.reporter or record.category or record.attributes):
            return NOTHING
        children = "\\N" if record.children is None else str(record.children)
        attributes = escaped(json.dumps(record.attributes or {}, ensure_ascii=False, sort_keys=True))
        said = f"{children}\t{record.reporter}\t{record.category}\t{attributes}"
        return f"{said}\t{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"
