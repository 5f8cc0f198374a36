"""What `python -m tests.fuzz` once found, and that it would find something."""

import pytest

from apps.feeds import catalogue
from tests import fuzz
from tests.feeds.sources.reader import ID
from tests.feeds.sources.test_fuzz import check

FOUND = sorted(fuzz.SAMPLES.glob("*/found-*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_once_broke_a_parser_is_refused_or_accounted_for(path):
    check(path.parent.name, path.read_bytes(), reference=ID)


def test_a_parser_that_loses_a_line_is_found_and_the_file_kept(monkeypatch, tmp_path):
    format = catalogue.FORMATS["portal-list"]

    def forgetful(reading):
        for one in format.parse(reading):
            if one.line != 3:
                yield one

    monkeypatch.setitem(catalogue.FORMATS, "portal-list", format._replace(parse=forgetful))
    (tmp_path / "portal-list").mkdir()
    (tmp_path / "portal-list" / "good.csv").write_bytes((fuzz.SAMPLES / "portal-list" / "good.csv").read_bytes())
    monkeypatch.setattr(fuzz, "SAMPLES", tmp_path)

    with pytest.raises(AssertionError):
        fuzz.fuzzed("portal-list", minutes=0.2, first_seed=1)

    assert len(list(tmp_path.glob("*/found-*"))) == 1
