"""What matching without a shared id finds, and what it costs: `python -m tests.benchmarks.matching [--open 100000] [--worlds 5] [--days 60]`.

Worlds whose truth is known (tests/worlds.py: several children, merged reports, siblings, late registration, letters, losses), for services of different
sizes: precision and recall of the nearest registration, and the share of lost reports that no worklist shows, which must be 0 without anybody's click. Then
so many open reports of one service against as many registrations, at once. What is counted in processor time holds on a busy machine too.
"""

import argparse
from collections import Counter
from datetime import timedelta
from pathlib import Path

from apps.deliveries.states import NEEDS_A_PERSON
from tests import universe, worlds
from tests.benchmarks.grounds import File, Ground, ground, say
from tests.universe import BERGEN
from tests.worlds import World

SIZES = {"a report a week": 0.15, "one every other day": 0.5, "two a day": 2.0, "ten a day": 10.0}
YEAR = 365


def files(home: Path, name: str, world: World) -> list[File]:
    """The portal's list and the case system's extract, in that order."""
    listed, extract = home / f"{name}.csv", home / f"{name}.xml"
    listed.write_bytes(universe.file("portal-list", list(worlds.portal_list(world))).body)
    extract.write_bytes(worlds.extract(world, world.first + timedelta(days=world.days + 30)))
    return [(BERGEN, "portal-list", str(listed)), (BERGEN, "register-xml", str(extract))]


def judged(here: Ground, world: World) -> Counter[str]:
    """How right the nearest registrations were, by the truth: numbers that may be added up over worlds."""
    here.brought_in(here.database("world"), files(here.home, "world", world))
    done = here.work(here.named("world"), "suggest", "told")
    here.drop("world")
    own = {report.id: {one.case for one in report.registrations} for report in world.reports}
    lost = {report.id for report in world.lost}
    right = {report: case in own[report] for report, case, *_more in done["suggested"]}
    alone = {report for report, _case, _gap, is_alone, _many in done["suggested"] if is_alone}
    return Counter(
        suggested=len(right),
        right=sum(right.values()),
        registered=sum(1 for cases in own.values() if cases),
        alone=len(alone),
        alone_and_right=sum(right[report] for report in alone),
        lost=len(lost),
        explained_away=sum(done["states"][one] not in NEEDS_A_PERSON for one in lost),
        tempting=len(lost & alone),
    )


def told(sums: Counter[str]) -> str:
    return (
        f"precision {sums['right'] / max(sums['suggested'], 1):.2f}, recall {sums['right'] / max(sums['registered'], 1):.2f}; "
        f"{sums['alone_and_right']} of the {sums['alone']} that are alone with one registration are right; of {sums['lost']} lost reports "
        f"{sums['explained_away']} are explained away (must be 0), and {sums['tempting']} are alone with a registration that is another's"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--open", type=int, default=100_000)
    asked.add_argument("--worlds", type=int, default=5)
    asked.add_argument("--days", type=int, default=60)
    given = asked.parse_args()
    with ground() as here:
        for size, a_day in SIZES.items():
            # Small services are given more days, so that there is something to be right about.
            worlds_of_it = (World(seed=seed, days=round(given.days / min(a_day, 1)), a_day=a_day) for seed in range(1, given.worlds + 1))
            sums = sum((judged(here, world) for world in worlds_of_it), Counter())
            say(f"{size}: {told(sums)}")
            assert not sums["explained_away"], "a report was lost without anybody's click"
        if given.open:
            world = World(seed=1, days=YEAR, a_day=given.open / YEAR, letters=0.0, fates=("prompt",) * 7 + ("late", "lost"))
            here.brought_in(here.database("large"), files(here.home, "large", world), processes=2)
            here.work(here.named("large"), "vacuum")
            done = here.work(here.named("large"), "suggest", "counted")
            say(
                f"{done['seeking']:,} open reports of one service against {done['registrations']:,} registrations: {done['seconds']:.1f} s (goal: less than 60), "
                f"{done['cpu']:.1f} s of processor, {done['found']:,} with a candidate, {done['peak']:.0f} MB"
            )


if __name__ == "__main__":
    main()
