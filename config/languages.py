"""The translations, with Babel alone, so that no machine needs gettext installed.

`python -m config.languages` brings the catalogues in config/locale up to date with the sentences in the source; new ones stand there untranslated.
`manage.py setup` compiles them. English is the source and needs no catalogue. A sentence of a library that has no translation of its own is kept
in ours while the translator's comment above it begins with "library".
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "config" / "locale"
SOURCES = ("apps", "config", "templates")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LIBRARY = "library"
# Nothing that differs from machine to machine or from day to day.
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def compile_all() -> int:
    """Compile each catalogue that changed since last time; returns how many. Raises babel's PoFileError for a broken one."""
    done = 0
    for folder in settings.LOCALE_PATHS:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
                continue
            draft = compiled.with_suffix(".mo.draft")
            with draft.open("wb") as binary:
                write_mo(binary, read(source))
            draft.rename(compiled)
            done += 1
    return done


def read(path: Path) -> Catalog:
    with path.open("rb") as text:
        return read_po(text, abort_invalid=True)


def extracted() -> Catalog:
    """Every sentence that the Python and the templates mark for translation."""
    found = Catalog()
    for folder in SOURCES:
        for _file, _line, words, comments, context in extract_from_dir(
            ROOT / folder, [("**.py", "python"), ("**.html", _from_template)], keywords=KEYWORDS, comment_tags=["Translators:"], strip_comment_tags=True
        ):
            found.add(words, auto_comments=comments, context=context)
    return found


def _from_template(source: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """What Django makes of a template is calls of gettext among blanked-out words; without its indentation it reads as Python."""
    calls = templatize(source.read().decode())
    lines = "\n".join(line.strip() for line in calls.splitlines())
    return iter(extract_python(io.BytesIO(lines.encode()), keywords, comment_tags, options))


def is_of_a_library(message: Message) -> bool:
    return any(comment.startswith(LIBRARY) for comment in message.user_comments)


def update(path: Path, sentences: Iterable[Message]) -> None:
    """Write a catalogue with exactly these sentences and the library's, what was translated before and nothing guessed."""
    before, after = read(path), Catalog()
    for message in [*(each for each in sentences if each.id), *(each for each in before if is_of_a_library(each))]:
        known = before.get(message.id, message.context)
        after.add(
            message.id,
            known.string if known else None,
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known else (),
            context=message.context,
        )
    with path.open("wb") as text:
        text.write(HEADER.format(language=path.parent.parent.name).encode())
        write_po(text, after, width=0, omit_header=True)


if __name__ == "__main__":
    for catalogue in sorted(CATALOGUES.glob("*/LC_MESSAGES/django.po")):
        update(catalogue, extracted())
