import io
import zipfile
from datetime import date, datetime

import pytest

from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, read
from tests.feeds.sources.workbooks import WORKSHEET, ods, ods_row, ods_table, package, sheet_xml, with_parts, xlsx, xlsx_of

HEADER = ("bekymringsmeldingId", "mottattTidspunkt", "resultat", "lagretTidspunkt", "kommunenummer", "journalnummer")
GOOD = (ID, "2023-05-01T10:00:00", "mottatt", "2023-05-01T11:00:00", "4601", "2023/1")
EMPTY_REST = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'


def test_rows_of_text_are_read_and_numbered_below_the_heading():
    outcome = read("mottakslogg", xlsx_of(HEADER, GOOD, (), GOOD))

    assert [record.line for record in outcome.records] == [1, 2]
    assert outcome.codes == ["delivered_claimed", "registered"] * 2
    assert outcome.warnings == []


def test_the_same_rows_are_read_from_opendocument():
    outcome = read("mottakslogg", ods(ods_table(ods_row(*HEADER), ods_row(*GOOD), ods_row(), ods_row(*GOOD, repeated=2), EMPTY_REST)))

    assert [record.line for record in outcome.records] == [1, 2, 3]
    assert outcome.warnings == []


@pytest.mark.parametrize("options", [{}, {"date_1904": True}])
def test_dates_are_read_as_dates_in_both_calendars(options):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
        sheet.write_datetime(1, 1, datetime(2023, 5, 1, 10, 11, 12, 345000), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))  # noqa: DTZ001 (a spreadsheet has no zones)
        sheet.write_datetime(1, 3, date(2023, 5, 2), book.add_format({"num_format": "dd.mm.yyyy"}))

    received, stored = read("mottakslogg", xlsx(fill, **options)).records[0].occurrences

    assert (received.at, received.by_day) == ("2023-05-01T08:11:12.345000+00:00", False)
    assert (stored.at, stored.by_day) == ("2023-05-01T22:00:00+00:00", True)


def test_a_date_of_the_first_two_months_of_1900_is_rejected_and_not_shifted():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
        sheet.write_number(1, 1, 45.5, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))

    assert read("mottakslogg", xlsx(fill)).rejected == [(1, "year_out_of_range")]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [(4, 301, "not_text"), (4, 4601, "not_text"), (4, "301", "not_municipality"), (0, 12345, "not_text"), (1, 45000.5, "not_text"), (2, True, "not_text")],
)
def test_an_identity_like_number_is_rejected_and_not_padded(column, value, code):
    row = [*GOOD[:column], value, *GOOD[column + 1 :]]

    assert read("mottakslogg", xlsx_of(HEADER, row, GOOD)).rejected == [(1, code)]


def test_a_journal_number_may_be_a_number():
    assert read("mottakslogg", xlsx_of(HEADER, (*GOOD[:5], 17))).records[0].attributes == {"journalnummer": "17"}


def test_other_sheets_and_hidden_rows_and_merged_cells_are_warned_of():
    def fill(book):
        sheet = book.add_worksheet("Logg")
        for place, row in enumerate([HEADER, GOOD, GOOD]):
            sheet.write_row(place, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.merge_range(4, 0, 5, 0, ID)
        book.add_worksheet(f"Fnr {IDENTITY_NUMBER}").write(0, 0, "x")
        book.add_worksheet("Tom")

    outcome = read("mottakslogg", xlsx(fill))

    assert outcome.warnings == ["other_sheets", "hidden_rows", "merged_cells"]
    assert outcome.reading.warnings[0].details == {"sheets": "Fnr [fnr]"}
    assert len(outcome.records) == 2
    assert outcome.rejected == [(3, "missing_value")]


def test_the_first_visible_sheet_is_read():
    def fill(book):
        book.add_worksheet("Gammel").write(0, 0, "x")
        sheet = book.add_worksheet("Logg")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
        sheet.activate()
        sheet.set_first_sheet()
        book.worksheets()[0].hide()

    assert len(read("mottakslogg", xlsx(fill)).records) == 1


def test_a_hidden_sheet_of_opendocument_is_passed_over():
    hidden = '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>'
    tables = ods_table(ods_row("x"), name="Gammel", style="ta2") + ods_table(ods_row(*HEADER), ods_row(*GOOD))

    outcome = read("mottakslogg", ods(tables, styles=hidden))

    assert len(outcome.records) == 1
    assert outcome.warnings == ["other_sheets"]


def test_errors_and_formulas_without_a_value_reject_their_rows():
    head = [("str", name) for name in HEADER]
    good = [("str", value) for value in GOOD]
    rows = sheet_xml(head, good, [*good[:3], ("e", "#N/A"), *good[4:]]).replace(
        "</sheetData>", f"<row><c t='str'><v>{ID}</v></c><c><f>NOW()</f></c></row><row><c t='str'><f>A1</f><v></v></c></row></sheetData>"
    )

    outcome = read("mottakslogg", with_parts(xlsx_of(("x",)), sheet=rows))

    assert outcome.rejected == [(2, "cell_error"), (3, "formula_without_value")]
    assert [fate.details["column"] for fate in outcome.fates[1:]] == ["D", "B"]
    assert len(outcome.records) == 1


def test_formulas_with_a_value_are_read_by_their_value():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
        sheet.write_formula(1, 2, '="mott"&"att"', None, "mottatt")

    assert len(read("mottakslogg", xlsx(fill)).records) == 1


def test_the_table_need_not_begin_in_the_corner():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, HEADER)
        sheet.write_row(5, 2, GOOD)

    assert [record.line for record in read("mottakslogg", xlsx(fill)).records] == [1]


def test_a_lying_dimension_hides_no_row():
    for told in ("A1:A1", "A1:XFD1048576"):
        rows = sheet_xml([("str", name) for name in HEADER], *[[("str", value) for value in GOOD]] * 3)
        content = with_parts(xlsx_of(("x",)), sheet=rows.replace("<sheetData>", f'<dimension ref="{told}"/><sheetData>'))

        assert len(read("mottakslogg", content).records) == 3


def test_an_empty_sheet_is_complete_with_a_warning():
    assert read("mottakslogg", xlsx_of()).warnings == ["empty_file"]
    assert read("mottakslogg", xlsx_of(HEADER)).warnings == ["no_rows"]
    assert read("mottakslogg", ods(ods_table(EMPTY_REST))).warnings == ["empty_file"]


def test_a_missing_or_doubled_heading_refuses_the_file():
    assert read("mottakslogg", xlsx_of(("navn", "dato"), ("x", "y"))).refused == "missing_column"
    assert read("mottakslogg", xlsx_of((*HEADER, "Resultat"), GOOD)).refused == "duplicate_column"


CORNER = f'{WORKSHEET}<sheetData><row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
ENTITY = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + sheet_xml([("str", "&b;")])
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd">' + sheet_xml([("str", "x")])
TWICE = f'{WORKSHEET}<sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row></sheetData></worksheet>'
DEEP = WORKSHEET + "<a>" * 200 + "</a>" * 200 + "</worksheet>"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"sheet": CORNER}, "sheet_too_large"),
        ({"sheet": ENTITY}, "document_type_in_xml"),
        ({"sheet": EXTERNAL}, "document_type_in_xml"),
        ({"xl/sharedStrings.xml": "<!DOCTYPE sst><sst/>"}, "document_type_in_xml"),
        ({"xl/workbook.xml": "<!DOCTYPE workbook><workbook/>"}, "document_type_in_xml"),
        ({"sheet": TWICE}, "rows_out_of_order"),
        ({"sheet": TWICE.replace('<row r="2"><c r="A2"><v>2', '<row r="1"><c r="A1"><v>2')}, "rows_out_of_order"),
        ({"sheet": TWICE.replace('</c></row><row r="2">', "</c>")}, "rows_out_of_order"),
        ({"sheet": DEEP}, "nested_too_deeply"),
        ({"sheet": sheet_xml([("s", "700")])}, "broken_workbook"),
        ({"sheet": sheet_xml([("str", "x")])[:-20]}, "broken_workbook"),
        ({"sheet": b"\xff\xfe\x00"}, "broken_workbook"),
        ({"sheet": "x" * (40 << 20)}, "package_too_large"),
        ({"xl/media/" + str(number): "" for number in range(2_001)}, "package_too_large"),
        ({"../../etc/cron.d/x": "x"}, "broken_package"),
        ({"/etc/x": "x"}, "broken_package"),
        ({"xl/vbaProject.bin": "x"}, "workbook_with_macros"),
    ],
)
def test_a_workbook_that_could_do_harm_is_refused_before_it_is_opened(parts, code):
    assert read("mottakslogg", with_parts(xlsx_of(HEADER, GOOD), **parts)).refused == code


def test_repeated_cells_that_fill_a_sheet_are_refused():
    row = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" office:value="1" {}/></table:table-row>'

    assert read("mottakslogg", ods(ods_table(row.format('table:number-columns-repeated="16384"')))).refused == "sheet_too_large"
    assert read("mottakslogg", ods(ods_table(ods_row(*HEADER), ods_row("x" * 1000, repeated=1_000_000)))).refused == "sheet_too_large"


def test_a_shared_text_repeated_beyond_measure_is_refused():
    texts = f"<sst><si><t>{'xy0z' * 25_000}</t></si></sst>".replace("xy0z", "".join(chr(97 + n % 26) for n in range(0, 997, 7)))
    rows = sheet_xml(*[[("s", "0")]] * 200)

    assert read("mottakslogg", with_parts(xlsx_of(HEADER), **{"sheet": rows, "xl/sharedStrings.xml": texts})).refused in {
        "sheet_too_large",
        "package_too_large",
    }


def test_a_part_that_inflates_to_more_than_it_says_is_refused():
    content = bytearray(xlsx_of(HEADER, GOOD))
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        size = whole.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = bytes(content).replace(size.to_bytes(4, "little"), (size - 50).to_bytes(4, "little"))

    assert lying != content
    assert read("mottakslogg", lying).refused == "broken_package"


def test_the_same_part_twice_is_refused():
    made = io.BytesIO(xlsx_of(HEADER, GOOD))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(made, "a") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")

    assert read("mottakslogg", made.getvalue()).refused == "broken_package"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (xlsx_of(HEADER, GOOD)[:2000], "broken_package"),
        (xlsx_of(HEADER, GOOD)[:-30], "broken_package"),
        (b"PK\x03\x04", "broken_package"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_or_encrypted_workbook"),
        (package(**{"word/document.xml": "<w/>"}), "not_a_workbook"),
        (package(**{"xl/workbook.bin": "x"}), "not_a_workbook"),
        (package(**{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}), "not_a_workbook"),
    ],
)
def test_what_is_no_readable_workbook_is_refused_with_a_reason(content, code):
    assert read("mottakslogg", content).refused == code


def test_an_encrypted_opendocument_is_refused():
    content = with_parts(ods(ods_table()), **{"META-INF/manifest.xml": "<manifest:encryption-data/>", "content.xml": b"\x8f\x01"})

    assert read("mottakslogg", content).refused == "old_or_encrypted_workbook"


def test_a_spreadsheet_is_not_taken_for_a_portal_file():
    assert read("portal-list", xlsx_of(HEADER, GOOD)).refused == "wrong_kind_of_file"
    assert read("altinn", xlsx_of(HEADER, GOOD)).refused == "wrong_kind_of_file"


def test_no_identity_number_survives_a_workbook():
    row = (ID, IDENTITY_NUMBER, "mottatt", "", "4601", f"sak {IDENTITY_NUMBER}")

    outcome = read("mottakslogg", xlsx_of((*HEADER, IDENTITY_NUMBER), row, (ID, "2023-05-01", *row[2:])))

    assert outcome.records[0].attributes == {"journalnummer": "sak [fnr]"}
    assert IDENTITY_NUMBER not in repr(outcome.fates) + repr(outcome.reading.warnings) + repr(outcome.sentences)
