import pytest

from apps.feeds.sources.references import is_uuid, plain, strip_prefix, uuid
from apps.feeds.sources.unfit import Unfit
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER


@pytest.mark.parametrize("text", [ID, ID.upper(), f"  {ID} ", f"urn:uuid:{ID}", f"URN:altinn:correspondence:{ID}", f"0192:{ID}"])
def test_a_uuid_is_lower_case_without_prefix_and_blanks(text):
    assert uuid(text, "id") == ID


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing_value"),
        ("  ", "missing_value"),
        ("123", "not_uuid"),
        ("1e5", "not_uuid"),
        (ID.replace("-", ""), "not_uuid"),
        ("{" + ID + "}", "not_uuid"),
        (ID.replace("a", "а"), "not_uuid"),  # a Cyrillic letter that looks the same
        (ID + "\u200b", "not_uuid"),
        ("\u202e" + ID, "not_uuid"),
        (ID[:-1] + "１", "not_uuid"),
        ("=" + ID, "not_uuid"),
        ("00000000-0000-0000-0000-000000000000", "nil_uuid"),
    ],
)
def test_what_is_no_uuid_is_not_made_into_one(text, code):
    with pytest.raises(Unfit) as unfit:
        uuid(text, "meldingId")

    assert unfit.value.code == code


def test_an_identity_number_in_place_of_a_uuid_is_not_quoted():
    with pytest.raises(Unfit) as unfit:
        uuid(IDENTITY_NUMBER, "meldingId")

    assert unfit.value.details["found"] == "[fnr]"


@pytest.mark.parametrize("text", ["1e5", "FS-2023/17", "ÆØÅ 1", "007"])
def test_an_identifier_of_another_shape_stays_as_text(text):
    assert plain(text, "fagsystemMeldingId") == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (IDENTITY_NUMBER, "identity_number_as_reference"),
        ("sak 018180 12345", "identity_number_as_reference"),
        ("FS\u200b1", "reference_characters"),
        ("FЅ1", "reference_characters"),
        ("a\0b", "reference_characters"),
        ("x" * 101, "reference_characters"),
    ],
)
def test_an_identifier_that_cannot_be_compared_safely_rejects(text, code):
    with pytest.raises(Unfit) as unfit:
        plain(text, "fagsystemMeldingId")

    assert unfit.value.code == code


def test_the_nil_uuid_names_no_message():
    assert is_uuid(ID)
    assert not is_uuid("00000000-0000-0000-0000-000000000000")


@pytest.mark.parametrize("text", ["urn:altinn:organization:identifier-no:964338531", "0192:964338531", " 964338531 "])
def test_an_organisation_number_is_told_without_its_prefix(text):
    assert strip_prefix(text) == "964338531"
