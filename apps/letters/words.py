"""What stands in a letter: our own words until a service has written its own, and the placeholders that both may use. Pure."""

from collections.abc import Iterable
from string import Formatter

from apps.letters.models import Language

PLACEHOLDERS = ("service", "reference", "sent", "today", "number")
SUBJECT = {
    Language.BOKMAL: "Brev fra {service} på papir",
    Language.NYNORSK: "Brev frå {service} på papir",
}
BODY = {
    Language.BOKMAL: (
        "Vi sendte deg et brev digitalt {sent}, med referansen {reference}. Vi kan ikke se at det er kommet fram til deg, og sender det derfor på papir.\n\n"
        "Selve brevet ligger ved. Har du spørsmål, eller har du fått det før, så ta kontakt med oss og oppgi nummeret {number}.\n\n"
        "Vennlig hilsen\n{service}"
    ),
    Language.NYNORSK: (
        "Vi sende deg eit brev digitalt {sent}, med referansen {reference}. Vi kan ikkje sjå at det har kome fram til deg, og sender det difor på papir.\n\n"
        "Sjølve brevet ligg ved. Har du spørsmål, eller har du fått det før, så ta kontakt med oss og oppgje nummeret {number}.\n\n"
        "Venleg helsing\n{service}"
    ),
}


class UnknownPlaceholder(Exception):
    """The text has placeholders that mean nothing here, or a brace that is none; `found` are they."""

    def __init__(self, found: Iterable[str]) -> None:
        super().__init__(list(found))
        self.found = list(self.args[0])


def check(text: str) -> None:
    """Raises UnknownPlaceholder."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise UnknownPlaceholder(["{"]) from None
    unknown = [name for _text, name, form, conversion in parts if name is not None and (name not in PLACEHOLDERS or form or conversion)]
    if unknown:
        raise UnknownPlaceholder(f"{{{name}}}" for name in unknown)


def filled(text: str, values: dict[str, str]) -> str:
    """The text with every placeholder replaced. `values` has one for each of PLACEHOLDERS."""
    return text.format_map(values)
