import pytest

from apps.feeds.sources.redaction import holds_identity_number, raw_line, redact
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (IDENTITY_NUMBER, "[fnr]"),
        ("018180 12345", "[fnr]"),
        ("018180\u00a012345", "[fnr]"),
        (f"om {IDENTITY_NUMBER} og 02828012345.", "om [fnr] og [fnr]."),
        ("０１８１８０１２３４５", "[fnr]"),
        ("018180\u200b12345", "[fnr]"),
        ("123456789012", "123456789012"),
        ("1234567890", "1234567890"),
        ("018180  12345", "018180  12345"),
    ],
)
def test_identity_numbers_become_a_mark_and_other_numbers_stay(text, kept):
    assert redact(text) == kept


def test_text_is_redacted_before_it_is_cut():
    assert redact("x" * 195 + IDENTITY_NUMBER) == "x" * 195 + "[fnr]"


def test_what_a_database_cannot_store_is_replaced():
    assert redact("a\0b\ud800c") == "a\ufffdb\ufffdc"


def test_marks_that_turn_a_line_around_are_taken_out():
    assert redact("abc\u202edcba") == "abcdcba"


def test_a_shown_line_names_its_columns_and_keeps_uuids_whole():
    digits = "12345678-1234-4234-8234-a12345678901"

    shown = raw_line(("id", "note", "empty", "other"), (digits, f"x {IDENTITY_NUMBER}", "", ID))

    assert shown == f"id={digits}; note=x [fnr]; other={ID}"


def test_a_shown_line_is_at_most_two_thousand_characters():
    assert len(raw_line(("a", "b"), ("x" * 5000, "y"))) == 2000


def test_an_identity_number_is_found_also_behind_invisible_characters():
    assert holds_identity_number("018180\u200b12345")
    assert not holds_identity_number("FS-2023-1")
