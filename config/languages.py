"""Compiles the translations with Babel, so that no machine needs gettext installed."""

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings


def compile_all() -> int:
    """Compile each catalogue that changed since last time; returns how many. Raises babel's PoFileError for a broken one."""
    done = 0
    for folder in settings.LOCALE_PATHS:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as text:
                catalogue = read_po(text, abort_invalid=True)
            draft = compiled.with_suffix(".mo.draft")
            with draft.open("wb") as binary:
                write_mo(binary, catalogue)
            draft.rename(compiled)
            done += 1
    return done
