"""Why a file is refused, a line rejected or a warning given: one sentence per code, in a person's words.

The parsers know codes only; pages translate the sentence, commands print it in English. `{…}` is filled from the details.
"""


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated where it is shown."""
    return text


# Each says what was found, what was expected and what to do about it.
REASONS: dict[str, str] = {
    # Whole files: refused.
    "wrong_kind_of_file": _("The file is {found}; this format is read from {expected}. Choose the right format, or export the file again as {expected}."),
    "old_or_encrypted_workbook": _("The file is an old Excel workbook (.xls) or is protected by a password. Save it as .xlsx without a password."),
    "not_decodable": _("Line {line} holds bytes ({found}) that are not {encoding}. Export the file as UTF-8, or say which encoding it has."),
    "cut_in_character": _("The file ends in the middle of a character (bytes {found}, line {line}), so it was cut off. Export or transfer it again."),
    "unknown_encoding": _("The declared encoding “{found}” is not one we read. Use UTF-8, UTF-16, Windows-1252 or ISO-8859-1."),
    "unknown_separator": _(
        "The first line says that the separator is “{found}”; expected a semicolon, a comma or a tab. Export the file again with one of them."
    ),
    "missing_column": _("The column {column} is missing. The header says: {found}. Check that the right format was chosen, or add the column."),
    "duplicate_column": _("The header names {column} more than once, so it cannot be told which one counts. Keep one of them."),
    "quote_never_closed": _(
        "A quotation mark opened on line {line} is never closed, so the lines after it cannot be told apart. Correct that line and import again."
    ),
    "line_too_long": _("Line {line} is longer than {limit} bytes, which no line of this format is. Check that the right file was chosen."),
    "counts_differ": _(
        "The file has {lines} lines and {records} records, but reading it gave {read_lines} and {read_records}. A quotation mark is probably misplaced; "
        "nothing was imported. Correct it, or export the file again."
    ),
    "broken_package": _("The workbook is damaged or was cut off. Save it again, or export it as CSV."),
    "package_too_large": _("The workbook unpacks to more than can be read safely ({found}; at most {limit}). Export it as CSV."),
    "not_a_workbook": _("The file is a package, but no .xlsx or .ods workbook. Save it as .xlsx, or export it as CSV."),
    "workbook_with_macros": _("The workbook holds macros (.xlsm). Save it as .xlsx without them, or export it as CSV."),
    "broken_workbook": _("The workbook's contents do not hold together, so it cannot be read safely. Save it again, or export it as CSV."),
    "document_type_in_xml": _(
        "The workbook's XML declares a document type or entities, which no spreadsheet program writes. Save it again from such a program."
    ),
    "rows_out_of_order": _("The workbook's rows or cells are out of order or stand twice (at {found}). Save it again, or export it as CSV."),
    "sheet_too_large": _(
        "The sheet spreads over more than can be held ({found}; at most {limit}). Delete stray cells far from the table, or export it as CSV."
    ),
    "accounts_differ": _(
        "Of {counted} records counted, {read} were read: {accepted} accepted, {duplicate} known before, {rejected} rejected. The numbers must agree; "
        "nothing was imported. Export the file again; if that changes nothing, tell whoever runs Framme."
    ),
    "too_much_memory": _("Reading the file takes more memory than one file may have ({limit} MB). Take it out in parts, or as CSV, and import those."),
    "broken_json": _("The JSON document breaks on line {line}: a bracket, comma or value is wrong. Export the file again."),
    "cut_json": _("The JSON document ends on line {line} before its brackets are closed, so it was cut off. Export or transfer it again."),
    "trailing_data": _(
        "Something follows the end of the JSON document on line {line}. Expected one document, or one object on each line. Export the file again."
    ),
    "nested_too_deeply": _(
        "The document is nested more than {limit} levels deep (line {line}), which none of this format is. Check that the right file was chosen."
    ),
    "record_too_long": _("The record on line {line} is longer than {limit} characters, which none of this format is. Check that the right file was chosen."),
    "document_type": _(
        "The file declares a document type or entities (line {line}), which could make a reader unfold or fetch more than stands in it. Export it again "
        "without them."
    ),
    "other_namespace": _(
        "The element {found} on line {line} belongs to another XML namespace; the elements of this format have none. Check that the right format was chosen."
    ),
    "other_root": _("The outermost element of the document is {found}; expected {expected}. Check that the right format was chosen."),
    "misplaced_element": _("The element {found} on line {line} stands where this format has none. Check that the right format was chosen, or export it again."),
    "tag_too_long": _("A tag, comment or text that begins on line {line} is longer than {limit} bytes, which none of this format is. Export the file again."),
    "broken_xml": _("The XML document breaks on line {line}: a tag, quotation mark or character is wrong. Export the file again."),
    "cut_xml": _("The XML document ends on line {line} before its elements are closed, so it was cut off. Export or transfer it again."),
    "unknown_key": _("It was said that the keys are those of “{found}”; expected one of {expected}. Import the file again and say whose keys it holds."),
    "page_cut": _("{column} says {found}, and the file holds {records} records: it is one page of several, or was cut. Export the whole list."),
    "reference_missing": _("The file does not say which message it is about. Import it again together with the message's identifier."),
    # Ways in: what went wrong with a carrier that is asked without files.
    "carrier_refused": _("The carrier refuses to answer ({found}). Check that the agreement and the keys still hold, and that they are for this."),
    "carrier_silent": _("The carrier gave no whole answer ({found}; asked {tries} times). Nothing is skipped: the next run asks again."),
    "carrier_odd": _("The carrier answered with something that nobody could make sense of ({found}). Ask the carrier whether its interface has changed."),
    "carrier_elsewhere": _("The carrier pointed to another address, which was not followed. Check the address in the settings."),
    "proxy_closed": _(
        "The proxy on the way out did not let the question through to the carrier ({found}). Have it opened for the carrier's address, and check HTTPS_PROXY in the "
        "settings."
    ),
    "carrier_too_large": _("An answer of the carrier was larger than {limit} bytes and was not read. Ask the carrier what it sends."),
    "carrier_no_token": _("No token was given for the key ({found}). Check the client, its scope and its key with Digdir."),
    "carrier_no_key": _("The file with the private key cannot be read, or holds none. Check the settings."),
    "page_shrank": _(
        "Page {page} of the carrier's list announced {found} where {expected} had been announced. The whole list is gone through again next time."
    ),
    "page_repeats": _("Page {page} of the carrier's list held {found} that had stood there before. All pages were read to the last."),
    "page_short": _("Page {page} of the carrier's list held {found} of {expected} although others followed. All pages were read to the last."),
    "list_full": _("The carrier has {found} letters within a few seconds from {at}, more than it lists. Ask the carrier for the whole list as a file."),
    "letter_gone": _("The carrier lists the letter {reference} and no longer knows it. Look for it in the other sources."),
    "not_told": _(
        "Of {expected} messages that the carrier was asked about, it said nothing of {found}. They are asked about again next time; see whether they are known by another name."
    ),
    "not_asked_for": _(
        "The carrier told of {found} things that it was not asked about; they were not kept. Ask the carrier whether its interface has changed."
    ),
    # Ways in: a file was not received.
    "file_too_large": _("The file is {found} bytes; at most {limit} are read. Take it out in several files."),
    # Zips of files handed in together: not received, as a whole or one of their files.
    "zip_broken": _("The zip is damaged or was cut off. Make it again, or hand the files in one by one."),
    "zip_empty": _("The zip holds no file. Check that the right one was chosen."),
    "zip_of_too_many": _("The zip holds {found} files; at most {limit} are taken at once. Make several of it."),
    "zip_encrypted": _("The zip is protected by a password. Make it again without one."),
    "zip_too_large": _(
        "The zip unpacks to more than can be read safely ({found} bytes; at most {limit}, and at most 100 times its own size). Hand the files in one by one."
    ),
    "zip_file_damaged": _("This file of the zip is damaged, or packed in a way that is not read. Make the zip again, or hand the file in by itself."),
    "zip_within_zip": _("This file of the zip is a zip again. Take it out, and hand it in by itself."),
    # Single lines: rejected.
    "unknown_municipality": _("The line names a municipality or district that is not in the register ({column} {found}). Correct the number at the source."),
    "foreign_service": _(
        "The line belongs to another service ({column} {found}); it was not stored here. Bring the file in for that service, or correct the number."
    ),
    "missing_value": _("{column} is empty, and is required. Fill it in and import the line again."),
    "not_object": _("The record is not an object with named values (found {found}). Export it again."),
    "wrong_type": _("{column} holds a {found}; expected a text. Export it again."),
    "not_text": _(
        "{column} holds {found} as a number or truth value; expected text, since a number loses its leading zeros. Format the column as text at the source."
    ),
    "not_a_number": _("{column} holds {found}, which is no number that can be kept. Correct it at the source."),
    "duplicate_key": _("The record names {column} more than once, so it cannot be told which one counts. Keep one of them."),
    "lone_surrogate": _("{column} holds half a character (an unpaired surrogate), so its text was damaged. Export it again."),
    "no_history": _("{column} is empty: the correspondence tells nothing that happened. Export it with its status history."),
    "unknown_result": _("{column} is “{found}”; expected one of {expected}. Correct it at the source."),
    "not_uuid": _("{column} is “{found}”; expected a UUID (8-4-4-4-12 hexadecimal characters). Correct the identifier at the source."),
    "nil_uuid": _("{column} holds only zeros, which names no message. Correct the identifier at the source."),
    "reference_characters": _("{column} is {found}: it holds characters that are not allowed in an identifier. Correct it at the source."),
    "identity_number_as_reference": _("{column} holds a national identity number, which is never stored. Use another identifier of the message."),
    "not_a_time": _(
        "{column} is “{found}”; expected a time such as 2023-05-01T10:11:12 or 2023-05-01T10:11:12+02:00, or a date such as 2023-05-01. Correct it."
    ),
    "not_true_or_false": _("{column} is “{found}”; expected true or false. Correct it at the source."),
    "not_epoch": _("{column} is “{found}”; expected milliseconds since 1970, such as 1684915872000. Correct it at the source."),
    "not_as_mapped": _("{column} is “{found}”; by the mapping of columns, times are written like {expected}. Correct it, or change the mapping."),
    "impossible_time": _("{column} is “{found}”, a time that does not exist. Correct it at the source."),
    "year_out_of_range": _("{column} is “{found}”; expected a year from {first} to {last}. Correct it at the source."),
    "time_skipped_by_clock_change": _(
        "{column} is “{found}”, in the hour that was skipped when the clocks went forward in Norway. Write it with its offset from UTC, such as +02:00."
    ),
    "not_municipality": _("{column} is “{found}”; expected four digits, leading zero included (0301). Correct it; it is not guessed."),
    "not_district": _("{column} is “{found}”; expected two digits, leading zero included (01). Correct it; it is not guessed."),
    "not_organisation": _("{column} is “{found}”; expected an organisation number of nine digits. Correct it at the source."),
    "owner_missing": _("The line has no municipality number and no organisation number, so it cannot be told whose it is. Add one of them."),
    "columns_disagree": _("The columns {columns} say different things ({found}). Correct the line so that they agree, or leave one empty."),
    "not_together": _(
        "{column} is “{found}”, and “{expected}” in another of the lines; one file says it once for all of them. Make them agree, or bring the lines in by themselves."
    ),
    "not_children": _("{column} is “{found}”; expected a whole number from 0 to {most}. Correct it at the source."),
    "spans_lines": _("The record goes over {lines} lines; expected one. A quotation mark is probably misplaced, or a text holds a line break: take it out."),
    "short_row": _("The line has {found} cells and the header {expected}. Something is missing, so the cells may stand in the wrong columns. Export it again."),
    "long_row": _("The line has {found} cells and the header {expected}. A text probably holds the separator: put it in quotation marks."),
    "stray_quote": _(
        "A quotation mark stands where it cannot (text follows a closed quotation). Correct the line: write a quotation mark inside a text twice."
    ),
    "cell_too_long": _("A cell is longer than 131,072 characters. Shorten it at the source."),
    "nul": _("{column} holds a NUL character, which no text has. Export it again."),
    "cell_error": _("The row's cell in column {column} holds an error ({found}). Correct the formula at the source."),
    "formula_without_value": _(
        "The row's cell in column {column} holds a formula that was never calculated. Open the workbook, let it calculate, and save it."
    ),
    # Warnings: the file was read.
    "other_sheets": _("Only the first visible sheet was read. These other sheets are not empty: {sheets}."),
    "hidden_sheet": _("The sheet that was read, {sheet}, is hidden. Check that it is the right one."),
    "hidden_rows": _("The sheet has hidden rows; they were read like the others."),
    "merged_cells": _("The sheet has merged cells; only the first of them holds the value, and the others were read as empty."),
    "empty_file": _("The file is empty. Check that the export worked."),
    "no_rows": _("The file holds no records. Check that the export covers the right period."),
    "page_of_several": _("The file is page {page} of {pages} and holds {records} of {total} messages or statuses. Import the other pages too."),
    "unknown_columns": _("These columns are not part of the format and were not read: {columns}."),
    "unknown_status": _("The status “{found}” is not known. It was kept as it stands and counts as no evidence."),
    "more_unknown_statuses": _("The file holds more than {count} statuses that are not known. Check that the right format was chosen."),
    "unknown_reporter": _("{column} “{found}” is not known, so the kind of reporter was left open."),
    "extract_time": _("When the file was taken out cannot be told ({column} is “{found}”), so it covers no more than the days that it names."),
    "encoded_twice": _("Letters such as æ, ø and å look as if they had been encoded twice (Ã¦ for æ). The text was kept as it stands."),
    "mixed_encodings": _("The file mixes encodings; it was read as {encoding}, and some letters are wrong. Export it again in one encoding."),
    # Why a file was taken for what it is, or could not be.
    "recognised_by_columns": _("It has the columns {names}."),
    "recognised_by_fields": _("Its records have the fields {names}."),
    "recognised_by_elements": _("It has the elements {names}."),
    "to_be_mapped": _(
        "Its columns ({names}) are those of no format. Only case systems' logs may name their columns as they like, so it is taken for one, and you say which "
        "column is which."
    ),
    "may_be": _("It may be “{format}”: it has {names}. Choose which it is."),
    "looks_like": _("It looks like “{format}”: it has {names}, and lacks {missing}. Choose what it is, or take it out again with what it lacks."),
    "unrecognised_columns": _("Its columns ({names}) are those of no format. Choose what it is, or check that it is the right file."),
    "unrecognised_fields": _("The fields of its records ({names}) are those of no format. Choose what it is, or check that it is the right file."),
    "unrecognised_elements": _("Its elements ({names}) are those of no format. Choose what it is, or check that it is the right file."),
    "nothing_to_recognise": _("The file is empty, or is no text and no workbook, so nothing in it says what it is. Choose what it is."),
}


def sentence(code: str, details: dict[str, str]) -> str:
    """The English sentence for a code; an unknown code gives the code itself rather than nothing."""
    return filled(REASONS.get(code, code), details)


def filled(template: str, details: dict[str, str]) -> str:
    """A reason's sentence, in whatever language, with its gaps filled."""
    return template.format_map(_Blank(details))


class _Blank(dict[str, str]):
    """Leaves a gap empty instead of failing: a reason must always reach the person."""

    def __missing__(self, key: str) -> str:
        return ""
