import pytest

from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, OTHER_ID, read, table

HEADER = "bekymringsmeldingId;tidspunkt;tilstand;beskrivelse"
GOOD = f"{ID};2023-05-01T10:00:00;AKSEPTERT;ok"


def history(*lines, end="\n"):
    return end.join([HEADER, *lines, ""])


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_semicolon_comma_and_tab_separate(separator):
    assert read("portal-history", history(GOOD).replace(";", separator)).codes == ["receipted"]


def test_a_first_line_that_tells_the_separator_is_obeyed_and_not_counted():
    outcome = read("portal-history", "sep=;\n" + history(GOOD))

    assert [record.line for record in outcome.records] == [3]


def test_a_separator_that_is_not_read_refuses_the_file():
    assert read("portal-history", "sep=|\n" + history(GOOD)).refused == "unknown_separator"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_the_same(end):
    outcome = read("portal-history", history(GOOD, GOOD, end=end))

    assert [record.line for record in outcome.records] == [2, 3]


def test_mixed_line_ends_and_blank_lines_keep_the_physical_line_numbers():
    outcome = read("portal-history", f"{HEADER}\r\n{GOOD}\r\r\n{GOOD}\n\n\n{GOOD}")

    assert [record.line for record in outcome.records] == [2, 4, 7]


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_what_only_looks_like_a_line_end_is_text(letter):
    outcome = read("portal-history", history(GOOD.replace("ok", f"a{letter}b"), GOOD))

    assert [record.line for record in outcome.records] == [2, 3]
    assert outcome.records[0].attributes["beskrivelse"] == f"a{letter}b"


def test_columns_may_come_in_any_order_and_case():
    assert read("portal-history", table([" TILSTAND ", "Tidspunkt", "BekymringsmeldingID"], ["AKSEPTERT", "2023-05-01", ID])).codes == ["receipted"]


def test_unknown_columns_are_named_and_left_unread():
    outcome = read("portal-history", table(["bekymringsmeldingId", "tidspunkt", "tilstand", "navn"], [ID, "x", "AKSEPTERT", "Ola Nordmann"]))

    assert outcome.reading.warnings[0].details == {"columns": "navn"}
    assert "Ola" not in outcome.fates[0].raw


def test_a_missing_required_column_refuses_the_file_and_is_named():
    outcome = read("portal-history", table(["bekymringsmeldingId", "tilstand"], [ID, "AKSEPTERT"]))

    assert (outcome.refused, outcome.details["column"]) == ("missing_column", "tidspunkt")


def test_a_column_named_twice_refuses_the_file():
    assert read("portal-history", "\n".join([HEADER + ";TIDSPUNKT", GOOD + ";x", ""])).refused == "duplicate_column"


def test_two_columns_without_a_name_do_not():
    assert read("portal-history", "\n".join([HEADER + ";;", GOOD + ";;", ""])).codes == ["receipted"]


def test_an_empty_file_is_complete_with_a_warning():
    for content in (b"", b"\n\r\n", b"\xef\xbb\xbf", "\ufeff".encode("utf-16-le")):
        outcome = read("portal-history", content)
        assert (outcome.refused, outcome.fates, outcome.warnings) == ("", [], ["empty_file"])


def test_a_header_alone_is_complete_with_a_warning():
    outcome = read("portal-history", HEADER)

    assert (outcome.refused, outcome.fates, outcome.warnings) == ("", [], ["no_rows"])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{ID};2023-05-01T10:00:00;AKSEPTERT", "short_row"),
        (f"{ID}", "short_row"),
        (";;", "short_row"),
        ("  ", "short_row"),
        (GOOD + ";extra", "long_row"),
        (GOOD.replace("ok", '"a"b'), "stray_quote"),
        (GOOD.replace("ok", "a\0b"), "nul"),
        (GOOD.replace("ok", "x" * 131_073), "cell_too_long"),
        (GOOD.replace("ok", '"' + "x" * 131_073 + '"'), "cell_too_long"),
        (";;;", "missing_value"),
    ],
)
def test_a_bad_line_is_rejected_and_the_rest_goes_on(line, code):
    outcome = read("portal-history", history(GOOD, line, GOOD))

    assert outcome.rejected == [(3, code)]
    assert [record.line for record in outcome.records] == [2, 4]


def test_a_nul_is_told_with_its_column_and_a_line_that_is_too_long_with_its_number():
    assert read("portal-history", history(GOOD.replace("ok", "a\0b"))).fates[0].details == {"column": "beskrivelse"}
    assert read("portal-history", history(GOOD, GOOD, "x" * (1 << 20) + "y", GOOD)).details["line"] == "4"


def test_empty_cells_beyond_the_header_are_forgiven():
    assert read("portal-history", history(GOOD + ";;")).codes == ["receipted"]


def test_a_quotation_mark_inside_an_unquoted_text_is_text():
    outcome = read("portal-history", history(GOOD.replace("ok", '5" skjerm'), GOOD))

    assert outcome.records[0].attributes["beskrivelse"] == '5" skjerm'
    assert len(outcome.records) == 2


def test_quoted_cells_may_hold_the_separator_and_doubled_quotation_marks():
    outcome = read("portal-history", history(f'"{ID}";"2023-05-01";"AKSEPTERT";"a;""b"""'))

    assert outcome.records[0].attributes["beskrivelse"] == 'a;"b"'


def test_a_record_over_several_lines_is_one_rejection_at_its_first_line():
    outcome = read("portal-history", history(GOOD, GOOD.replace("ok", '"a\n\nb"'), GOOD))

    assert outcome.rejected == [(3, "spans_lines")]
    assert [record.line for record in outcome.records] == [2, 6]


def test_two_stray_quotation_marks_swallow_lines_visibly_and_nothing_of_them_is_shown():
    swallowed = [f'{ID};2023-05-01T10:00:00;AKSEPTERT;"a', f"{OTHER_ID};2023-05-01T10:00:00;AKSEPTERT;Kari", 'x"']

    outcome = read("portal-history", history(GOOD, *swallowed, GOOD))

    assert outcome.rejected == [(3, "spans_lines")]
    assert outcome.fates[1].details == {"lines": "3"}
    assert "Kari" not in outcome.fates[1].raw
    assert ID in outcome.fates[1].raw


def test_a_quotation_mark_that_is_never_closed_refuses_the_file_and_names_its_line():
    outcome = read("portal-history", history(GOOD, GOOD.replace("ok", '"ok'), *[GOOD] * 98))

    assert (outcome.refused, outcome.details) == ("quote_never_closed", {"line": "3"})
    assert outcome.fates == []


def test_a_misplaced_quotation_mark_that_hides_another_refuses_the_file_or_accounts_for_every_record():
    outcome = read("portal-history", history(f'{ID};"2023"x;"AKSEPTERT;ok', f'{ID};2023-05-01;AKSEPTERT;ok"', GOOD))

    assert outcome.refused == "counts_differ"


def test_a_line_longer_than_any_record_refuses_the_file():
    assert read("portal-history", history(GOOD, "x" * (1 << 20) + "y")).refused == "line_too_long"
    assert read("portal-history", b"x" * (3 << 20)).refused in {"line_too_long", "missing_column"}


def test_a_cut_last_line_is_rejected():
    assert read("portal-history", history(GOOD)[:-25]).rejected == [(2, "short_row")]


def test_formulas_are_data_here():
    outcome = read("portal-history", history(GOOD.replace("ok", "=1+1")))

    assert outcome.records[0].attributes == {"beskrivelse": "=1+1"}


def test_no_identity_number_survives_anywhere():
    lines = [
        f"{ID};2023-05-01;{IDENTITY_NUMBER};x",
        f"{ID};{IDENTITY_NUMBER};LEVERT;018180 12345",
        f"{IDENTITY_NUMBER};2023-05-01;LEVERT;x",
        f"{ID};2023-05-01;LEVERT;{IDENTITY_NUMBER};{IDENTITY_NUMBER}",
        f'{ID};2023-05-01;LEVERT;"{IDENTITY_NUMBER}\n{IDENTITY_NUMBER}"',
        f"{ID};2023-05-01;LEVERT;barn {IDENTITY_NUMBER}",
    ]
    content = history(*lines).replace(HEADER, HEADER + f";{IDENTITY_NUMBER}").replace("x\n", "x;\n")

    outcome = read("portal-history", content)

    assert outcome.fates
    everything = repr(outcome.fates) + repr([record.attributes for record in outcome.records]) + repr(outcome.reading.warnings) + repr(outcome.sentences)
    assert "12345" not in everything.replace(ID, "")


def test_a_file_of_many_pieces_is_counted_right_whatever_falls_on_the_borders():
    quoted = GOOD.replace("ok", '"ok; då"')
    content = history(*[GOOD, quoted, ""] * 15_000, end="\r\n")

    outcome = read("portal-history", content)

    assert len(outcome.records) == 30_000
    assert outcome.records[-1].line == 45_000
