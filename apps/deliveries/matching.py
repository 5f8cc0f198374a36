"""What speaks for and against a report and a registration being the same message where no reference ties them, as tables. Pure: no query, no clock.

A registration is a message that only the case system knows. Nothing here ties anything: a person does, and is shown field by field what agrees, what differs
and what nobody says. `candidates` finds the registrations; the window and the kinds of reporter that keep others out are told there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.deliveries.models import Channel, Reporter

# Who reported, by Statistics Norway's codes (formats.md, "Reporter codes").
PRIVATE_CODES = ("1", "2", "3", "4", "23")
PUBLIC_CODES = tuple(str(code) for code in range(5, 26) if str(code) not in PRIVATE_CODES)
POLICE_CODE = "8"
# The case system writes down what comes on the day it comes, or on the next day that anybody works.
PROMPT = 1


class Verdict(models.TextChoices):
    AGREES = "agrees", gettext_lazy("agrees")
    DIFFERS = "differs", gettext_lazy("differs")
    MISSING = "missing", gettext_lazy("missing")


class Strength(models.TextChoices):
    STRONG = "strong", gettext_lazy("Strong")
    POSSIBLE = "possible", gettext_lazy("Possible")
    WEAK = "weak", gettext_lazy("Weak")


@dataclass(frozen=True)
class Report:
    """The side of the carriers: `reporter` "" and "unknown" say nothing, `children` None neither."""

    channel: str
    reporter: str
    children: int | None
    received_at: datetime


@dataclass(frozen=True)
class Registration:
    """The side of the case system. `gap` is in working days after the report's own day; `codes` are the reporters', none where the data do not say."""

    delivery: int
    namespace: str
    reference: str
    journal: str
    at: datetime
    by_day: bool
    gap: int
    reporter: str
    codes: tuple[str, ...]

    @property
    def is_before(self) -> bool:
        return self.gap < 0


@dataclass(frozen=True)
class Rivals:
    """How many compete: `reports` (this one among them) could be one of the `registrations` that lie in this one's window."""

    reports: int
    registrations: int

    @property
    def are_too_many(self) -> bool:
        return self.reports > self.registrations

    @property
    def is_alone(self) -> bool:
        return (self.reports, self.registrations) == (1, 1)


@dataclass(frozen=True)
class Judgement:
    """One field in words."""

    label: str | Promise
    verdict: Verdict
    words: str


Judge = Callable[[Report, Registration], tuple[Verdict, str]]


def day(report: Report, registration: Registration) -> tuple[Verdict, str]:
    if registration.is_before:
        return Verdict.DIFFERS, _("dated before it was received")
    if registration.gap == 0:
        return Verdict.AGREES, _("registered the same day, or before the next working day")
    words = ngettext("registered %(days)s working day after it was received", "registered %(days)s working days after it was received", registration.gap)
    return (Verdict.AGREES if registration.gap <= PROMPT else Verdict.DIFFERS), words % {"days": registration.gap}


def reporter(report: Report, registration: Registration) -> tuple[Verdict, str]:
    """Both say who reported; where both do and differ, the registration was no candidate in the first place."""
    if report.reporter not in (Reporter.PRIVATE, Reporter.PUBLIC):
        return Verdict.MISSING, _("the carrier does not say who reported")
    if not registration.codes and registration.reporter not in (Reporter.PRIVATE, Reporter.PUBLIC):
        return Verdict.MISSING, _("the case system does not say who reported")
    return Verdict.AGREES, str(Reporter(report.reporter).label)


def police(report: Report, registration: Registration) -> tuple[Verdict, str]:
    """The police write through Altinn, and are the one body that the codes name apart."""
    if POLICE_CODE in registration.codes:
        return (Verdict.AGREES, _("through Altinn, and registered as from the police")) if report.channel == Channel.ALTINN else (Verdict.MISSING, "")
    if report.channel == Channel.ALTINN and registration.codes:
        return Verdict.DIFFERS, _("came through Altinn, where the police write, and is registered as from somebody else")
    return Verdict.MISSING, ""


def children(report: Report, registration: Registration) -> tuple[Verdict, str]:
    """Case systems register one report for each child."""
    if report.children is None:
        return Verdict.MISSING, _("the carrier does not say how many")
    if report.children == 1:
        return Verdict.AGREES, _("one child, one registration")
    return Verdict.MISSING, _("one registration of the %(children)s that this report should have") % {"children": report.children}


@dataclass(frozen=True)
class Field:
    label: str | Promise
    judge: Judge
    is_told_when_missing: bool = True


FIELDS = (
    Field(gettext_lazy("Day"), day),
    Field(gettext_lazy("Reporter"), reporter),
    Field(gettext_lazy("Police"), police, is_told_when_missing=False),
    Field(gettext_lazy("Children"), children),
)


@dataclass(frozen=True)
class Rule:
    """`strength` holds when `when` does and no rule above did."""

    strength: Strength
    when: Callable[[dict[Judge, Verdict], Rivals], bool]
    why: str | Promise


STRENGTHS = (
    Rule(
        Strength.STRONG,
        lambda said, rivals: rivals.is_alone and Verdict.DIFFERS not in said.values() and said[reporter] == Verdict.AGREES,
        gettext_lazy("nothing differs, and there is no other report and no other registration that it could be"),
    ),
    Rule(Strength.WEAK, lambda said, rivals: Verdict.DIFFERS in said.values(), gettext_lazy("something differs")),
    Rule(Strength.WEAK, lambda said, rivals: rivals.are_too_many, gettext_lazy("more reports than registrations compete")),
    Rule(Strength.POSSIBLE, lambda said, rivals: rivals.is_alone, gettext_lazy("nothing differs, but nobody says who reported")),
    Rule(Strength.POSSIBLE, lambda said, rivals: True, gettext_lazy("nothing differs, but there are others that it could be")),
)


@dataclass(frozen=True)
class Candidate:
    registration: Registration
    judgements: list[Judgement]
    strength: Strength
    why: str | Promise


def candidate(report: Report, registration: Registration, rivals: Rivals) -> Candidate:
    """What speaks for and against this one, and how strongly altogether."""
    said = [(field, *field.judge(report, registration)) for field in FIELDS]
    rule = next(rule for rule in STRENGTHS if rule.when({field.judge: verdict for field, verdict, _words in said}, rivals))
    told = [Judgement(field.label, verdict, words) for field, verdict, words in said if verdict != Verdict.MISSING or field.is_told_when_missing]
    return Candidate(registration, told, rule.strength, rule.why)


def candidates(report: Report, registrations: Sequence[Registration], rivals: Rivals) -> list[Candidate]:
    """In the order in which the registrations came: the nearest first."""
    return [candidate(report, registration, rivals) for registration in registrations]


def competition(rivals: Rivals) -> str:
    """Who else claims these registrations, in words; empty where nobody does."""
    if rivals.reports < 2:
        return ""
    told = {"reports": rivals.reports, "registrations": rivals.registrations, "left": rivals.reports - rivals.registrations}
    if rivals.are_too_many:
        return (
            ngettext(
                "%(reports)s reports compete for %(registrations)s registration, so at least %(left)s of them is not there.",
                "%(reports)s reports compete for %(registrations)s registrations, so at least %(left)s of them are not there.",
                rivals.registrations,
            )
            % told
            + " "
            + _("All of them stay open until a person has found which is which.")
        )
    return _("%(reports)s reports could be one of these %(registrations)s registrations. None is tied until a person has found which is which.") % told
