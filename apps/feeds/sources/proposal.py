"""Which of a file's columns is probably which of ours: by a table of the words that suppliers use, else by how alike the names are, and held to the values."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from difflib import SequenceMatcher
from typing import NamedTuple

from apps.feeds.sources.glimpse import Glimpse
from apps.feeds.sources.mapping import DATES, Mapping
from apps.feeds.sources.references import is_uuid
from apps.feeds.sources.unfit import Unfit

# What other programs call our columns, without blanks, signs and capitals, å as a and so on; the likeliest first.
KNOWN_WORDS: dict[str, str] = {
    "bekymringsmeldingId": "bekymringsmeldingid bekymringsmeldingsid portalid portalreferanse fiksid fiksreferanse meldingsid meldingreferanse "
    "meldingsreferanse eksternid eksternreferanse referanse",
    "forsendelseId": "forsendelseid forsendelsesid svarutid svarutreferanse forsendelse",
    "correspondenceId": "correspondenceid altinnid altinnreferanse korrespondanseid",
    "meldingId": "meldingid fiksioid fiksiomeldingid",
    "mottattTidspunkt": "mottatttidspunkt mottatt mottattdato mottattid mottaksdato mottakstidspunkt datomottatt innkommet innkommetdato received receivedat",
    "resultat": "resultat status utfall tilstand importstatus mottaksstatus result",
    "lagretTidspunkt": "lagrettidspunkt lagret lagretdato registrert registrertdato registreringsdato datoregistrert opprettet opprettetdato stored storedat",
    "apnetTidspunkt": "apnettidspunkt apnet apnetdato lest lestdato opened openedat",
    "slettetTidspunkt": "slettettidspunkt slettet slettetdato makulert deleted deletedat",
    "fagsystemMeldingId": "fagsystemmeldingid fagsystemid saksnummer saksnr sakid internid meldingsnummer meldingsnr lopenummer lopenr",
    "journalnummer": "journalnummer journalnr journalpost journalpostid",
    "feilkode": "feilkode errorcode",
    "organisasjonsnummer": "organisasjonsnummer orgnr organisasjonsnr orgnummer",
    "kommunenummer": "kommunenummer kommunenr knr kommune",
    "bydelsnummer": "bydelsnummer bydelsnr bydel",
}
# Words for what came of a message, as other programs have them.
RESULT_WORDS: dict[str, str] = {
    "mottatt": "mottatt lagret registrert importert levert ok fullført vellykket received stored success",
    "feilet": "feilet feil avvist mislykket mislyktes error failed rejected",
    "slettet": "slettet makulert kassert deleted",
}
SAME, WORD, ALIKE, VALUES = "same_name", "known_word", "similar_name", "values"
_ALIKE_ENOUGH = 0.8
_UUIDS = ("bekymringsmeldingId", "forsendelseId", "correspondenceId", "meldingId")
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "é": "e"})
_LONGEST_WORD = 40


class Reason(NamedTuple):
    """Why a column was proposed: SAME, WORD, ALIKE or VALUES, and how alike the names are in per cent."""

    code: str
    alike: int


class Proposal(NamedTuple):
    mapping: Mapping
    reasons: dict[str, Reason]  # by our column


def propose(seen: Glimpse) -> Proposal:
    """A mapping of what the file shows; a column of ours that nothing speaks for is left out, and no column is proposed twice."""
    columns: dict[str, str] = {}
    reasons: dict[str, Reason] = {}
    weighed = [(*_weigh(ours, theirs), ours, place) for ours in KNOWN_WORDS for place, theirs in enumerate(seen.names) if theirs]
    for alike, code, ours, place in sorted(weighed, key=lambda one: -one[0]):
        theirs = seen.names[place]
        if code and ours not in columns and theirs not in columns.values() and _may_be(ours, column_of(seen, theirs)):
            columns[ours] = theirs
            reasons[ours] = Reason(code, round(100 * min(alike, 1)))
    for ours, is_such in ((_UUIDS[0], is_uuid), ("resultat", lambda cell: bool(meaning_of(cell.casefold())))):
        if not set(columns) & set(_UUIDS if ours in _UUIDS else (ours,)) and (only := _only_column(seen, columns, is_such)):
            columns[ours] = only
            reasons[ours] = Reason(VALUES, 0)
    words = {word: meaning for word in results(seen, columns.get("resultat", "")) if (meaning := meaning_of(word))}
    times = [cell for ours, theirs in columns.items() if ours.endswith("Tidspunkt") for cell in column_of(seen, theirs) if cell]
    return Proposal(Mapping(columns, words, dates=_written(times)), reasons)


def column_of(seen: Glimpse, name: str) -> list[str]:
    """The first cells of the column with that name."""
    place = seen.names.index(name) if name in seen.names else len(seen.names)
    return [row[place] if place < len(row) else "" for row in seen.rows]


def results(seen: Glimpse, name: str) -> list[str]:
    """The words in the first cells of the column of results, case-folded, in the order in which they appear."""
    return list(dict.fromkeys(cell.casefold() for cell in column_of(seen, name) if len(cell) <= _LONGEST_WORD)) if name else []


def meaning_of(word: str) -> str:
    """What a word probably means, or ""."""
    return next((meaning for meaning, words in RESULT_WORDS.items() if word in words.split()), "")


def _only_column(seen: Glimpse, taken: dict[str, str], is_such: Callable[[str], bool]) -> str:
    """The one column, not taken yet, most of whose first cells are such values; "" when there is none or are several."""
    found = []
    for name in seen.names:
        filled = [cell for cell in column_of(seen, name) if cell]
        if name and name not in taken.values() and filled and 2 * sum(map(is_such, filled)) > len(filled):
            found.append(name)
    return found[0] if len(found) == 1 else ""


def _weigh(ours: str, theirs: str) -> tuple[float, str]:
    """How much speaks for a pair: the same name most, then a known word (the likelier the more), then likeness."""
    plain = re.sub(r"[^a-z0-9]", "", theirs.casefold().translate(_LETTERS))
    if plain == ours.casefold():
        return 3.0, SAME
    words = KNOWN_WORDS[ours].split()
    if plain in words:
        return 2.0 - words.index(plain) / 100, WORD
    alike = max(SequenceMatcher(None, plain, word).ratio() for word in words)
    return (alike, ALIKE) if alike >= _ALIKE_ENOUGH else (0.0, "")


def _may_be(ours: str, cells: Iterable[str]) -> bool:
    """Whether the first cells could be such values: identifiers of carriers are UUIDs, and a time or a number holds digits."""
    filled = [cell for cell in cells if cell]
    if ours in _UUIDS:
        return all(is_uuid(cell) for cell in filled)
    if ours.endswith(("Tidspunkt", "nummer")):
        return all(any(letter.isdigit() for letter in cell) for cell in filled)
    return True


def _written(times: list[str]) -> str:
    """The first way of writing times that all of them can be read by."""
    readers = {dates: Mapping({}, {}, dates=dates) for dates in DATES}
    plain = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{2}\.\d{2}\.\d{4}.*")
    if all(plain.fullmatch(text) for text in times):
        return ""
    return next((dates for dates, reader in readers.items() if dates and all(_reads(reader, text) for text in times)), "")


def _reads(reader: Mapping, text: str) -> bool:
    try:
        datetime.fromisoformat(reader.time(text, ""))
    except (Unfit, ValueError):
        return False
    return True
