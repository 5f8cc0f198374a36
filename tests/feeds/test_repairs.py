"""Rejected lines put right: the corrected ones come in by themselves, the rejected ones stay, and the two add up."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import places, placing, repairs, undoing
from apps.ledger.models import Import, ImportState, Particulars
from tests import scenes

pytestmark = pytest.mark.django_db

HEADER = "bekymringsmeldingId;innsendt;kommunenummer;skjemaType;antallBarn;kanal"
LATER = scenes.NOW + timedelta(hours=1)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


def brought_in(service, *lines, format="portal-list", header=HEADER, now=scenes.NOW):
    stream = io.BytesIO("\r\n".join((header, *lines)).encode())
    received = feeds.receive_file(service=service, format=format, file_name="liste.csv", stream=stream, by="test", now=now)
    return run(received.feed_import, now=now)


def run(feed_import, *, now=LATER):
    done = feeds.run(feed_import_id=feed_import.pk, clock=lambda: now)
    deliveries.reconcile_owed(now=now)
    return done


def line(portal=None, *, innsendt="2024-02-01T10:12:00", place="4601", children="1", channel="PORTAL"):
    return f"{portal or scenes.uuid()};{innsendt};{place};OFFENTLIG;{children};{channel}"


def cells(feed_import, number):
    return repairs.torn(repairs.waiting(feed_import=feed_import).get(line=number), feed_import.format).cells


def test_a_corrected_line_comes_in_by_itself_and_the_rejected_one_stays(bergen, anne):
    done = brought_in(bergen, line(), line(innsendt="31.02.2024 10:00"))
    assert (done.accepted, done.rejected) == (1, 1)
    number = done.rejections.get().line

    repair = repairs.repair(feed_import=done, corrected={number: cells(done, number) | {"innsendt": "2024-02-03T10:00:00"}}, by=anne, now=LATER)
    assert done.rejections.open().count() == 1
    again = run(repair.feed_import)

    assert (again.state, again.read, again.accepted) == (ImportState.COMPLETE, 1, 1)
    assert not done.rejections.open().exists()
    assert done.rejections.count() == 1
    assert (repair.by, repair.of) == (anne, done)
    assert Entry.objects.filter(verb=Verb.REPAIRED).count() == 1
    call_command("verify")


def test_an_import_warns_of_its_rejected_lines_until_none_is_open(client, bergen, anne):
    done = brought_in(bergen, line(), line(innsendt="31.02.2024 10:00"))
    number = done.rejections.get().line
    client.force_login(anne)
    warning, why = '<div class="ds-alert" data-color="danger">', reverse("imports:lines", args=[done.pk, "rejected"])
    assert warning in client.get(reverse("imports:detail", args=[done.pk])).content.decode()

    repair = repairs.repair(feed_import=done, corrected={number: cells(done, number) | {"innsendt": "2024-02-03T10:00:00"}}, by=anne, now=LATER)
    run(repair.feed_import)

    html = client.get(reverse("imports:detail", args=[done.pk])).content.decode()
    assert warning not in html
    assert f'href="{why}"' in html


def test_a_line_that_would_be_rejected_again_is_not_brought_in_and_says_why(bergen, anne):
    done = brought_in(bergen, line(children="mange"), line(children="flere"))
    first, second = done.rejections.order_by("line").values_list("line", flat=True)
    corrected = {first: cells(done, first) | {"antallBarn": "2"}, second: cells(done, second) | {"antallBarn": "svært mange"}}

    with pytest.raises(repairs.StillWrong) as wrong:
        repairs.repair(feed_import=done, corrected=corrected, by=anne, now=LATER)

    assert {number: code for number, (code, _details) in wrong.value.lines.items()} == {second: "not_children"}
    assert Import.objects.count() == 1


def test_one_unknown_word_is_replaced_in_all_lines_that_have_it(bergen, anne):
    header = "bekymringsmeldingId;mottattTidspunkt;resultat;kommunenummer"
    rows = [f"{scenes.uuid()};2024-02-01T10:12:00;{word};4601" for word in ("kanskje", "kanskje", "hvem vet")]
    done = brought_in(bergen, *rows, format="mottakslogg", header=header)

    kinds = repairs.alike(feed_import=done)
    corrected = repairs.replaced(like=kinds[0].first, value="mottatt")
    again = run(repairs.repair(feed_import=done, corrected=corrected, by=anne, now=LATER).feed_import)

    assert [(kind.count, kind.column) for kind in kinds] == [(2, "resultat"), (1, "resultat")]
    assert (again.accepted, again.rejected) == (2, 0)
    assert done.rejections.open().count() == 1


def test_lines_of_a_place_that_is_not_known_are_released_by_saying_which_it_is(bergen, anne):
    done = brought_in(bergen, line(place="9999"), line(place="9999"))

    (kind,) = repairs.alike(feed_import=done)
    run(repairs.repair(feed_import=done, corrected=repairs.replaced(like=kind.first, value="4601"), by=anne, now=LATER).feed_import)

    assert kind.column == "kommunenummer"
    assert not done.rejections.open().exists()


def test_a_value_that_was_taken_out_is_said_to_be_lost(bergen):
    done = brought_in(bergen, line(innsendt="i går", channel="ringte om 018175 12345"))

    torn = repairs.torn(done.rejections.get(), done.format)

    assert torn.lost == ["kanal"]
    assert torn.faulty == "innsendt"


def test_a_value_may_hold_what_stands_between_the_columns():
    taken = repairs.taken_apart(
        "bekymringsmeldingId=x; beskrivelse=først; så dette; kommunenummer=4601", ("bekymringsmeldingId", "beskrivelse", "kommunenummer")
    )

    assert taken == {"bekymringsmeldingId": "x", "beskrivelse": "først; så dette", "kommunenummer": "4601"}


def test_the_same_correction_sent_twice_is_one_import(bergen, anne):
    done = brought_in(bergen, line(place="9999"))
    (number,) = done.rejections.values_list("line", flat=True)
    corrected = {number: cells(done, number) | {"kommunenummer": "4601"}}

    first = repairs.repair(feed_import=done, corrected=corrected, by=anne, now=LATER)
    second = repairs.repair(feed_import=done, corrected=corrected, by=anne, now=LATER)

    assert first == second
    assert first.lines.count() == 1


def test_a_repair_that_is_taken_back_leaves_its_lines_open_again(bergen, anne):
    done = brought_in(bergen, line(place="9999"))
    (number,) = done.rejections.values_list("line", flat=True)
    again = run(repairs.repair(feed_import=done, corrected={number: cells(done, number) | {"kommunenummer": "4601"}}, by=anne, now=LATER).feed_import)
    assert not done.rejections.open().exists()

    undoing.undo(feed_import=again, reason="Feil kommune.", by=anne, now=LATER)

    assert done.rejections.open().count() == 1


# Lines of files that are no tables: each as its source writes it, with one value wrong, and what puts it right.
WRONG = {
    "altinn": (
        '[{"correspondenceId": "%(id)s", "recipient": "0192:964338531", "dueDateTime": "i dag", "statusHistory": ['
        '{"status": "Published", "statusChanged": "2024-02-01T10:00:00Z"}, {"status": "Read", "statusChanged": "2024-02-02T10:00:00Z"}]}]',
        "dueDateTime",
        "2024-03-01T00:00:00Z",
    ),
    "altinn-events": (
        '{"id": "%(id)s", "type": "no.altinn.correspondence.correspondencereceiverread", "time": "2024-02-31T10:00:00Z", "resourceinstance": "%(id)s"}',
        "time",
        "2024-02-03T10:00:00Z",
    ),
    "svarut-status": ('{"status": "LEST", "sisteStatusEndring": "2024-02-01T10:00:00Z"}', "id", "%(id)s"),
    "svarut-history": ('{"forsendelseId": "%(id)s", "tidspunkt": "31.02.2024 10:00:00", "hendelse": "Lest eksternt"}', "tidspunkt", "01.02.2024 10:00:00"),
    "svarinn": ('[{"id": "%(id)s", "date": "i går", "status": "LEST", "mottaker": {"orgnr": "964338531"}}]', "date", "1706778000398"),
    "eformidling": (
        '[{"messageId": "%(id)s", "serviceIdentifier": "DPV", "messageStatuses": [{"status": "LEST", "lastUpdate": "i går"}]}]',
        "lastUpdate",
        "2024-02-01T10:00:00Z",
    ),
    "register-xml": (
        '<Barnevern DatoUttrekk="2024-02-05"><Avgiver Organisasjonsnummer="964338531" Kommunenummer="4601"/><Sak Journalnummer="7">'
        '<Melding Id="M1" StartDato="2024-02-31"><Melder Kode="8"/></Melding><Slettet Id="M2" Type="Melding" SluttDato="2024-02-31"/></Sak></Barnevern>',
        "StartDato",
        "2024-02-01",
    ),
    "kostra-xml": (
        '<Barnevern><Avgiver Organisasjonsnummer="964338531" Versjon="2023"/><Individ Id="I1"><Melding Id="M1" StartDato="2023-02-01"><Melder/></Melding>'
        "</Individ></Barnevern>",
        "Melder",
        "8",
    ),
    "archive-receipts": ('[{"systemID": "%(id)s", "opprettetDato": "i går"}]', "opprettetDato", "2024-02-01T10:00:00Z"),
}


@pytest.mark.parametrize("format", WRONG)
def test_lines_of_every_format_are_corrected_in_place(bergen, anne, format):
    body, column, value = (text % {"id": "aaaaaaaa-0000-4000-8000-000000000001"} if "%(" in text else text for text in WRONG[format])
    received = feeds.receive_file(service=bergen, format=format, file_name="fil", stream=io.BytesIO(body.encode()), by="test", now=scenes.NOW)
    done = run(received.feed_import)
    kind = repairs.alike(feed_import=done)[0]

    again = run(repairs.repair(feed_import=done, corrected=repairs.replaced(like=kind.first, value=value), by=anne, now=LATER).feed_import)

    assert kind.column == column
    assert (again.state, again.rejected, again.accepted) == (ImportState.COMPLETE, 0, kind.count)
    assert done.rejections.open().count() == done.rejected - kind.count
    call_command("verify")


TITLED = {
    "svarinn": ('[{"id": "%s", "date": "i går", "status": "LEST", "tittel": "%s", "mottaker": {"orgnr": "964338531"}}]', "1706778000398"),
    "eformidling": (
        '[{"messageId": "%s", "serviceIdentifier": "DPO", "messageTitle": "%s", "messageStatuses": [{"status": "LEST", "lastUpdate": "i går"}]}]',
        "2024-02-01T10:00:00Z",
    ),
}


@pytest.mark.parametrize("format", TITLED)
@pytest.mark.parametrize(("title", "category"), [("Bekymringsmelding om Kari", "report"), ("Underretning", "notice"), ("Om Kari", "unknown")])
def test_a_corrected_line_keeps_the_category_that_its_title_proposed_and_not_the_title(bergen, anne, format, title, category):
    body, value = TITLED[format]
    stream = io.BytesIO((body % (scenes.uuid(), title)).encode())
    done = run(feeds.receive_file(service=bergen, format=format, file_name="fil", stream=stream, by="test", now=scenes.NOW).feed_import)
    rejection = done.rejections.get()

    run(repairs.repair(feed_import=done, corrected=repairs.replaced(like=rejection, value=value), by=anne, now=LATER).feed_import)

    assert Delivery.objects.get().category == category
    assert "Kari" not in rejection.raw


def test_what_a_file_says_once_for_all_of_its_lines_is_corrected_in_all_of_them(bergen, anne):
    office = '<Avgiver Organisasjonsnummer="964338531" Kommunenummer="9999" Versjon="2023"/>'
    reports = "".join(f'<Individ Id="I{n}"><Melding Id="M{n}" StartDato="2023-02-01"/></Individ>' for n in (1, 2))
    body = f"<Barnevern>{office}{reports}</Barnevern>".encode()
    done = run(feeds.receive_file(service=bergen, format="kostra-xml", file_name="k.xml", stream=io.BytesIO(body), by="t", now=scenes.NOW).feed_import)
    changed = repairs.replaced(like=done.rejections.first(), value="4601")

    with pytest.raises(repairs.StillWrong) as wrong:
        repairs.repair(feed_import=done, corrected=changed | {2: changed[2] | {"Kommunenummer": "1201"}}, by=anne, now=LATER)
    again = run(repairs.repair(feed_import=done, corrected=changed, by=anne, now=LATER).feed_import)

    assert wrong.value.lines == {2: ("not_together", {"column": "Kommunenummer", "found": "1201", "expected": "4601"})}
    assert again.accepted == 2


def test_the_words_and_times_of_a_mapped_file_are_understood_before_they_are_corrected(bergen, anne):
    mapping = {"bekymringsmeldingId": "Referanse", "mottattTidspunkt": "Mottatt", "resultat": "Utfall"}
    header, row = "Referanse;Mottatt;Utfall", f"{scenes.uuid()};1/2/2024 10.12;Borte"
    stream = io.BytesIO(f"{header}\r\n{row}\r\n".encode())
    given = {"service": bergen, "format": "mottakslogg", "file_name": "logg.csv", "stream": stream, "by": "test", "now": scenes.NOW}
    previewed = run(feeds.receive_file(**given, is_previewed=True).feed_import)
    feeds.try_mapping(feed_import=previewed, said={"columns": mapping, "words": {"inne": "mottatt"}, "dates": "day_first", "decimal": ","}, by=anne, now=LATER)
    feeds.approve(feed_import=run(previewed), by=anne, now=LATER)
    done = run(previewed)

    again = run(repairs.repair(feed_import=done, corrected=repairs.replaced(like=done.rejections.get(), value="mottatt"), by=anne, now=LATER).feed_import)

    assert (done.rejected, again.accepted) == (1, 1)


def test_a_number_that_nobody_knows_is_said_to_be_ours_and_releases_all_lines_of_all_files(bergen, anne):
    one = brought_in(bergen, line(place="9999"), line(place="9999"), line(place="9998"))
    other = brought_in(bergen, line(place="9999"), line(innsendt="i går", place="9999"))

    made = placing.say_own(like=one.rejections.first(), by=anne, now=LATER)
    released = [run(repair.feed_import).accepted for repair in made]
    later = brought_in(bergen, line(place="9999"))

    assert one.rejections.first().details == {"column": "kommunenummer", "found": "9999"}
    assert released == [2, 1]
    assert later.accepted == 1
    assert [kind.first.details["found"] for kind in repairs.alike(feed_import=one)] == ["9998"]
    assert [rejection.code for rejection in other.rejections.open()] == ["not_a_time"]
    assert Entry.objects.filter(verb=Verb.PLACED).count() == 1
    call_command("verify")


def test_a_number_that_is_not_ours_after_all_is_rejected_again_and_what_came_in_stays(bergen, anne):
    done = brought_in(bergen, line(place="9999"))
    (made,) = placing.say_own(like=done.rejections.get(), by=anne, now=LATER)
    run(made.feed_import)

    placing.say(service=bergen, number="9999", is_own=False, by=anne, now=LATER)

    assert not places.own(service=bergen).exists()
    assert brought_in(bergen, line(place="9999")).rejected == 1
    assert Delivery.objects.count() == 1


def test_a_number_that_a_register_knows_is_not_ours_because_somebody_says_so(bergen, anne):
    scenes.service("5001")
    done = brought_in(bergen, line(place="5001"))

    with pytest.raises(placing.NotUnknown):
        placing.say_own(like=done.rejections.get(), by=anne, now=LATER)
    placing.say(service=bergen, number="5001", is_own=True, by=anne, now=LATER)

    assert brought_in(bergen, line(place="5001")).rejected == 1


def test_a_case_under_the_number_is_the_same_case(bergen, anne):
    header = "forsendelseId;mottattTidspunkt;resultat;lagretTidspunkt;fagsystemMeldingId;kommunenummer"
    rows = [f"{scenes.uuid()};2024-02-01T10:12:00;mottatt;2024-02-01T10:12:00;17;{place}" for place in ("4601", "9999")]
    done = brought_in(bergen, *rows, format="mottakslogg", header=header)

    (made,) = placing.say_own(like=done.rejections.get(), by=anne, now=LATER)
    run(made.feed_import)

    assert Delivery.objects.count() == 1


def test_the_page_says_whose_a_number_is_and_takes_that_back(bergen, anne, client):
    done = brought_in(bergen, line(place="9999"))
    client.force_login(anne)

    client.post(reverse("imports:place", args=[done.pk]), {"line": done.rejections.get().line})
    said = client.get(reverse("imports:repair", args=[done.pk])).content.decode()
    client.post(reverse("imports:displace", args=[done.pk]), {"number": "9999"})

    assert "9999" in said
    assert not places.own(service=bergen).exists()
    assert client.post(reverse("imports:displace", args=[done.pk]), {"number": "9999"}).status_code == 404


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ";"), ("cp1252", ";"), ("utf-8", ","), ("utf-8", "\t")])
def test_the_file_that_was_taken_out_is_handed_in_corrected(bergen, anne, client, encoding, separator):
    done = brought_in(bergen, line(innsendt="i går", channel="=Skjærgård"), line(innsendt="i forgårs"), line(innsendt="i morgen"))
    client.force_login(anne)
    taken = b"".join(client.get(reverse("imports:repair-file", args=[done.pk])).streaming_content).decode("utf-8-sig")
    corrected = taken.replace("i går", "2024-02-01T10:00:00").replace("i forgårs", "2024-02-02T10:00:00").replace(";", separator)

    answer = client.post(reverse("imports:repair-hand-in", args=[done.pk]), {"file": io.BytesIO(corrected.encode(encoding))})
    again = run(Import.objects.latest("pk"))

    assert answer.status_code == 302
    assert (again.read, again.accepted) == (2, 2)
    assert done.rejections.open().count() == 1
    assert Particulars.objects.filter(feed_import=again, attributes__kanal="=Skjærgård").exists()


@pytest.mark.parametrize("body", [b"", b"a;b\n1;2\n", b"\xff\xfe\x00", b'"'])
def test_another_file_brings_nothing_in(bergen, anne, client, body):
    done = brought_in(bergen, line(innsendt="i går"))
    client.force_login(anne)

    assert client.post(reverse("imports:repair-hand-in", args=[done.pk]), {"file": io.BytesIO(body)}).status_code == 302
    assert Import.objects.count() == 1


def test_the_page_corrects_what_was_changed_and_shows_what_is_still_wrong(bergen, anne, client, settings):
    settings.LANGUAGE_CODE = "en"
    done = brought_in(bergen, line(innsendt="i går"), line(innsendt="i forgårs"))
    first, second = done.rejections.order_by("line").values_list("line", flat=True)
    client.force_login(anne)

    html = client.get(reverse("imports:repair", args=[done.pk])).content.decode()
    wrong = client.post(reverse("imports:correct", args=[done.pk]), {f"cell-{first}-innsendt": "2024-02-30", f"cell-{second}-innsendt": "i forgårs"})
    right = client.post(reverse("imports:correct", args=[done.pk]), {f"cell-{first}-innsendt": "2024-02-03"})
    run(Import.objects.latest("pk"))
    told = client.get(reverse("imports:detail", args=[done.pk])).context

    assert f'name="cell-{second}-innsendt" value="i forgårs"' in html
    assert f"from line {second}:" in html
    assert wrong.status_code == 422
    assert [each["number"] for each in wrong.context["lines"]] == [first]
    assert "2024-02-30" in wrong.content.decode()
    assert right.status_code == 302
    assert (done.rejected, told["corrected"], told["dealt_with"], told["still_rejected"]) == (2, 1, 0, 1)
    assert Delivery.objects.count() == 1


def test_what_was_right_stands_there_still_when_another_line_was_wrong(bergen, anne, client):
    done = brought_in(bergen, line(innsendt="i går"), line(innsendt="i forgårs"))
    first, second = done.rejections.order_by("line").values_list("line", flat=True)
    client.force_login(anne)

    wrong = client.post(reverse("imports:correct", args=[done.pk]), {f"cell-{first}-innsendt": "2024-02-03", f"cell-{second}-innsendt": "31.02.2024"})

    assert f'name="cell-{first}-innsendt" value="2024-02-03"' in wrong.content.decode()
    assert Import.objects.count() == 1


def test_the_page_replaces_one_value_in_all_lines(bergen, anne, client):
    done = brought_in(bergen, line(place="9999"), line(place="9999"))
    client.force_login(anne)

    client.post(reverse("imports:replace", args=[done.pk]), {"line": done.rejections.first().line, "value": "4601"})
    again = run(Import.objects.latest("pk"))

    assert again.accepted == 2
    assert not done.rejections.open().exists()


def test_the_open_lines_are_taken_out_as_a_file_and_that_is_in_the_trail(bergen, anne, client):
    done = brought_in(bergen, line(innsendt="i går"), line())
    client.force_login(anne)

    body = b"".join(client.get(reverse("imports:repair-file", args=[done.pk])).streaming_content).decode("utf-8-sig")

    header, row = body.splitlines()
    assert header.startswith("bekymringsmeldingId;innsendt;kommunenummer")
    assert "i går" in row
    assert Entry.objects.filter(verb=Verb.EXPORTED).exists()


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.MANAGER, Role.AUDITOR])
def test_only_who_may_bring_in_files_corrects_lines(bergen, client, role):
    done = brought_in(bergen, line(innsendt="i går"))
    client.force_login(scenes.person("Berit", role, of=bergen))

    assert client.get(reverse("imports:repair", args=[done.pk])).status_code in (403, 404)
    assert client.post(reverse("imports:correct", args=[done.pk])).status_code in (403, 404)
    assert client.get(reverse("imports:repair-file", args=[done.pk])).status_code in (403, 404)
