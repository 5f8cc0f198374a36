"""The columns of a case system's log: said once by a person, tried on the whole file, kept with the feed in versions, and used from then on."""

import io

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.feeds import actions as feeds
from apps.feeds.models import Mapping
from apps.ledger.models import Event, Import, ImportState
from tests import scenes

pytestmark = pytest.mark.django_db

ONE, OTHER = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "12")
HEADER = "Referanse;Mottatt dato;Registrert;Hva skjedde;Navn"
ROWS = (f"{ONE};31/1/2024 14.05;31/1/2024 14.06;Lagret;Ola Nordmann", f"{OTHER};31/1/2024 15.05;;Til vurdering;Kari Nordmann")
SAID = {
    "columns": {"bekymringsmeldingId": "Referanse", "mottattTidspunkt": "Mottatt dato", "lagretTidspunkt": "Registrert", "resultat": "Hva skjedde"},
    "words": {"lagret": "mottatt"},
    "dates": "day_first",
    "decimal": ",",
}


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


def receive(service, *lines, is_previewed=True, format="mottakslogg"):
    stream = io.BytesIO("\n".join((*lines, "")).encode())
    return feeds.receive_file(
        service=service, format=format, file_name="logg.csv", stream=stream, by="test", now=scenes.NOW, is_previewed=is_previewed
    ).feed_import


def run(feed_import):
    return feeds.run(feed_import_id=feed_import.pk, clock=lambda: scenes.NOW)


def tried(feed_import, said, by):
    feeds.try_mapping(feed_import=feed_import, said=said, by=by, now=scenes.NOW)
    return run(feed_import)


def brought_in(feed_import, by):
    feeds.approve(feed_import=feed_import, by=by, now=scenes.NOW)
    return run(feed_import)


def mapped(service, by, *rows, said=SAID):
    """A file of the supplier's own kind, brought in by a mapping that is from then on the feed's."""
    return brought_in(tried(run(receive(service, HEADER, *(rows or ROWS))), said, by), by)


def posted(said, **more):
    """What the form would send."""
    return {**said["columns"], "dates": said["dates"], "decimal": said["decimal"], **more}


def test_a_file_of_unknown_columns_waits_for_somebody_to_map_them(bergen):
    shown = run(receive(bergen, HEADER, *ROWS))

    assert shown.state == ImportState.PREVIEWED
    assert shown.preview.refusal["code"] == "missing_column"


def test_a_mapping_is_tried_on_the_whole_file_and_words_that_it_lacks_are_told(bergen, anne):
    shown = tried(run(receive(bergen, HEADER, *ROWS)), SAID, anne)

    preview = shown.preview
    assert (preview.refusal, preview.read, preview.accepted, preview.rejected) == (None, 2, 1, 1)
    assert preview.findings["words"] == [["Til vurdering", 1]]
    assert not Mapping.objects.exists()
    assert not Event.objects.exists()


def test_the_yes_keeps_the_mapping_with_the_feed_and_its_version_with_the_import(bergen, anne):
    done = mapped(bergen, anne)

    version = Mapping.objects.get()
    assert (done.state, done.accepted, done.rejected, done.mapping_version) == (ImportState.COMPLETE, 1, 1, 1)
    assert (version.version, version.said, version.by, version.feed.format) == (1, SAID, anne, "mottakslogg")
    assert Event.objects.filter(feed_import=done, code="registered").exists()
    assert Entry.objects.filter(verb=Verb.MAPPED, object_id=done.pk).exists()


def test_the_page_of_an_import_says_by_which_mapping_it_was_read(client, bergen, anne):
    done = mapped(bergen, anne)
    client.force_login(anne)

    assert "Read by version 1 of the mapping of columns" in client.get(reverse("imports:detail", args=[done.pk])).content.decode()


def test_the_next_file_of_the_feed_is_read_by_it_also_at_once(bergen, anne):
    mapped(bergen, anne)

    done = run(receive(bergen, HEADER, f"{scenes.uuid()};1/2/2024 14.05;;Lagret;", is_previewed=False))

    assert (done.state, done.accepted, done.mapping_version) == (ImportState.COMPLETE, 1, 1)


def test_a_file_with_our_own_names_is_read_as_it_stands(bergen, anne):
    mapped(bergen, anne)

    done = run(receive(bergen, "bekymringsmeldingId;mottattTidspunkt;resultat", f"{scenes.uuid()};2024-02-01;mottatt", is_previewed=False))

    assert (done.state, done.accepted, done.mapping_version) == (ImportState.COMPLETE, 1, 0)


def test_saying_otherwise_is_another_version_and_the_same_bytes_another_import(bergen, anne):
    first = mapped(bergen, anne)
    assert receive(bergen, HEADER, *ROWS) == first

    other = {**SAID, "words": {**SAID["words"], "til vurdering": "mottatt"}}
    more = mapped(bergen, anne, f"{scenes.uuid()};1/2/2024 14.05;;Til vurdering;", said=other)
    again = receive(bergen, HEADER, *ROWS, is_previewed=False)

    assert more.mapping_version == 2
    assert again != first
    done = run(again)
    assert (done.mapping_version, done.accepted, done.duplicate, done.rejected) == (2, 1, 1, 0)
    assert list(Mapping.objects.order_by("version").values_list("version", "said")) == [(1, SAID), (2, other)]


def test_saying_the_same_again_makes_no_new_version(bergen, anne):
    mapped(bergen, anne)

    done = brought_in(tried(run(receive(bergen, HEADER, f"{scenes.uuid()};1/2/2024 14.05;;Lagret;")), SAID, anne), anne)

    assert (done.mapping_version, Mapping.objects.count()) == (1, 1)


def test_a_mapping_that_was_tried_and_cancelled_is_not_kept(bergen, anne):
    shown = tried(run(receive(bergen, HEADER, *ROWS)), SAID, anne)

    feeds.cancel(feed_import=shown, by=anne, now=scenes.NOW)

    assert not Mapping.objects.exists()


def test_a_kept_mapping_cannot_be_changed(bergen, anne):
    mapped(bergen, anne)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Mapping.objects.update(said={})


# -- the pages


def test_the_page_proposes_and_shows_no_names(client, bergen, anne):
    shown = run(receive(bergen, HEADER, *ROWS))
    client.force_login(anne)

    html = client.get(reverse("imports:mapping", args=[shown.pk])).content.decode()

    assert '<option value="Referanse" selected>Referanse</option>' in html
    assert '<option value="Registrert" selected>Registrert</option>' in html
    assert "proposed: a word that other systems use" in html
    assert "31/1/2024 14.05" in html
    assert "12 characters" in html
    assert "Nordmann" not in html


def test_what_is_said_on_the_page_is_tried_and_shown_and_kept_with_the_yes(client, bergen, anne):
    shown = run(receive(bergen, HEADER, *ROWS))
    client.force_login(anne)
    url = reverse("imports:mapping", args=[shown.pk])

    response = client.post(url, posted(SAID))

    assert response.headers["Location"] == reverse("imports:detail", args=[shown.pk])
    run(shown)
    page = client.get(url)
    assert page.context["page"].words == ["lagret", "til vurdering"]
    client.post(url, posted(SAID, **{"word-0": "mottatt", "word-1": "feilet"}))
    run(shown)
    assert "Bring it in and keep the mapping" in client.get(response.headers["Location"]).content.decode()
    client.post(reverse("imports:approve", args=[shown.pk]))
    done = run(shown)
    assert (done.accepted, done.rejected) == (2, 0)
    assert Mapping.objects.get().said["words"] == {"lagret": "mottatt", "til vurdering": "feilet"}


def test_names_and_words_that_may_not_be_stored_cannot_be_chosen_and_are_shown_harmless(client, bergen, anne):
    header = "Referanse;01818012345;Mottatt\0;Status;<b>x</b>"
    shown = run(receive(bergen, header, f"{ONE};x;31/1/2024;01818012345;y"))
    client.force_login(anne)

    html = client.get(reverse("imports:mapping", args=[shown.pk])).content.decode()

    assert "01818012345" not in html
    assert "\0" not in html
    assert "<b>x</b>" not in html
    assert '<option value="Status" selected>' in html


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"bekymringsmeldingId": ""}, "bekymringsmeldingId"),
        ({"mottattTidspunkt": ""}, "mottattTidspunkt"),
        ({"resultat": ""}, "resultat"),
        ({"lagretTidspunkt": "Mottatt dato"}, "lagretTidspunkt"),
        ({"lagretTidspunkt": "No such column"}, "lagretTidspunkt"),
        ({"dates": "by_moon"}, "dates"),
    ],
)
def test_a_mapping_that_cannot_be_tells_it_beside_its_field_and_keeps_what_was_chosen(client, bergen, anne, changed, field):
    shown = run(receive(bergen, HEADER, *ROWS))
    client.force_login(anne)

    response = client.post(reverse("imports:mapping", args=[shown.pk]), posted(SAID) | changed)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert f'id="id_{field}_error"' in response.content.decode()
    assert '<option value="Referanse" selected>' in response.content.decode() or field == "bekymringsmeldingId"
    assert Import.objects.get().state == ImportState.PREVIEWED


def test_a_log_with_our_own_names_can_be_mapped_otherwise_and_other_formats_cannot(client, bergen, anne):
    ours = run(receive(bergen, "bekymringsmeldingId;mottattTidspunkt;resultat", f"{ONE};2024-02-01;mottatt"))
    listed = run(receive(bergen, "bekymringsmeldingId;innsendt", f"{ONE};2024-02-01", format="portal-list"))
    client.force_login(anne)

    assert client.get(reverse("imports:mapping", args=[ours.pk])).status_code == 200
    assert client.get(reverse("imports:mapping", args=[listed.pk])).status_code == 404


def test_a_file_may_be_read_as_something_else_without_being_sent_again(client, bergen, anne):
    wrong = run(receive(bergen, "bekymringsmeldingId;innsendt", f"{ONE};2024-02-01"))
    client.force_login(anne)
    url = reverse("imports:otherwise", args=[wrong.pk])
    assert 'value="mottakslogg" checked' in client.get(url).content.decode()

    response = client.post(url, {"format": "portal-list"})

    wrong.refresh_from_db()
    made = Import.objects.get(format="portal-list")
    assert wrong.state == ImportState.CANCELLED
    assert response.headers["Location"] == reverse("imports:detail", args=[made.pk])
    assert (made.stored, run(made).state) == (wrong.stored, ImportState.PREVIEWED)


def test_what_was_brought_in_cannot_be_read_as_something_else(client, bergen, anne):
    done = run(receive(bergen, "bekymringsmeldingId;innsendt", f"{ONE};2024-02-01", format="portal-list", is_previewed=False))
    client.force_login(anne)

    assert client.get(reverse("imports:otherwise", args=[done.pk])).status_code == 404


@pytest.mark.parametrize("name", ["mapping", "otherwise"])
def test_only_those_who_bring_in_files_of_the_service_come_here(client, bergen, name):
    shown = run(receive(bergen, HEADER, *ROWS))
    url = reverse(f"imports:{name}", args=[shown.pk])

    client.force_login(scenes.person("Odd", Role.IMPORT_ADMINISTRATOR, of=scenes.service("5001")))
    assert client.get(url).status_code == 404
    client.force_login(scenes.person("Kari", Role.CASEWORKER, of=bergen))
    assert client.get(url).status_code == 403
