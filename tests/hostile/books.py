"""Workbooks: zips that unfold, sheets that lie about their size, cells that are not what they seem."""

import io
import warnings
import zipfile

from tests.feeds.sources.reader import IDENTITY_NUMBER
from tests.feeds.sources.workbooks import SHEET, WORKSHEET, ods, ods_row, ods_table, package, sheet_xml, with_parts, xlsx, xlsx_of
from tests.hostile.entry import Fate, Hostile, read, refused
from tests.hostile.texts import id_of

HEADER = ("bekymringsmeldingId", "mottattTidspunkt", "resultat", "fagsystemMeldingId", "kommunenummer", "journalnummer")
GOOD = (id_of(1), "2024-02-01T10:12:00", "mottatt", "A17", "4601", "2024/1")
BOOK = xlsx_of(HEADER, GOOD)
CELLS = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" office:value="1" {}/></table:table-row>'
CORNER = f'{WORKSHEET}<sheetData><row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
TWICE = f'{WORKSHEET}<sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row></sheetData></worksheet>'


def book(name: str, content: bytes, fate: Fate) -> Hostile:
    return Hostile(name, "mottakslogg", lambda: content, fate, file_name="logg.xlsx")


def changed(name: str, fate: Fate, **parts: str | bytes) -> Hostile:
    return book(name, with_parts(BOOK, **parts), fate)


def one_cell(name: str, place: int, value: object, code: str) -> Hostile:
    """A row of which one cell is no text, and a good one."""
    return book(name, xlsx_of(HEADER, (*GOOD[:place], value, *GOOD[place + 1 :]), GOOD), read(1, rejected={1: code}))


def rows_of(*rows: tuple[tuple[str, str], ...]) -> str:
    return sheet_xml([("str", name) for name in HEADER], *rows)


def hidden() -> bytes:
    def fill(made) -> None:  # type: ignore[no-untyped-def]
        sheet = made.add_worksheet("Logg")
        for place, row in enumerate([HEADER, GOOD, (id_of(2), *GOOD[1:3], "A18", *GOOD[4:])]):
            sheet.write_row(place, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.merge_range(5, 0, 6, 0, "")
        made.add_worksheet("Gammel").write(0, 0, "x")

    return xlsx(fill)


def lying() -> bytes:
    """One part says that it inflates to less than it does."""
    content = xlsx_of(HEADER, GOOD)
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        size = whole.getinfo(SHEET).file_size
    return content.replace(size.to_bytes(4, "little"), (size - 50).to_bytes(4, "little"))


def doubled() -> bytes:
    made = io.BytesIO(BOOK)
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(made, "a") as whole:
        whole.writestr("xl/workbook.xml", "<workbook/>")
    return made.getvalue()


def bomb(megabytes: int) -> bytes:
    """A cell of so many megabytes in a small file."""
    inside = f"{WORKSHEET}<sheetData><row><c t='str'><v>".encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new, zipfile.ZipFile(io.BytesIO(BOOK)) as old:
        for name in old.namelist():
            if name != SHEET:
                new.writestr(name, old.read(name))
        with new.open(SHEET, "w") as part:
            part.write(inside)
            for _ in range(megabytes):
                part.write(b"x" * (1 << 20))
            part.write(b"</v></c></row></sheetData></worksheet>")
    return made.getvalue()


def filled() -> bytes:
    """As many cells as are read at all, each with a text of its own."""

    def fill(made) -> None:  # type: ignore[no-untyped-def]
        sheet = made.add_worksheet("Logg")
        sheet.write_row(0, 0, HEADER)
        for number in range(1, 150_000):
            sheet.write_row(number, 0, (id_of(number), *GOOD[1:3], f"A{number}", "4601", f"2024/{number}"))

    return xlsx(fill)


FORMULAS = rows_of(
    tuple(("str", value) for value in GOOD),
    (*(("str", value) for value in GOOD[:3]), ("e", "#N/A")),
).replace("</sheetData>", f"<row><c t='str'><v>{id_of(2)}</v></c><c><f>NOW()</f></c></row></sheetData>")
LIES = rows_of(*[tuple(("str", value) for value in GOOD)] * 3).replace("<sheetData>", '<dimension ref="A1:A1"/><sheetData>')

CATALOGUE = [
    book("a workbook", BOOK, read(1)),
    book("an OpenDocument workbook", ods(ods_table(ods_row(*HEADER), ods_row(*GOOD))), read(1)),
    Hostile("a cell of 400 MB in a small file", "mottakslogg", lambda: bomb(400), refused("package_too_large")),
    Hostile("a cell of 40 MB in a small file", "mottakslogg", lambda: bomb(40), refused("package_too_large")),
    book("a part that inflates to more than it says", lying(), refused("broken_package")),
    changed("a dimension that lies", read(1, duplicate=2), sheet=LIES),
    changed("a cell in the last corner", refused("sheet_too_large"), sheet=CORNER),
    book("cells repeated until they fill a sheet", ods(ods_table(CELLS.format('table:number-columns-repeated="16384"'))), refused("sheet_too_large")),
    changed("entities", refused("document_type_in_xml"), sheet='<!DOCTYPE a [<!ENTITY b "c">]>' + sheet_xml([("str", "&b;")])),
    changed("an entity from a file", refused("document_type_in_xml"), sheet='<!DOCTYPE a SYSTEM "file:///etc/passwd">' + sheet_xml([("str", "x")])),
    changed("rows that stand twice", refused("rows_out_of_order"), sheet=TWICE),
    changed("200 levels", refused("nested_too_deeply", "1"), sheet=WORKSHEET + "<a>" * 200 + "</a>" * 200 + "</worksheet>"),
    changed("a shared text that is missing", refused("broken_workbook"), sheet=sheet_xml([("s", "700")])),
    changed("a sheet that was cut", refused("broken_workbook"), sheet=sheet_xml([("str", "x")])[:-20]),
    changed("formulas without a value, and errors", read(1, rejected={2: "cell_error", 3: "formula_without_value"}), sheet=FORMULAS),
    book("hidden rows, other sheets, merged cells", hidden(), read(2, "hidden_rows", "merged_cells", "other_sheets")),
    one_cell("a municipality that lost its zero", 4, 301, "not_text"),
    one_cell("a reference that became a number", 3, 17.0, "not_text"),
    one_cell("a day before the calendar is right", 1, "1900-02-28", "year_out_of_range"),
    book("an identity number in a text", xlsx_of(HEADER, (*GOOD[:5], f"sak {IDENTITY_NUMBER}")), read(1)),
    changed("macros", refused("workbook_with_macros"), **{"xl/vbaProject.bin": "x"}),
    changed("paths that go elsewhere", refused("broken_package"), **{"../../etc/cron.d/x": "x"}),
    changed("paths from the root", refused("broken_package"), **{"/etc/x": "x"}),
    book("a part twice", doubled(), refused("broken_package")),
    Hostile("100,000 parts", "mottakslogg", lambda: with_parts(BOOK, **{f"xl/media/{number}": "" for number in range(100_000)}), refused("package_too_large")),
    book("a zip within a zip", package(**{"logg.xlsx": BOOK}), refused("not_a_workbook")),
    book("a zip that was cut", BOOK[:-30], refused("broken_package")),
    book("the beginning of a zip", b"PK\x03\x04", refused("broken_package")),
    book("an old or encrypted workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), refused("old_or_encrypted_workbook")),
    book("a binary workbook under another name", package(**{"xl/workbook.bin": "x"}), refused("not_a_workbook")),
    book(
        "an encrypted OpenDocument workbook",
        with_parts(ods(ods_table()), **{"META-INF/manifest.xml": "<manifest:encryption-data/>", "content.xml": b"\x8f\x01"}),
        refused("old_or_encrypted_workbook"),
    ),
    Hostile("150,000 rows of six cells", "mottakslogg", filled, read(149_999), is_large=True),
]
