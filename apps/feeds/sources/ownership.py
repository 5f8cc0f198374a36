"""Whose a row says it is: the shapes of municipality, district and organisation numbers. Which service that means is found out later."""

import re
from functools import lru_cache

from stdnum.no import orgnr

from apps.feeds.record import Whose
from apps.feeds.sources.redaction import MARK, redact
from apps.feeds.sources.references import strip_prefix
from apps.feeds.sources.unfit import Unfit
from apps.ledger.meanings import ORGANISATION, PERSON

_MUNICIPALITY = re.compile(r"[0-9]{4}")
_DISTRICT = re.compile(r"[0-9]{2}")
_ORGANISATION = re.compile(r"[0-9]{9}")
_PERSON = re.compile(rf"[0-9]{{11}}|{re.escape(MARK)}")  # or what stands where one was taken out


@lru_cache(maxsize=10_000)
def whose(municipality: str = "", district: str = "", organisation: str = "", *, needed: bool = False) -> Whose:
    """The numbers as written, without blanks and prefixes; raises Unfit for a wrong shape (a number that lost its leading zero is not padded).

    `needed`: the feed does not belong to one service, so a row that says nothing cannot be placed.
    """
    municipality, district = municipality.strip(), district.strip()
    organisation = strip_prefix(organisation).replace(" ", "")
    if municipality and not _MUNICIPALITY.fullmatch(municipality):
        raise Unfit("not_municipality", column="kommunenummer", found=redact(municipality, 60))
    if district and not _DISTRICT.fullmatch(district):
        raise Unfit("not_district", column="bydelsnummer", found=redact(district, 60))
    if organisation and not _ORGANISATION.fullmatch(organisation):
        raise Unfit("not_organisation", column="organisasjonsnummer", found=redact(organisation, 60))
    if needed and not municipality and not organisation:
        raise Unfit("owner_missing")
    return Whose(municipality, "" if district == "00" else district, organisation)


@lru_cache(maxsize=10_000)
def organisation(text: str) -> str:
    """The number when it is an organisation's; a name, or a person's number, is dropped."""
    number = strip_prefix(text).replace(" ", "")
    return number if orgnr.is_valid(number) else ""


def is_person(text: str) -> bool:
    """Whether it is a person's number, told by its length alone: that it is a wrong one makes it no more fit to keep."""
    return _PERSON.fullmatch(strip_prefix(text)) is not None


@lru_cache(maxsize=10_000)
def recipient(text: str) -> tuple[Whose, str]:
    """Whose a message to that number is, and meanings.PERSON or ORGANISATION, "" when the text is neither's number. A person's number is dropped."""
    number = strip_prefix(text).replace(" ", "")
    if _ORGANISATION.fullmatch(number):
        return Whose(orgnr=number), ORGANISATION
    return Whose(), PERSON if is_person(number) else ""
