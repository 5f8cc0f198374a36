"""Figures as a statement keeps them: by direction, name and part, with their definitions in every language that they may be read in."""

from collections import Counter
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.utils import translation

from apps.ledger.models import Direction
from apps.statements.kinds import FIGURES, Kind

Figures = dict[str, dict[str, dict[str, int]]]


def figures(tally: Counter[Kind]) -> Figures:
    """Every figure of a tally: direction -> name -> part ("" where it has none) -> number, zeros too."""
    return {direction: {figure.name: figure.of(of_direction(tally, direction)) for figure in FIGURES} for direction in Direction.values}


def of_direction(tally: Counter[Kind], direction: str) -> Counter[Kind]:
    return Counter({kind: count for kind, count in tally.items() if kind.direction == direction})


def of_service(tally: Counter[Kind], service: int) -> Counter[Kind]:
    return Counter({kind: count for kind, count in tally.items() if kind.service_id == service})


def total(several: Iterable[Figures]) -> Figures:
    """The figures of several services together: each message belongs to one of them, so they add up."""
    summed: Figures = {}
    for figures in several:
        for direction, names in figures.items():
            for name, parts in names.items():
                at = summed.setdefault(direction, {}).setdefault(name, {})
                for part, number in parts.items():
                    at[part] = at.get(part, 0) + number
    return summed


def difference(later: Figures, earlier: Figures) -> Figures:
    """How much each number has grown; a part that one of them does not have counts as none."""
    less = {direction: {name: {part: -number for part, number in parts.items()} for name, parts in names.items()} for direction, names in earlier.items()}
    return total([later, less])


def definitions() -> dict[str, list[dict[str, object]]]:
    """What each figure means, by language: name, label, counts, unit, clock, and the labels of its parts."""
    told = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            told[language] = [
                {
                    "name": figure.name,
                    "label": str(figure.label),
                    "counts": str(figure.counts),
                    "unit": str(figure.unit),
                    "clock": str(figure.clock),
                    "parts": [[part, str(label)] for part, label in figure.parts.items()],
                }
                for figure in FIGURES
            ]
    return told


def defined(definitions: Mapping[str, list], language: str) -> list[dict]:
    """The definitions as they were told, in this language or the first there is."""
    return definitions.get(language) or next(iter(definitions.values()))
