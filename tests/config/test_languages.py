import gettext
import os
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError
from django.utils import translation

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


LANGUAGES = ("nb", "nn")
PLACEHOLDERS = re.compile(r"%(?:\(\w+\))?[sd]|\{\w*\}")
ENTITIES = re.compile(r"&\w+;|</?\w+")


@pytest.fixture(scope="module")
def sentences():
    return {(each.context, each.id): each for each in languages.extracted() if each.id}


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request):
    return languages.read(languages.CATALOGUES / request.param / "LC_MESSAGES" / "django.po")


def forms(words):
    return [words] if isinstance(words, str) else list(words)


def parts(words):
    return sorted(PLACEHOLDERS.findall(words) + ENTITIES.findall(words))


def test_sentences_are_found_in_python_in_templates_and_in_tables_of_words(sentences):
    assert (None, "Arrived") in sentences  # a choice in Python
    assert (None, "Skip to the contents") in sentences  # {% translate %}
    assert (None, ("%(children)s child", "%(children)s children")) in sentences  # {% blocktranslate count %}
    assert (None, "The file is empty. Check that the export worked.") in sentences  # a sentence by its code


def test_every_sentence_is_translated(catalogue, sentences):
    untranslated = [words for context, words in sentences if not (found := catalogue.get(words, context)) or not all(forms(found.string)) or found.fuzzy]

    assert untranslated == []


def test_no_translation_is_left_of_a_sentence_that_is_gone(catalogue, sentences):
    left = [each.id for each in catalogue if each.id and (each.context, each.id) not in sentences and not languages.is_of_a_library(each)]

    assert left == []


def test_a_translation_keeps_placeholders_and_markup(catalogue):
    for each in (each for each in catalogue if each.id):
        allowed = {tuple(parts(words)) for words in forms(each.id)}
        for words in forms(each.string):
            assert tuple(parts(words)) in allowed, words


def test_a_sentence_with_a_number_has_both_forms(catalogue):
    for each in (each for each in catalogue if each.pluralizable):
        assert len(forms(each.string)) == 2, each.id


def test_a_translation_begins_and_ends_as_its_sentence_does(catalogue):
    for each in (each for each in catalogue if each.id):
        for source, words in zip(forms(each.id), forms(each.string), strict=True):
            assert words == words.strip()
            assert source[-1:] not in ".!?…" or words[-1:] == source[-1], words
            assert not source[0].isupper() or not words[0].islower(), words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_nothing_of_the_machine_it_was_made_on(language):
    text = (languages.CATALOGUES / language / "LC_MESSAGES" / "django.po").read_text()

    head = text.split("\n\n")[0].splitlines()
    assert [line.split(":")[0] for line in head[2:]] == ['"Content-Type', '"Language', '"Plural-Forms']
    assert "\n#:" not in text


def test_bringing_a_catalogue_up_to_date_keeps_what_is_translated_and_guesses_nothing(tmp_path):
    path = tmp_path / "nn" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE + '\nmsgid "Gone"\nmsgstr "Borte"\n\n# library: a neighbour\nmsgid "Theirs"\nmsgstr "Deira"\n')
    wanted = Catalog()
    for words in ("Worklists", "Worklist"):
        wanted.add(words)

    languages.update(path, wanted)

    assert {each.id: each.string for each in languages.read(path) if each.id} == {"Worklists": "Arbeidslister", "Worklist": "", "Theirs": "Deira"}
    first = path.read_bytes()
    languages.update(path, wanted)
    assert path.read_bytes() == first


def test_english_is_the_source_whatever_the_libraries_say(sentences):
    with translation.override("en"):
        assert [words for _context, words in sentences if isinstance(words, str) and translation.gettext(words) != words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_libraries_say_is_norwegian_too(language):
    said = [
        "The email address and/or password you specified are not correct.",
        "Too many failed login attempts. Try again later.",
        "You must type the same password each time.",
        "Please type your current password.",
        "This field is required.",
        "Enter a valid date.",
        "This password is too common.",
        "This password is too short. It must contain at least %d character.",
    ]
    own = {forms(each.id)[0] for each in languages.read(languages.CATALOGUES / language / "LC_MESSAGES" / "django.po")}

    with translation.override(language):
        assert [words for words in said if translation.gettext(words) == words and words not in own] == []
