"""Alarms in words: why each was raised, from its figures alone, in the language of whoever reads it."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.feeds.catalogue import FORMATS
from apps.feeds.rhythm import OSLO
from apps.ledger.models import ImportState
from apps.ui.marks import Look
from apps.watch.models import Alarm, Level, Rhythm, Stream, What

LOOKS = {Level.LATE: Look("half", "warning"), Level.SILENT: Look("alarm", "danger"), Level.STANDS: Look("alarm", "danger")}
RAREST = 1e-9


def reasoning(alarm: Alarm) -> str:
    return REASONS[What(alarm.what)](alarm.figures, alarm)


def day(text: object) -> str:
    return date_format(date.fromisoformat(str(text)), "l j. F")


def moment(text: object) -> str:
    return date_format(datetime.fromisoformat(str(text)).astimezone(OSLO), "j. F Y H:i")


def chance(value: float) -> str:
    """ "1 in 900,000": one digit that counts."""
    rounded = float(f"{1 / max(value, RAREST):.1g}")
    return _("1 in %(count)s") % {"count": f"{rounded:,.0f}".replace(",", "\N{NO-BREAK SPACE}")}


def expected(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".replace(".", ",")


def quiet(figures: dict, alarm: Alarm) -> str:
    return verdict(figures)


def verdict(said: dict) -> str:
    told = {
        "expected": expected(said["expected"]),
        "got": said["got"],
        "since": day(said["since"]),
        "until": day(said["until"]),
        "chance": chance(said["chance"]),
    }
    return _("Expected %(expected)s messages from %(since)s to %(until)s, got %(got)s: chance %(chance)s by what came before.") % told


def not_confirmed() -> str:
    return _("From %(since)s to %(until)s the case system lacks %(got)s of the messages that it should hold; %(expected)s would be usual: chance %(chance)s.")


def not_read() -> str:
    return _("From %(since)s to %(until)s %(got)s messages were not read in time; %(expected)s would be usual: chance %(chance)s.")


SHARES: dict[str, Callable[[], str]] = {Stream.CONFIRMED: not_confirmed, Stream.READ: not_read}


def unconfirmed(figures: dict, alarm: Alarm) -> str:
    return amiss(figures, not_confirmed())


def unread(figures: dict, alarm: Alarm) -> str:
    return amiss(figures, not_read())


def amiss(figures: dict, sentence: str) -> str:
    told = {"got": figures["got"], "expected": expected(figures["expected"]), "chance": chance(figures["chance"])}
    return sentence % (told | {"since": day(figures["since"]), "until": day(figures["until"])})


def overdue(figures: dict, alarm: Alarm) -> str:
    if not figures["has_come"]:
        return _("No file has come since the feed was added; one was expected at the latest on %(due)s.") % {"due": day(figures["due"])}
    return _("The last file came %(latest)s; the next was expected at the latest on %(due)s.") % {
        "latest": moment(figures["latest"]),
        "due": day(figures["due"]),
    }


def unreconciled(figures: dict, alarm: Alarm) -> str:
    days = ngettext("%(count)s day", "%(count)s days", figures["kept_days"]) % {"count": figures["kept_days"]}
    if not figures["reaches"]:
        return _("The case system's data have never come, and a copy is kept for %(days)s: what is missing cannot be found while it can still be had.") % {
            "days": days
        }
    told = {"reaches": moment(figures["reaches"]), "days": days}
    return _("The case system's data reach to %(reaches)s, and a copy is kept for %(days)s: half of that has gone.") % told


def never_completed(figures: dict, alarm: Alarm) -> str:
    since = moment(alarm.since.isoformat())
    return _("A file that came %(since)s was never read to its end (%(state)s).") % {"since": since, "state": ImportState(figures["state"]).label}


def owed(figures: dict, alarm: Alarm) -> str:
    return _("The oldest has waited since %(since)s; nobody takes it.") % {"since": moment(alarm.since.isoformat())}


def canary(figures: dict, alarm: Alarm) -> str:
    return ngettext(
        "%(count)s test message of our own that should have arrived by now has not.",
        "%(count)s test messages of our own that should have arrived by now have not.",
        figures["count"],
    ) % {"count": figures["count"]}


def same_way(figures: dict, alarm: Alarm) -> str:
    said = _("%(way)s: %(behind)s of %(all)s services")
    ways = [said % {"way": _(FORMATS[format].title), "behind": behind, "all": all_} for format, (behind, all_) in figures["ways"].items()]
    return _("So many services hear nothing by the same way: %(ways)s.") % {"ways": "; ".join(ways)}


REASONS: dict[What, Callable[[dict, Alarm], str]] = {
    What.OVERDUE: overdue,
    What.QUIET: quiet,
    What.UNCONFIRMED: unconfirmed,
    What.UNREAD: unread,
    What.UNRECONCILED: unreconciled,
    What.NEVER_COMPLETED: never_completed,
    What.OWED: owed,
    What.CANARY: canary,
    What.SAME_WAY: same_way,
}


def stands(rhythm: Rhythm) -> str:
    """What is known of a stream now, with the numbers behind it."""
    if not rhythm.verdict:
        return _("Too little history yet: nothing is said before there are 28 days and 5 messages.")
    sentence = SHARES.get(rhythm.stream)
    said = amiss(rhythm.verdict, sentence()) if sentence else verdict(rhythm.verdict)
    return said if rhythm.level else _("Nothing stands out. %(said)s") % {"said": said}


def patience(rhythm: Rhythm) -> str:
    """For how long a stream must be silent before anything is said; empty while nobody knows."""
    if not rhythm.patience:
        return ""
    late, silent = (
        ngettext("%(count)s day", "%(count)s days", rhythm.patience[level]) % {"count": rhythm.patience[level]} for level in (Level.LATE, Level.SILENT)
    )
    return _("late after %(late)s without any, silent after %(silent)s") % {"late": late, "silent": silent}


def look(level: str) -> Look:
    return LOOKS[Level(level)]
