import pytest

from apps.deliveries.folding import number
from apps.feeds.catalogue import FORMATS
from apps.feeds.sources import eformidling, svarut
from apps.ledger import codes, meanings

HANGING = [(source, native, meaning) for (source, native), meaning in meanings.MEANINGS.items()]


@pytest.mark.parametrize(("source", "native", "meaning"), HANGING)
def test_every_meaning_is_a_code_of_a_format_and_a_rung_of_the_fold(source, native, meaning):
    assert source in FORMATS
    assert meaning.attribute in meanings.COLUMNS
    for code in (*meaning.codes.values(), meaning.otherwise):
        assert code in codes.FROM_FEEDS
        assert number(code)


@pytest.mark.parametrize(("source", "native", "meaning"), HANGING)
def test_where_nothing_is_said_the_format_s_own_table_holds(source, native, meaning):
    table = eformidling.CODES if source == "eformidling" else svarut.CODES

    assert meanings.code(source, native, {}, "unknown") == table[native]


def test_a_status_that_hangs_on_nothing_keeps_its_code():
    assert meanings.code("eformidling", "SENDT", {"serviceIdentifier": "DPO"}, "sent") == "sent"
    assert meanings.code("altinn", "LEVERT", {"serviceIdentifier": "DPO"}, "unknown") == "unknown"
