import pytest

from tests.feeds.sources.reader import ID, read

HISTORY = f"bekymringsmeldingId;tidspunkt;tilstand;beskrivelse\n{ID};2023-05-01T10:00:00;AKSEPTERT;Sendt på nytt til Bærum ævo\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1"])
def test_a_file_in_any_allowed_encoding_gives_the_same_text(encoding):
    outcome = read("portal-history", HISTORY.encode(encoding), encoding=encoding if encoding in ("cp1252", "iso-8859-1") else "")

    assert outcome.records[0].attributes == {"beskrivelse": "Sendt på nytt til Bærum ævo"}


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_both_byte_orders_of_utf_16_are_read_by_their_mark(order):
    outcome = read("portal-history", ("\ufeff" + HISTORY).encode(order))

    assert outcome.codes == ["receipted"]


def test_an_encoding_must_be_declared_and_is_not_guessed():
    assert read("portal-history", HISTORY.encode("cp1252")).refused == "not_decodable"
    assert read("portal-history", HISTORY.encode("cp1252"), encoding="windows-1252").warnings == []
    assert read("portal-history", HISTORY.encode("cp1252"), encoding="ISO-8859-1").warnings == []


def test_bytes_that_no_allowed_encoding_knows_refuse_the_file():
    outcome = read("portal-history", HISTORY.encode("cp1252").replace(b"ny", b"\x81"), encoding="windows-1252")

    assert outcome.refused == "not_decodable"
    assert outcome.details["line"] == "2"


def test_a_declared_utf_8_has_no_fallback():
    assert read("portal-history", HISTORY.encode("cp1252"), encoding="utf-8").refused == "not_decodable"


def test_an_encoding_that_is_not_read_refuses_the_file():
    assert read("portal-history", HISTORY.encode("cp1252"), encoding="ebcdic").refused == "unknown_encoding"


def test_a_byte_order_mark_is_believed():
    assert read("portal-history", b"\xef\xbb\xbf" + HISTORY.encode("cp1252")).refused == "not_decodable"


def test_a_file_cut_inside_a_character_is_refused():
    assert read("portal-history", HISTORY.encode()[:-4]).refused == "cut_in_character"
    assert read("portal-history", HISTORY.encode("utf-16")[:-1]).refused == "cut_in_character"


def test_half_a_pair_in_utf_16_refuses_the_file():
    assert read("portal-history", HISTORY.encode("utf-16") + b"\x00\xd8a\x00").refused == "not_decodable"


def test_text_encoded_twice_is_kept_with_a_warning():
    outcome = read("portal-history", HISTORY.encode().decode("cp1252").encode())

    assert outcome.warnings == ["encoded_twice"]
    assert outcome.codes == ["receipted"]


def test_a_file_that_mixes_encodings_is_read_one_way_with_a_warning():
    mixed = HISTORY.encode() + f"{ID};2023-05-01T11:00:00;AKSEPTERT;på\n".encode("cp1252")

    outcome = read("portal-history", mixed, encoding="windows-1252")

    assert outcome.warnings == ["mixed_encodings"]
    assert outcome.codes == ["receipted", "receipted"]


def test_utf_16_without_a_mark_is_refused_for_its_columns():
    assert read("portal-history", HISTORY.encode("utf-16-le")).refused in {"missing_column", "not_decodable"}


def test_the_place_of_a_bad_byte_is_told_also_beyond_the_first_piece():
    content = HISTORY.encode() + (f"{ID};2023-05-01T10:00:00;AKSEPTERT;x\n".encode() * 20_000) + b"\x81\n"

    outcome = read("portal-history", content, encoding="utf-8")

    assert (outcome.refused, outcome.details["line"]) == ("not_decodable", "20003")
