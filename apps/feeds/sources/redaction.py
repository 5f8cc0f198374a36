"""Lines of a file as they are kept and shown: without identity numbers, which ui takes out of every text in the same way."""

from apps.ui.redaction import MARK, holds_identity_number, redact, redact_value

__all__ = ["MARK", "holds_identity_number", "raw_line", "redact"]


def raw_line(names: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """`name=value; …` of the allow-listed columns that say something, redacted, at most 2,000 characters; UUIDs stay whole."""
    line = "; ".join([f"{name}={cell}" for name, cell in zip(names, cells, strict=True) if cell])
    if not line.isascii() or "\0" in line or holds_identity_number(line):
        line = "; ".join([f"{name}={redact_value(cell, 2000)}" for name, cell in zip(names, cells, strict=True) if cell])
    return line[:2000]
