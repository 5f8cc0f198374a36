"""Lines of a file as they are kept and shown: without identity numbers, which ui takes out of every text in the same way."""

import re

from apps.ui.redaction import holds_identity_number, redact

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def raw_line(names: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """`name=value; …` of the allow-listed columns that say something, redacted, at most 2,000 characters; UUIDs stay whole."""
    line = "; ".join([f"{name}={cell}" for name, cell in zip(names, cells, strict=True) if cell])
    if not line.isascii() or "\0" in line or holds_identity_number(line):
        line = "; ".join([f"{name}={_shown(cell)}" for name, cell in zip(names, cells, strict=True) if cell])
    return line[:2000]


def _shown(cell: str) -> str:
    return cell if _UUID.fullmatch(cell) else redact(cell, 2000)
