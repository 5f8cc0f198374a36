"""What is kept of an entry as codes, numbers and times is read as words."""

import pytest
from django.utils import translation

from apps.trail.wording import details

SAID = [
    ({"statement": None}, ""),
    ({"statement": 7}, "figures of statement 7"),
    ({"until": "2024-02-08T09:12:00+00:00"}, "until: 08.02.2024 10:12"),
    ({"from_day": "2024-01-01", "to_day": "2024-01-31"}, "from: 01.01.2024, to: 31.01.2024"),
    ({"patched_on": None, "adopted_on": "2024-01-02"}, "in use from: 02.01.2024"),
    ({"channel": "altinn", "proven_on": "2024-02-01", "is_over": False}, "Altinn, opened: 01.02.2024"),
    ({"act": "affected_decided", "is_high_risk": True}, "whether those affected must be told, high risk"),
    ({"begins": "2024-01-02", "as_of": "soon"}, "from: 02.01.2024, as of: soon"),
    ({"a_new_one": 3}, "a_new_one: 3"),
]


@pytest.mark.parametrize(("kept", "words"), SAID)
def test_details_are_told_in_words(kept, words):
    with translation.override("en"):
        assert details(kept) == words
