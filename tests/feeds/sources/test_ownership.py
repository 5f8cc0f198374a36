import pytest

from apps.feeds.record import Whose
from apps.feeds.sources.ownership import whose
from apps.feeds.sources.unfit import Unfit


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("4601", "", ""), Whose("4601", "", "")),
        ((" 0301 ", "01", ""), Whose("0301", "01", "")),
        (("4601", "00", ""), Whose("4601", "", "")),
        (("", "", "0192:964 338 531"), Whose("", "", "964338531")),
        (("", "", ""), Whose("", "", "")),
    ],
)
def test_the_numbers_are_taken_as_written(said, expected):
    assert whose(*said) == expected


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("301", "", ""), "not_municipality"),
        (("46011", "", ""), "not_municipality"),
        (("Oslo", "", ""), "not_municipality"),
        (("4601.0", "", ""), "not_municipality"),
        (("0301", "1", ""), "not_district"),
        (("", "", "96433853"), "not_organisation"),
        (("", "", "01818012345"), "not_organisation"),
    ],
)
def test_a_wrong_shape_rejects_and_is_not_padded(said, code):
    with pytest.raises(Unfit) as unfit:
        whose(*said)

    assert unfit.value.code == code
    assert "01818012345" not in str(unfit.value.details)


def test_a_feed_of_many_services_needs_every_row_to_say_whose_it_is():
    with pytest.raises(Unfit) as unfit:
        whose("", "", "", needed=True)

    assert unfit.value.code == "owner_missing"
    assert whose("", "", "964338531", needed=True).orgnr == "964338531"
