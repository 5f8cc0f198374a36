"""What is known of the columns of a feed's files: the mapping that somebody made for the feed, the one that is being tried, and what a file shows."""

import io
import re
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

from apps.feeds.catalogue import FORMATS, MARKS
from apps.feeds.models import Feed, Preview
from apps.feeds.models import Mapping as Version
from apps.feeds.sources import glimpse, proposal, recognition
from apps.feeds.sources.glimpse import Glimpse
from apps.feeds.sources.mapping import Mapping
from apps.feeds.sources.redaction import redact
from apps.feeds.spool import spooled
from apps.ledger.models import Import, StoredBytes
from apps.ledger.stored import open_stored

HEAD = 256 << 10
ROWS_SHOWN = 5
LONGEST_SHOWN = 60
LONGEST_KEPT = 200
MOST_NAMES = 200
AS_IT_STANDS = 0  # the version of an import whose columns have our names
# What may be shown of a column that nobody has said anything of: identifiers, times and numbers. Anything else may be a name, and is told by its length.
HARMLESS = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=[^A-Za-z]*\d)[0-9 T.,:/+Z-]{1,35}|[A-Za-zÆØÅæøå]{0,6}[-/]?\d{1,12}")


def newest(feed: Feed) -> Version | None:
    """The mapping in force for a feed, or None when its files have our names."""
    return feed.mappings.order_by("-version").first()


def version_for(feed: Feed, stream: BinaryIO) -> int:
    """Which version of the feed's mapping a file is to be read by; AS_IT_STANDS where it has our own names, or no mapping fits it."""
    if not FORMATS[feed.format].takes_mapping:
        return AS_IT_STANDS
    seen = glimpse.glimpse(stream)
    kept = newest(feed)
    if kept is None or has_our_names(feed.format, seen) or not Mapping.of(kept.said).fits(seen.names):
        return AS_IT_STANDS
    return kept.version


def has_our_names(format: str, seen: Glimpse) -> bool:
    return any(one.is_whole for one in recognition.likenesses(seen, {format: MARKS[format]}))


def feed_of(feed_import: Import) -> Feed:
    asked = {"format": feed_import.format, "direction": feed_import.direction, "vantage": feed_import.vantage}
    return Feed.objects.get(service=feed_import.service_id, **asked)


def read_by(feed_import: Import, preview: Preview | None) -> Mapping | None:
    """The mapping that an import is read by: the one that is being tried, else the version that it keeps."""
    if preview and preview.mapping:
        return Mapping.of(preview.mapping)
    version = version_of(feed_import)
    return Mapping.of(version.said) if version else None


def version_of(feed_import: Import) -> Version | None:
    """The version that an import was, or is to be, read by; None where its columns have our names."""
    if feed_import.mapping_version == AS_IT_STANDS:
        return None
    return feed_of(feed_import).mappings.select_related("by").get(version=feed_import.mapping_version)


def look(stored: StoredBytes) -> Glimpse:
    """What the stored file shows of itself at its beginning."""
    with open_stored(stored) as stream:
        head = stream.read(HEAD)
    if not head.startswith(b"PK"):
        return glimpse.glimpse(io.BytesIO(head))
    with spooled(open_stored(stored)) as opened, opened() as stream:
        return glimpse.glimpse(stream)


class ToFill(NamedTuple):
    """What a person sees who maps the columns of a file: its first rows as (text, 0) or ("", length of what may be a name), and what to begin with.

    `names` are the columns that can be chosen; `heading` all of them as they may be shown. `reasons` say why a column was proposed, by our column; empty
    where somebody has said it before. `words` are the file's results, case-folded.
    """

    names: list[str]
    heading: list[str]
    rows: list[list[tuple[str, int]]]
    mapping: Mapping
    reasons: dict[str, proposal.Reason]
    words: list[str]


def to_fill(feed_import: Import, preview: Preview) -> ToFill:
    """The mapping that was tried, else the one in force, else a proposal; the words of the first rows, and those that a trial did not understand."""
    seen = look(feed_import.stored)
    proposed = proposal.propose(seen)
    said = read_by(feed_import, preview)
    mapping = said or proposed.mapping
    results = mapping.columns.get("resultat", "")
    words = [*proposal.results(seen, results), *(found.casefold() for found, _ in preview.findings.get("words", [])), *mapping.words]
    return ToFill(
        names=keepable(seen.names)[:MOST_NAMES],
        heading=[redact(name, LONGEST_SHOWN) for name in seen.names[:MOST_NAMES]],
        rows=first_rows(seen, results),
        mapping=mapping,
        reasons={} if said else proposed.reasons,
        words=keepable(words),
    )


def keepable(texts: Iterable[str]) -> list[str]:
    """Those that say something and may be stored as they are: without identity numbers, and without what no database takes."""
    return [text for text in dict.fromkeys(texts) if text and redact(text, LONGEST_KEPT) == text]


def first_rows(seen: Glimpse, results: str) -> list[list[tuple[str, int]]]:
    """The first rows as (text, 0), or ("", length) for what may be somebody's name; the words of the column `results` are shown."""
    shown_words = seen.names.index(results) if results in seen.names else -1
    return [[shown(cell, is_word=place == shown_words) for place, cell in enumerate(row[:MOST_NAMES])] for row in seen.rows[:ROWS_SHOWN]]


def shown(cell: str, *, is_word: bool) -> tuple[str, int]:
    if not cell or (is_word and len(cell) <= LONGEST_SHOWN) or HARMLESS.fullmatch(cell):
        return redact(cell, LONGEST_SHOWN), 0
    return "", len(cell)
