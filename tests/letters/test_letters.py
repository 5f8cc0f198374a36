"""What never arrived is sent once more on paper, and stays open until something shows that it has arrived."""

import pytest
import time_machine
from django.urls import reverse

from apps.audit.models import Entry
from apps.deliveries.states import NEEDS_A_PERSON
from apps.letters import actions, paper, queries, words
from apps.letters.models import Language, Letter, Printing, Wording
from tests import scenes
from tests.pages import grant, printed, reports, signed_in
from tests.scenes import NOW

RESEND, PRINT = reverse("letters:resend"), reverse("letters:print")


@pytest.fixture(autouse=True)
def at_a_fixed_time(db, settings):
    settings.LANGUAGE_CODE = "en"
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(caseworker):
    return signed_in(caseworker)


def post(client, *deliveries, **more):
    return client.post(PRINT, {"delivery": [one.pk for one in deliveries], "language": "nb", **more})


def test_the_list_holds_what_the_service_sent_and_nothing_shows_to_have_arrived(client, bergen):
    letter = scenes.letter(bergen)
    reports(bergen, 8)

    assert [row["id"] for row in client.get(RESEND).context["rows"]] == [letter.pk]


def test_a_message_whose_letter_was_printed_stays_open_and_shows_when(client, bergen, caseworker):
    letter = scenes.letter(bergen)
    before = letter.state

    printed(bergen, letter, by=caseworker)

    [row] = client.get(RESEND).context["rows"]
    assert (row["state"], row["printed_at"]) == (before, NOW)
    assert scenes.again(letter).state in NEEDS_A_PERSON


def test_printing_twice_is_noticed_and_done_only_when_it_is_wanted(client, bergen):
    one, other = scenes.letter(bergen), scenes.letter(bergen)
    assert post(client, one).status_code == 302

    noticed = post(client, one, other)
    assert (noticed.status_code, Printing.objects.count()) == (409, 1)
    assert noticed.context["chosen"] == {one.pk, other.pk}
    assert str(one.pk) in noticed.context["form"].errors["is_again"][0]

    assert post(client, one, other, is_again="on").status_code == 302
    assert Letter.objects.count() == 3


@pytest.mark.parametrize("chosen", [[], ["x"], ["999999999"], ["1" * 40]])
def test_nothing_is_printed_of_what_is_not_there(client, bergen, chosen):
    answer = client.post(PRINT, {"delivery": chosen, "language": "nb"})

    assert answer.status_code == 422
    assert not Printing.objects.exists()


def test_reports_to_the_service_and_other_services_letters_are_not_printed(client, bergen):
    [report], theirs = reports(bergen, 8), scenes.letter(scenes.service("5001"))

    assert post(client, report, theirs).status_code == 422
    assert not Printing.objects.exists()


def test_letters_of_a_police_district_are_listed_and_printed_service_by_service(bergen, caseworker):
    """Bergen and Alver lie in Vest, Trondheim in Trøndelag; in Alver Anne only looks."""
    alver, trondheim, askoy = scenes.service("4631"), scenes.service("5001"), scenes.service("4627")
    for service, role in ((alver, "reviewer"), (trondheim, "caseworker"), (askoy, "caseworker")):
        grant(caseworker, service, role)
    ours, looked_at, far_away, near = (scenes.letter(service) for service in (bergen, alver, trondheim, askoy))
    client = signed_in(caseworker)

    page = client.get(RESEND, {"district": "vest"})
    printed = post(client, ours, looked_at, far_away, near, district="vest")

    assert {row["id"] for row in page.context["rows"]} == {ours.pk, looked_at.pk, near.pk}
    assert page.context["printable"] == {"4601", "4627"}
    assert [segment.label for segment in page.context["reach"].segments[1:]] == ["Vest politidistrikt", "Trøndelag politidistrikt"]
    assert printed.url == f"{RESEND}?district=vest"
    assert set(Letter.objects.values_list("service__code", "reference", "place")) == {("4601", ours.pk, 1), ("4627", near.pk, 1)}
    assert post(client, far_away, district="vest").status_code == 422
    assert post(client, ours, near, district="vest").status_code == 409


def test_without_a_district_letters_of_several_services_are_not_printed(bergen, caseworker):
    grant(caseworker, scenes.service("5001"))
    letter = scenes.letter(bergen)

    refused = post(signed_in(caseworker), letter, district="nowhere")

    assert refused.status_code == 422
    assert "police district" in refused.context["form"].non_field_errors()[0]


def test_the_language_that_was_chosen_last_is_offered_first(client, bergen):
    assert client.get(RESEND).context["form"]["language"].value() == "nb"

    post(client, scenes.letter(bergen), language="nn")

    assert client.get(RESEND).context["form"]["language"].value() == "nn"


def test_each_recipient_is_written_to_in_their_own_language_and_so_the_next_time(client, bergen):
    ours, theirs, others = (scenes.letter(bergen) for _ in range(3))

    post(client, ours, theirs, others, language="nb", **{f"language-{theirs.pk}": "nn", f"language-{others.pk}": ""})

    assert set(Letter.objects.values_list("reference", "printing__language", "place")) == {(ours.pk, "nb", 1), (others.pk, "nb", 2), (theirs.pk, "nn", 1)}
    assert {row["id"]: row["read"] for row in client.get(RESEND).context["rows"]} == {ours.pk: "nb", theirs.pk: "nn", others.pk: "nb"}
    refused = post(client, theirs, language="nb", **{f"language-{theirs.pk}": "nb"})
    assert refused.status_code == 409  # printed before
    assert {row["id"]: row["read"] for row in refused.context["rows"]}[theirs.pk] == "nb"  # what was chosen is kept
    assert post(client, ours, is_again="on", **{f"language-{ours.pk}": "sv"}).status_code == 404


@pytest.mark.parametrize("language", Language.values)
def test_the_pdf_holds_the_address_sheet_and_each_letter_for_everybody_to_read(bergen, caseworker, language):
    one, other = scenes.letter(bergen), scenes.letter(bergen)

    file = paper.pdf(printed(bergen, one, other, by=caseworker, language=language), now=NOW)

    assert file.startswith(b"%PDF-")
    assert b"pdfuaid" in file
    assert len(file.split(b"/Type /Page\n")) == 4 or file.count(b"/Type/Page/") == 3


def test_a_letter_says_what_it_is_about_and_no_placeholder_is_left(bergen, caseworker):
    letter = scenes.letter(bergen)
    printing = printed(bergen, letter, by=caseworker)

    [page] = paper.content(printing, list(printing.letters.all()), NOW)["letters"]

    said = page["subject"] + "".join(page["body"])
    assert "{" not in said
    assert page["sent"] == "01.02.2024"
    assert page["number"] == f"{printing.pk}-1"
    assert page["reference"] in said


def test_a_text_cannot_become_a_command_of_the_typesetter(bergen, caseworker):
    hostile = '#read("/etc/passwd") $x$ [*a*] \\ <b> @c'
    actions.write(service=bergen, language="nb", subject="#panic()", body=hostile, by=caseworker, now=NOW)
    printing = printed(bergen, scenes.letter(bergen), by=caseworker)

    assert paper.pdf(printing, now=NOW).startswith(b"%PDF-")


def test_the_file_and_the_printing_are_told(client, bergen):
    where = post(client, scenes.letter(bergen)).url

    answer = client.get(where, {"format": "pdf"})

    assert answer["Content-Type"] == "application/pdf"
    assert {"printed", "exported"} <= set(Entry.objects.values_list("verb", flat=True))


def test_a_service_writes_its_own_words_and_earlier_letters_keep_theirs(client, bergen, caseworker):
    before = printed(bergen, scenes.letter(bergen), by=caseworker)

    answer = client.post(reverse("letters:write", args=["nb"]), {"subject": "Brev {number}", "body": "Se {reference}."})
    after = printed(bergen, scenes.letter(bergen), by=caseworker)

    assert answer.status_code == 302
    assert (Printing.objects.get(pk=before.pk).body, after.body) == (words.BODY[Language.BOKMAL], "Se {reference}.")
    assert queries.words(service=bergen, language=Language.NYNORSK).version == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Kjære {name}", "{name}"),
        ("{reference.__class__}", "{reference.__class__}"),
        ("{reference!r}", "{reference}"),
        ("{", "{"),
        ("Ringt 15881299999", ""),
        ("", ""),
    ],
)
def test_words_that_cannot_be_filled_in_are_refused_beside_their_field_and_kept_as_typed(client, bergen, body, said):
    answer = client.post(reverse("letters:write", args=["nb"]), {"subject": "Brev", "body": body})

    assert answer.status_code == 422
    assert said in answer.context["form"].errors["body"][0]
    assert answer.context["form"]["body"].value() == body
    assert not Wording.objects.exists()


def test_the_posts_number_stands_on_the_message(client, bergen, caseworker):
    letter = scenes.letter(bergen)
    printing = printed(bergen, letter, by=caseworker)
    sent = printing.letters.get()

    for number in ("RR123456785NO", "RR123456785NO"):
        client.post(reverse("letters:track", args=[sent.pk]), {"number": number})

    assert [one.number for one in sent.trackings.all()] == ["RR123456785NO"]
    assert "RR123456785NO" in client.get(reverse("deliveries:detail", args=[letter.pk])).text


@pytest.mark.parametrize("number", ["", "  ", "RR 123", "a" * 41, "15881299999"])
def test_a_number_that_no_post_gives_is_refused_beside_its_field(client, bergen, caseworker, number):
    sent = printed(bergen, scenes.letter(bergen), by=caseworker).letters.get()

    answer = client.post(reverse("letters:track", args=[sent.pk]), {"number": number})

    assert answer.status_code == 422
    assert not sent.trackings.exists()


def test_who_may_not_decide_sees_the_list_and_prints_nothing(bergen):
    letter, reader = scenes.letter(bergen), signed_in(scenes.person("Berit", "reviewer", of=bergen))

    assert reader.get(RESEND).context["rows"]
    assert not reader.get(RESEND).context["printable"]
    assert post(reader, letter).status_code == 403


def test_of_two_who_print_the_same_one_is_told(bergen, caseworker):
    letter = scenes.letter(bergen)
    printed(bergen, letter, by=caseworker)

    with pytest.raises(actions.PrintedBefore) as told:
        printed(bergen, letter, by=scenes.person("Nils", "caseworker", of=bergen))

    assert told.value.deliveries == {letter.pk}
