"""The rate of false alarms that is promised, on simulated services of every size."""

from apps.watch.rhythm import Level
from tests.benchmarks import detection


def test_nobody_is_alarmed_for_nothing_more_than_once_a_month():
    found = detection.simulate(seed=7, services=12)

    assert all(detection.false_alarms(seen) < 1 for seen in found.values())


def test_a_portal_that_falls_silent_is_seen_in_large_services_within_days():
    seen = detection.simulate(seed=7, services=1)["1,000 and more"]

    assert seen.silence[Level.LATE][0] <= 7
    assert seen.loss[0] is not None
