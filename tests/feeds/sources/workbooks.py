"""Makes workbooks for tests: with a library where it can, by hand where no library would."""

import io
import zipfile

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"
WORKSHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
_ODS_NAMES = (
    " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style"))
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def xlsx(fill, **options):
    """A workbook; `fill(book)` puts sheets and cells in it."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, **options})
    fill(book)
    book.close()
    return content.getvalue()


def xlsx_of(*rows):
    """A workbook with these rows in its only sheet."""

    def fill(book):
        sheet = book.add_worksheet("Logg")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)

    return xlsx(fill)


def with_parts(content, **parts):
    """The package with some parts put in place of its own; `sheet` is the first worksheet."""
    parts = {SHEET if name == "sheet" else name: part for name, part in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return made.getvalue()


def package(**parts):
    """A zip of nothing but these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return made.getvalue()


def sheet_xml(*rows):
    """A worksheet part of rows of (type, value) cells, written without references."""
    cells = "".join("<row>" + "".join(f'<c t="{kind}"><v>{value}</v></c>' for kind, value in row) + "</row>" for row in rows)
    return f"{WORKSHEET}<sheetData>{cells}</sheetData></worksheet>"


def ods(tables, styles=""):
    """An OpenDocument workbook around the given table elements."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODS_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return package(**{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": manifest, "content.xml": content})


def ods_row(*texts, repeated=1):
    """A row of text cells, with the empty rest that office programs write."""
    cells = "".join(f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in texts)
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cells}<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'


def ods_table(*rows, name="Logg", style=""):
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'
