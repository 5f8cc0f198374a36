"""What the demo tells, as tables: where, how many, how long ago. Numbers that were published in 2023 are read from published_figures.csv by their id.

A day is counted back from the demo's `now`, so that clocks run. The year around the story is invented; its sizes follow what municipalities said they receive.
"""

import csv
from pathlib import Path
from typing import NamedTuple

with (Path(__file__).parent / "published_figures.csv").open(encoding="utf-8", newline="") as _published:
    FIGURES = {row["id"]: int(row["value"] or row["value_min"]) for row in csv.DictReader(_published) if row["value"] or row["value_min"]}


class Place(NamedTuple):
    """A service over the last year: reports through the portal, letters through Altinn, and messages it sent itself."""

    service: str
    name: str
    municipality: str
    reports: int
    district: str = ""
    orgnr: str = ""
    letters: int = 0
    outbound: int = 0
    log_ends: float = 0.1  # days ago; how far the case system's log reaches

    @property
    def reads_json(self) -> bool:
        """Half of the services get their files as JSON, the others as CSV."""
        return int(self.service[:4]) % 2 == 1


class Incident(NamedTuple):
    """Messages of one fate in one service, each sent so many days before now."""

    service: str
    fate: str
    days: tuple[float, ...]


def spread(count: int, first: float, last: float) -> tuple[float, ...]:
    """`count` days ago, evenly between the two, a little uneven in the hour."""
    step = (last - first) / max(count - 1, 1)
    return tuple(round(first + number * step + number % 7 * 0.09, 2) for number in range(count))


BERGEN, SANDEFJORD, KRISTIANSAND, TROMSO, ASKER, TRONDHEIM, LILLEHAMMER = "4601", "3907", "4204", "5501", "3203", "5001", "3405"
GRUNERLOKKA, ALNA, SONDRE_NORDSTRAND = "0301-02", "0301-12", "0301-15"

PLACES = (
    Place(BERGEN, "Bergen", "4601", reports=FIGURES["bergen_year_total"], orgnr="964338531", letters=130, outbound=900),
    Place(SANDEFJORD, "Sandefjord", "3907", reports=FIGURES["sandefjord_year_total"], orgnr="916882807", letters=24),
    Place(KRISTIANSAND, "Kristiansand", "4204", reports=1500, orgnr="820852982", letters=40),
    Place(TROMSO, "Tromsø", "5501", reports=900, orgnr="940101808", letters=45),
    Place(ASKER, "Asker", "3203", reports=800, orgnr="920125298", letters=20),
    Place(GRUNERLOKKA, "Oslo, Grünerløkka", "0301", reports=380, district="02"),
    Place(ALNA, "Oslo, Alna", "0301", reports=420, district="12"),
    Place(SONDRE_NORDSTRAND, "Oslo, Søndre Nordstrand", "0301", reports=350, district="15"),
    # Nothing was lost in Trondheim; but its case system's log of the last days is missing, so nobody can prove that.
    Place(TRONDHEIM, "Trondheim", "5001", reports=1300, orgnr="942110464", letters=60, log_ends=9),
    Place(LILLEHAMMER, "Lillehammer", "3405", reports=260, orgnr="945578564", letters=18),
)

RESCUABLE_IN_BERGEN = (28.6, 17.3, 10.4)  # the portal keeps 30 days: one has a day and a half left
RESCUABLE_IN_OSLO = (24.2, 12.7)

# Six of Sandefjord's seven suspects turn out to be other documents. It takes a person to say so, and another to agree.
NO_REPORTS = Incident(SANDEFJORD, "lost", spread(FIGURES["sandefjord_suspected_7"] - FIGURES["sandefjord_report_1"], 41, 190))

LOST = (
    Incident(BERGEN, "claimed", RESCUABLE_IN_BERGEN + spread(FIGURES["bergen_known_24"] - 3, 36, 350)),
    NO_REPORTS,
    Incident(KRISTIANSAND, "claimed", spread(FIGURES["kristiansand_lost_12"], 33, 340)),
    Incident(TROMSO, "lost", spread(FIGURES["tromso_lost_4"], 52, 280)),
    Incident(GRUNERLOKKA, "lost", RESCUABLE_IN_OSLO[:1]),
    Incident(ALNA, "lost", RESCUABLE_IN_OSLO[1:]),
    Incident(SONDRE_NORDSTRAND, "claimed", (121.5,)),
    Incident(ASKER, "lost", spread(FIGURES["asker_lost_3"], 60, 210)),
)
# The seventh arrived and was stored; the log that Sandefjord first handed over had left its day out.
FALSE_ALARM = Incident(SANDEFJORD, "arrived", (97.4,))

OTHER_TROUBLE = (
    Incident(BERGEN, "turned_down", (6.3,)),
    Incident(ASKER, "partly", (15.2,)),
    Incident(KRISTIANSAND, "deleted", (71.8,)),
)

# Letters of the police that nobody opened, or opened when it was too late.
LETTERS = (
    Incident(BERGEN, "unopened", spread(FIGURES["bergen_altinn_25"], 3.6, 330)),
    Incident(BERGEN, "opened_late", spread(FIGURES["vest_12"] // 2, 25, 200)),
    Incident(TROMSO, "unopened", spread(9, 12, 300)),
    Incident(TROMSO, "purged", (44.3,)),
    Incident(TRONDHEIM, "opened_late", spread(FIGURES["trondelag_unread_9"], 30, 260)),
    Incident(LILLEHAMMER, "unopened", spread(FIGURES["lillehammer_reports_3"], 20, 150)),
)
# Two more that people have begun to deal with: one settled after its second look, one waiting for it.
SETTLED_LETTER = Incident(BERGEN, "unopened", (48.5,))
LETTER_IN_REVIEW = Incident(BERGEN, "opened_late", (61.2,))

# A tenth of what Bergen found in August 2023.
OUTBOUND_UNREAD = Incident(BERGEN, "unread", spread(FIGURES["bergen_outbound_1300"] // 10, 15, 355))

# Sent within the last hours; the receipts are there, the case system's next log is not.
ON_THEIR_WAY = Incident(BERGEN, "arrived", (0.02, 0.04, 0.07, 0.09))
