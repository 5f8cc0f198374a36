"""Corrected lines written as a file of their format, so that they are read and checked as any file is. The cells are text, by the columns of the format."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.sax.saxutils import quoteattr

Cells = Mapping[str, str]
Write = Callable[[Iterable[Cells]], bytes]


def table(names: tuple[str, ...]) -> Write:
    """A CSV file with these columns."""

    def write(rows: Iterable[Cells]) -> bytes:
        body = io.StringIO()
        writer = csv.writer(body, delimiter=";", lineterminator="\r\n")
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in rows)
        return body.getvalue().encode("utf-8", "replace")

    return write


def lines(made: Callable[[Cells], dict[str, object]]) -> Write:
    """A file of one JSON object on each line, as `made` makes it of the cells."""

    def write(rows: Iterable[Cells]) -> bytes:
        return "".join(f"{json.dumps(made(row), ensure_ascii=False)}\n" for row in rows).encode("utf-8", "replace")

    return write


def said(row: Cells, names: Iterable[str]) -> dict[str, object]:
    """Those of the cells that say something."""
    return {name: row[name] for name in names if row.get(name)}


def element(name: str, attributes: Mapping[str, str], *inside: str) -> str:
    """An XML element with those of the attributes that say something."""
    written = "".join(f" {key}={quoteattr(printable(value))}" for key, value in attributes.items() if value)
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def printable(text: str) -> str:
    """Without what no XML document may hold."""
    return "".join(letter for letter in text if letter >= " " and letter not in "\ufffe\uffff")


def document(root: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode("utf-8", "replace")


def each(text: str) -> Iterator[str]:
    """What stands between the commas."""
    return (part for part in map(str.strip, text.split(",")) if part)
