"""One delivery's page, the decision form, the second look and withdrawing, as each person meets them."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse

from apps.decisions import queries
from apps.decisions.models import Decision, SecondLook
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import undoing
from apps.ledger.models import Import, Reference
from tests import scenes
from tests.decisions.test_actions import decide, look, status
from tests.scenes import NOW, RECEIVED

LIST = "/worklists/inbound/unconfirmed/?channel=portal"


@pytest.fixture(autouse=True)
def bokmal_is_not_the_matter(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def read(client):
    def read(user, url, **query):
        client.force_login(user)
        return client.get(url, query)

    return read


@pytest.fixture
def send(client):
    def send(user, url, **data):
        client.force_login(user)
        return client.post(url, data)

    return send


def page(delivery):
    return reverse("deliveries:detail", args=[delivery.pk])


def form_of(delivery):
    return reverse("decisions:decide", args=[delivery.pk])


def text(response):
    return " ".join(response.content.decode().split())


# -- who sees the page


def test_a_caseworker_sees_what_is_missing_and_where_each_fact_stands(read, caseworker, report):
    response = read(caseworker, page(report))

    assert response.status_code == 200
    assert "Receipt given 01.02.2024 10:12; the case system has no record of it." in text(response)
    imported = Reference.objects.get(delivery=report.pk).events.get().feed_import_id
    assert f'href="/imports/{imported}/?line=2"' in text(response)


def test_foreign_and_absent_messages_answer_alike(read, scenes, report):
    stranger = scenes.person("Siri", "caseworker", of=scenes.service("5001"))

    foreign, absent = read(stranger, page(report)), read(stranger, reverse("deliveries:detail", args=[10**12]))

    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert text(foreign).partition("<main")[2] == text(absent).partition("<main")[2] != ""


def test_an_earlier_id_leads_to_the_message_it_was_joined_to_and_keeps_the_list(read, scenes, bergen, caseworker):
    letter = scenes.registration(bergen, at=RECEIVED, case="9001")
    first = scenes.known_as("4601:9001")
    later = scenes.report(bergen)
    decide(later, caseworker, "found_registered", case_reference="9001")

    response = read(caseworker, page(later), list=LIST)

    assert letter.pk and scenes.again(later) == first != later
    assert response.status_code == 302
    assert response.url == f"{page(first)}?list=%2Fworklists%2Finbound%2Funconfirmed%2F%3Fchannel%3Dportal"


def test_what_was_noted_stands_on_the_message_that_it_was_joined_to(read, scenes, bergen, caseworker):
    scenes.registration(bergen, at=RECEIVED, case="9001")
    later = scenes.report(bergen)
    decide(later, caseworker, "sender_contacted", channel="phone", day=NOW.date(), reason="Rang skolen.")
    decide(later, caseworker, "found_registered", case_reference="9001")

    shown = read(caseworker, page(scenes.known_as("4601:9001")))

    assert "Rang skolen." in text(shown)


def test_a_repetition_leads_to_the_message_that_has_arrived(read, scenes, bergen, report, caseworker):
    other = scenes.report(bergen)
    scenes.registration(bergen, at=RECEIVED, case="9001", portal=Reference.objects.get(delivery=other.pk).value)
    decide(report, caseworker, "duplicate", other_delivery=str(other.pk))

    assert f'<a href="{page(other)}">{other.pk}</a>' in text(read(caseworker, page(report)))


@pytest.mark.parametrize("role", ["caseworker", "reviewer", "manager", "import_administrator", "auditor"])
def test_every_role_of_the_service_sees_the_page_and_only_some_may_decide(role, read, scenes, bergen, report):
    response = read(scenes.person("Per", role, of=bergen), page(report))

    assert response.status_code == 200
    assert response.context["is_refused"] is (role not in ("caseworker", "manager"))
    assert ("You can see this, but not decide" in text(response)) is (role not in ("caseworker", "manager"))


def test_a_national_coordinator_sees_no_rows(read, scenes, report):
    everywhere = scenes.person("Kari", "national_coordinator", of=None)

    assert read(everywhere, page(report)).status_code == 403


def test_the_page_takes_few_queries_however_much_is_known(read, caseworker, report, django_assert_max_num_queries):
    for number in range(5):
        decide(report, caseworker, "note", reason=f"Call {number}.")
    read(caseworker, page(report))

    with django_assert_max_num_queries(22):
        read(caseworker, page(report))


# -- deciding


def test_choosing_an_outcome_shows_its_fields_and_loses_nothing_typed(send, caseworker, report):
    first = send(caseworker, form_of(report), choose="1", outcome="lost", reason="Gone.", tried="The portal.")
    second = send(caseworker, form_of(report), choose="1", outcome="duplicate", reason="Gone.", tried="The portal.", sender_answer="No copy.")

    assert [field.name for field in first.context["form"].questions()] == ["tried", "sender_asked", "sender_answer", "children", "reason"]
    assert 'name="other_delivery"' in text(second)
    assert '<input type="hidden" name="sender_answer" value="No copy.">' in text(second)
    assert "validation-message" not in text(second)
    assert not Decision.objects.exists()


def test_a_script_gets_the_form_alone(client, caseworker, report):
    client.force_login(caseworker)

    response = client.post(form_of(report), {"choose": "1", "outcome": "note"}, headers={"hx-request": "true"})

    assert "<html" not in text(response)
    assert 'id="decide"' in text(response)


def test_a_decision_opens_the_next_item_of_the_list_that_the_person_came_from(send, caseworker, report):
    response = send(caseworker, form_of(report), outcome="test_message", reason="It says TEST.", version=0, list=LIST)

    assert response.status_code == 302
    assert response.url == f"/worklists/inbound/unconfirmed/next/?channel=portal&after={report.pk}"
    assert Decision.objects.get().by == caseworker


def test_without_a_list_the_message_itself_is_shown_again(send, caseworker, report):
    response = send(caseworker, form_of(report), outcome="test_message", reason="It says TEST.", version=0)

    assert response.url == page(report)


def test_a_note_stays_on_the_message(send, caseworker, report):
    response = send(caseworker, form_of(report), outcome="note", reason="Rang twice.", version=0, list=LIST)

    assert response.url.startswith(page(report))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/accounts/sign-out/", "javascript:alert(1)", "/worklists/inbound/x" * 500])
def test_only_our_own_lists_are_gone_back_to(elsewhere, send, caseworker, report):
    response = send(caseworker, form_of(report), outcome="test_message", reason="It says TEST.", version=0, list=elsewhere)

    assert response.url == page(report)


def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept(send, caseworker, report):
    response = send(caseworker, form_of(report), outcome="lost", tried="15881299999", sender_asked="yes", reason="Gone.", version=0)

    form = response.context["form"]
    assert response.status_code == 422
    assert set(form.errors) == {"tried", "sender_answer"}
    assert "15881299999</textarea>" in text(response)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field", "status"),
    [
        ({"outcome": "note", "reason": "a" * 1_000_000}, "reason", 400),
        ({"outcome": "note", "reason": "a\x00b"}, "reason", 400),
        ({"outcome": "resent", "channel": "phone", "day": "31.02.2024"}, "day", 422),
        ({"outcome": "resent", "channel": "pigeon", "day": "01.02.2024"}, "channel", 422),
        ({"outcome": "child_known", "children": "two"}, "children", 422),
        ({"outcome": "duplicate", "reason": "Same.", "other_delivery": "999999"}, "other_delivery", 404),
        ({"outcome": "archive"}, "outcome", 422),
        ({}, "outcome", 422),
    ],
)
def test_bad_fields_are_refused_beside_the_field(sent, field, status, send, caseworker, report):
    response = send(caseworker, form_of(report), version=0, **sent)

    assert (response.status_code, list(response.context["form"].errors)) == (status, [field])


def test_who_comes_second_is_told_who_and_what_and_keeps_the_text(send, scenes, caseworker, reviewer, bergen, report):
    look(decide(report, caseworker), reviewer)
    nils = scenes.person("Nils", "caseworker", of=bergen)

    response = send(nils, form_of(report), outcome="lost", tried="Everything.", sender_asked="no", reason="Nobody has it.", version=0)

    assert response.status_code == 409
    assert "Anne Prøve decided “Test message”" in text(response)
    assert "Nobody has it.</textarea>" in text(response)


def test_who_may_have_to_look_is_told_only_who_was_first(send, scenes, caseworker, bergen, report):
    decide(report, caseworker)
    nils = scenes.person("Nils", "caseworker", of=bergen)

    response = send(nils, form_of(report), outcome="lost", tried="Everything.", sender_asked="no", reason="Nobody has it.", version=0)

    assert "Anne Prøve made a decision" in text(response)
    assert "“Test message”" not in text(response) and "<q>Test message</q>" not in text(response)


def test_an_old_page_is_told_what_happened_since_and_can_then_be_sent_again(send, caseworker, report, bergen, scenes):
    nils = scenes.person("Nils", "caseworker", of=bergen)
    decide(report, nils, "note", reason="They call back at two.")

    refused = send(caseworker, form_of(report), outcome="test_message", reason="It says TEST.", version=0)
    again = send(caseworker, form_of(report), outcome="test_message", reason="It says TEST.", version=refused.context["version"])

    assert "Nils Prøve did something since you opened the page: “Note”" in text(refused)
    assert again.status_code == 302


def test_the_same_note_sent_twice_is_one(send, caseworker, report):
    for _time in range(2):
        send(caseworker, form_of(report), outcome="note", reason="Rang twice.", version=0)

    assert Decision.objects.count() == 1


@pytest.mark.parametrize(("role", "answer"), [("reviewer", 403), ("import_administrator", 403), ("auditor", 403)])
def test_who_may_not_decide_is_refused_by_the_server(role, answer, send, scenes, bergen, report):
    response = send(scenes.person("Per", role, of=bergen), form_of(report), outcome="note", reason="I was here.", version=0)

    assert response.status_code == answer
    assert not Decision.objects.exists()


def test_nobody_decides_in_another_service(send, scenes, report):
    stranger = scenes.person("Siri", "caseworker", of=scenes.service("5001"))

    assert send(stranger, form_of(report), outcome="note", reason="I was here.", version=0).status_code == 404


# -- the second look


@pytest.fixture
def waiting(report, caseworker):
    return decide(
        report,
        caseworker,
        "lost",
        tried="Portal and post room.",
        sender_asked=True,
        sender_answer="The school kept no copy.",
        reason="Nobody holds the contents.",
    )


def look_at(decision):
    return reverse("decisions:look", args=[decision.pk])


def verdict_of(response):
    """The page without the outcomes that anybody can choose, where every label stands once."""
    html = text(response)
    return html[: html.index('id="verdict"')] + html[html.index('id="tried"') :]


def test_the_first_verdict_is_nowhere_in_the_html_of_those_who_may_look(read, reviewer, waiting, report):
    seen = verdict_of(read(reviewer, look_at(waiting)))
    on_the_message = text(read(reviewer, page(report)))

    assert "Portal and post room." in seen
    for secret in ("Nobody holds the contents.", "The school kept no copy.", ">Lost<", "“Lost”"):
        assert secret not in seen
    assert "Nobody holds the contents." not in on_the_message
    assert "“Lost”" not in on_the_message
    assert on_the_message.count(">Lost<") == 1


def test_whatever_becomes_known_meanwhile_begins_the_look_again(read, send, scenes, bergen, reviewer, waiting, report):
    opened = read(reviewer, look_at(waiting)).context["version"]
    row = {
        "bekymringsmeldingId": Reference.objects.get(pk=report.pk).value,
        "meldingId": scenes.uuid(),
        "tidspunkt": "2024-02-01T11:00:00",
        "tilstand": "OPPRETTET",
    }
    scenes.bring_in(bergen, "portal-history", row)

    refused = send(reviewer, look_at(waiting), outcome="lost", reason="Searched as well.", known=opened)

    assert refused.status_code == 409
    assert "Searched as well." in refused.content.decode()
    assert "1 event has become known since the first person decided" in text(refused)
    assert not SecondLook.objects.exists()
    send(reviewer, look_at(waiting), outcome="lost", reason="Searched as well.", known=refused.context["version"])
    assert SecondLook.objects.get().agrees


def test_choosing_another_verdict_does_not_make_one_see_what_is_new(read, send, scenes, bergen, reviewer, waiting):
    chosen = send(reviewer, look_at(waiting), outcome="lost", known="0", choose="1")

    assert chosen.context["version"] == "0"


def test_the_one_who_decided_sees_the_verdict_and_may_not_look(read, send, caseworker, waiting, report):
    seen = read(caseworker, look_at(waiting))
    tried = send(caseworker, look_at(waiting), outcome="lost", reason="I am sure.")

    assert seen.context["is_own"]
    assert "A second look is given by another person, whatever their role." in text(seen)
    assert tried.status_code == 403
    assert not SecondLook.objects.exists()
    assert "Nobody holds the contents." in text(read(caseworker, page(report)))


def test_the_same_verdict_lets_the_decision_stand_and_both_are_shown(read, send, reviewer, waiting, report):
    response = send(reviewer, look_at(waiting), outcome="lost", reason="Searched everywhere as well.")

    shown = read(reviewer, response.url)
    assert scenes.again(report).state == "settled"
    assert "Both came to the same" in text(shown)
    assert "Nobody holds the contents." in text(shown)
    assert "Searched everywhere as well." in text(shown)


def test_another_verdict_sends_the_message_back_and_both_are_shown(read, send, reviewer, waiting, report):
    response = send(reviewer, look_at(waiting), outcome="open", reason="The police may hold a copy.")

    assert scenes.again(report).state == "unconfirmed"
    assert not scenes.again(report).look_waits
    assert "The two differ" in text(read(reviewer, response.url))


@pytest.mark.parametrize(
    ("sent", "fields"),
    [({}, ["outcome"]), ({"outcome": "lost"}, ["reason"]), ({"outcome": "found_registered", "reason": "There it is."}, ["case_reference"])],
)
def test_a_verdict_without_what_it_needs_is_refused_beside_the_field(sent, fields, send, reviewer, waiting):
    response = send(reviewer, look_at(waiting), **sent)

    assert (response.status_code, list(response.context["form"].errors)) == (422, fields)


def test_after_the_look_the_list_goes_on(read, send, scenes, bergen, caseworker, reviewer, waiting):
    following = scenes.report(bergen)
    decide(following, caseworker)
    came_from = "/worklists/inbound/second-look/"
    response = send(reviewer, look_at(waiting), outcome="lost", reason="Searched everywhere as well.", list=came_from)

    assert f'href="/deliveries/{following.pk}/?list={quote(came_from, safe="")}"' in text(read(reviewer, response.url))


@pytest.mark.parametrize(("role", "answer"), [("import_administrator", 403), ("auditor", 403), ("manager", 200), ("caseworker", 200)])
def test_the_look_is_for_those_whose_role_gives_it(role, answer, read, scenes, bergen, waiting):
    assert read(scenes.person("Per", role, of=bergen), look_at(waiting)).status_code == answer


def test_foreign_and_absent_decisions_answer_alike(read, scenes, waiting):
    stranger = scenes.person("Siri", "reviewer", of=scenes.service("5001"))

    assert read(stranger, look_at(waiting)).status_code == 404
    assert read(stranger, reverse("decisions:look", args=[10**9])).status_code == 404


# -- what each may read


@pytest.mark.parametrize(("role", "reads"), [("caseworker", True), ("auditor", True), ("import_administrator", False)])
def test_an_import_administrator_reads_no_decisions_texts(role, reads, read, scenes, bergen, caseworker, reviewer, report):
    look(decide(report, caseworker), reviewer, reason="Seen in the portal as well.")

    html = text(read(scenes.person("Per", role, of=bergen), page(report)))

    assert ("It says TEST in the portal." in html) is reads
    assert ("Seen in the portal as well." in html) is reads
    assert "Test message" in html


def test_what_was_written_in_short_fields_is_a_text_too(read, scenes, bergen, caseworker, report):
    decide(report, caseworker, "misaddressed", passed_on_to="Voss barneverntjeneste")

    administrator, auditor = (text(read(scenes.person("Per", role, of=bergen), page(report))) for role in ("import_administrator", "auditor"))

    assert "Voss barneverntjeneste" in auditor
    assert "Voss barneverntjeneste" not in administrator


# -- withdrawing and opening again


def withdrawal_of(decision):
    return reverse("decisions:withdraw", args=[decision.pk])


def test_a_decision_is_withdrawn_from_the_page_with_a_reason(send, caseworker, waiting, report):
    refused = send(caseworker, withdrawal_of(waiting), reason="")
    done = send(caseworker, withdrawal_of(waiting), reason="Chose the wrong line.")

    assert refused.status_code == 422
    assert "Write why." in text(refused)
    assert done.url == page(report)
    assert queries.waiting(scenes.again(report)) is None


@pytest.mark.parametrize("role", ["reviewer", "auditor", "import_administrator"])
def test_who_may_not_decide_may_not_withdraw(role, send, scenes, bergen, waiting):
    assert send(scenes.person("Per", role, of=bergen), withdrawal_of(waiting), reason="No.").status_code == 403


def test_a_stranger_withdraws_nothing(send, scenes, waiting):
    stranger = scenes.person("Siri", "caseworker", of=scenes.service("5001"))

    assert send(stranger, withdrawal_of(waiting), reason="No.").status_code == 404


def test_a_message_whose_file_is_taken_back_is_gone_for_whoever_still_has_its_page(send, caseworker, waiting, report):
    (done,) = Import.objects.all()
    undoing.undo(feed_import=done, reason="Feil fil.", by=caseworker, now=NOW)
    told = {"outcome": "note", "reason": "Ringt.", "version": queries.version(report)}

    before_it_is_reconciled = send(caseworker, form_of(report), **told)
    deliveries.reconcile_owed(now=NOW)

    assert before_it_is_reconciled.status_code == 302
    assert send(caseworker, withdrawal_of(waiting), reason="Feil.").status_code == 404
    assert send(caseworker, form_of(report), **told).status_code == 404


def test_a_decision_withdrawn_while_its_message_goes_is_no_fault(send, caseworker, waiting, report):
    (done,) = Import.objects.all()
    undoing.undo(feed_import=done, reason="Feil fil.", by=caseworker, now=NOW)

    assert send(caseworker, withdrawal_of(waiting), reason="Feil.").status_code == 302
    assert not Delivery.objects.filter(pk=report.pk).exists()


def test_a_message_that_opened_again_says_why(read, caseworker, reviewer, bergen, report):
    look(decide(report, caseworker, "other_document", category="notice", read_by="leader"), reviewer)
    status(bergen, report, "AVVIST_FAGSYSTEM", NOW + timedelta(days=1))

    html = text(read(caseworker, page(report)))

    assert "Opened again." in html
    assert "the delivery failed after all" in html
    assert "No longer in force" in html
