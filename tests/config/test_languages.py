import gettext
import os

import pytest
from babel.messages.pofile import PoFileError

from config import languages

CATALOGUE = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Worklists"
msgstr "Arbeidslister"
"""


@pytest.fixture
def source(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]
    path = tmp_path / "nb" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE)
    return path


def test_a_catalogue_is_compiled_into_what_gettext_reads(source):
    assert languages.compile_all() == 1

    with source.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Worklists") == "Arbeidslister"


def test_only_what_changed_is_compiled_again(source):
    languages.compile_all()

    assert languages.compile_all() == 0

    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))
    assert languages.compile_all() == 1


def test_a_broken_catalogue_is_no_half_translation(source):
    source.write_text(CATALOGUE + "\n<<<<<<< left by a merge\n")

    with pytest.raises(PoFileError):
        languages.compile_all()

    assert not source.with_suffix(".mo").exists()
