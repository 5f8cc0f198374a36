"""Breaches of personal data: the clock of 72 hours, a draft whose numbers are a statement's, and what was told to whom; nothing is changed afterwards."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from apps.audit.models import Entry
from apps.breaches import actions, invariants, reminding
from apps.breaches.models import Act, Breach, Step
from apps.watch import sending, telling
from tests import scenes as made
from tests.pages import breach, reports, signed_in
from tests.statements.told import issue

DAY = timedelta(days=1)
NUMBERED = "Gjelder 018190 12345."  # a synthetic identity number


@pytest.fixture
def noted(bergen, lena):
    return breach(bergen, by=lena)


def typed(service, **other):
    said = {"aware_at": "2024-02-08T09:00", "noticed_by": "Mottaksleder", "nature": "Meldinger ble ikke lagret.", "direction": "inbound", "contact": "Ombudet"}
    days = {"from_day": "2024-02-01", "to_day": "2024-02-07"}
    return {"service": service.code, **said, **days, "consequences": "Forsinket hjelp.", "measures": "Hentes på nytt.", **other}


def acts(breach):
    return list(breach.steps.order_by("pk").values_list("act", flat=True))


def broken():
    return [named for invariant in invariants.INVARIANTS for named in invariant.offending(made.NOW)]


def text_of(part, page):
    return next(text for label, text in page.context["parts"] if str(label) == part)


def test_the_drafts_numbers_equal_the_statements(settings, bergen, lena, client):
    settings.LANGUAGE_CODE = "en"
    reports(bergen, 7, 8, 9)
    statement = issue(bergen, by=lena)

    answer = client.post(reverse("breaches:new"), typed(bergen, statement=statement.pk, from_day="", to_day=""))
    kept = Breach.objects.get()
    page = client.get(answer.url)

    figures = statement.figures["inbound"]
    assert (kept.records, kept.persons) == (figures["needs_a_person"][""], figures["children_open"][""]) == (3, 3)
    assert (kept.from_day, kept.to_day) == (statement.from_day, statement.to_day)
    assert (text_of("Number of messages", page), text_of("Number of children", page)) == ("3", "3")
    assert broken() == []


def test_where_the_statement_says_not_reported_the_draft_says_so_and_never_0(settings, bergen, lena, client):
    settings.LANGUAGE_CODE = "en"
    statement = issue(bergen, by=lena)
    noted = breach(bergen, by=lena, statement=statement)
    newer = issue(bergen, by=lena, now=made.NOW + DAY)

    client.post(reverse("breaches:supplement", args=[noted.pk]), {"supplement-text": "Fortsatt ingenting.", "supplement-statement": newer.pk})
    page = client.get(reverse("breaches:detail", args=[noted.pk]))

    assert (noted.records, noted.persons) == (None, None)
    assert (text_of("Number of messages", page), text_of("Number of children", page)) == ("Not known", "Not known")
    assert "Not reported: Nothing has come from any source." in text_of("Where the numbers are from", page)
    assert [text for _label, text in page.context["parts"] if "Fortsatt" in text and "not reported" in text]
    assert broken() == []


@pytest.mark.parametrize("other", [{"records": "4"}, {"persons": "1"}, {"from_day": "2024-01-02"}, {"to_day": "2024-03-30"}])
def test_another_number_or_period_than_the_statements_is_refused_beside_the_field(bergen, lena, client, other):
    reports(bergen, 7, 8, 9)
    statement = issue(bergen, by=lena)

    answer = client.post(reverse("breaches:new"), typed(bergen, statement=statement.pk) | {"from_day": "", "to_day": ""} | other)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(other)
    assert not Breach.objects.exists()


def test_where_no_number_is_known_the_draft_says_so_and_not_0(settings, noted, client):
    settings.LANGUAGE_CODE = "en"

    page = client.get(reverse("breaches:detail", args=[noted.pk]))

    assert (text_of("Number of messages", page), text_of("Number of children", page)) == ("Not known", "Not known")


CANNOT_BE = [
    ("aware_at", ""),
    ("aware_at", "i går"),
    ("aware_at", "0001-01-01T00:00"),
    ("aware_at", "2031-01-01T00:00"),
    ("nature", ""),
    ("nature", NUMBERED),
    ("nature", "x" * 4001),
    ("noticed_by", NUMBERED),
    ("contact", ""),
    ("consequences", NUMBERED),
    ("measures", ""),
    ("direction", "sideways"),
    ("records", "-1"),
    ("persons", "99999999999999999999"),
    ("from_day", "2031-01-01"),
    ("to_day", "2024-01-01"),
    ("to_day", ""),
    ("statement", "4711"),
]


def test_what_cannot_be_is_refused_beside_its_field_and_stays_typed(bergen, client, subtests):
    for field, value in CANNOT_BE:
        with subtests.test(field, value=value[:20]):
            answer = client.post(reverse("breaches:new"), typed(bergen, **{field: value}))

            assert answer.status_code == 422
            assert field in answer.context["form"].errors
            assert answer.context["form"][field].value() == value
            assert not Breach.objects.exists()


def test_told_within_72_hours_needs_no_reason(noted, client):
    answer = client.post(reverse("breaches:tell", args=[noted.pk]), {"tell-told_at": "", "tell-text": "Kvittering 17."})
    assert answer.status_code == 422

    actions.tell(breach=noted, told_at=noted.aware_at + 3 * DAY, text="Kvittering 17.", late_reason="", by=noted.by, now=made.NOW + 4 * DAY)

    assert acts(noted) == [Act.TOLD]
    page = client.get(reverse("breaches:detail", args=[noted.pk]))
    assert (page.context["clock"].is_told, page.context["clock"].is_late) == (True, False)


def test_told_after_72_hours_needs_a_reason_which_stands_in_the_draft(settings, bergen, lena, client):
    settings.LANGUAGE_CODE = "en"
    late = breach(bergen, by=lena, aware_at=made.NOW - 5 * DAY)
    address, told = reverse("breaches:tell", args=[late.pk]), {"tell-told_at": "2024-02-07T12:00", "tell-text": "Kvittering 17."}

    refused = client.post(address, told)
    kept = client.post(address, told | {"tell-late_reason": "Saken ble oppdaget i en helg."})

    assert (refused.status_code, set(refused.context["tell_form"].errors)) == (422, {"late_reason"})
    assert refused.context["tell_form"]["text"].value() == "Kvittering 17."
    assert kept.status_code == 302
    assert acts(late) == [Act.TOLD, Act.LATE_REASON]
    assert text_of("Why it was told late", client.get(kept.url)) == "Saken ble oppdaget i en helg."
    assert broken() == []


def test_the_authority_is_told_once(noted, lena, client):
    actions.tell(breach=noted, told_at=made.NOW, text="Kvittering 17.", late_reason="", by=lena, now=made.NOW)

    answer = client.post(reverse("breaches:tell", args=[noted.pk]), {"tell-told_at": made.wall(made.NOW)[:16], "tell-text": "Kvittering 18."})

    assert answer.status_code == 409
    assert answer.context["tell_form"]["text"].value() == "Kvittering 18."
    with pytest.raises(actions.AlreadyTold):
        actions.tell(breach=noted, told_at=made.NOW, text="Kvittering 18.", late_reason="", by=lena, now=made.NOW)
    assert acts(noted) == [Act.TOLD]


def test_nobody_was_told_before_it_was_known_nor_in_time_to_come(noted, lena):
    for told_at in (noted.aware_at - DAY, made.NOW + DAY):
        with pytest.raises(actions.Incomplete) as refused:
            actions.tell(breach=noted, told_at=told_at, text="Kvittering 17.", late_reason="", by=lena, now=made.NOW)
        assert set(refused.value.problems) == {"told_at"}


def test_whether_those_affected_must_be_told_is_decided_with_a_reason_and_then_done(noted, client):
    address = reverse("breaches:affected", args=[noted.pk])

    refused = client.post(address, {"affected-is_high_risk": "", "affected-text": ""})
    kept = client.post(address, {"affected-is_high_risk": "yes", "affected-text": "Barnas vern."})
    client.post(
        reverse("breaches:affected-told", args=[noted.pk]), {"affected-told-told_at": made.wall(made.NOW)[:16], "affected-told-text": "Kontaktpersonene."}
    )

    assert set(refused.context["affected_form"].errors) == {"is_high_risk", "text"}
    assert kept.status_code == 302
    assert acts(noted) == [Act.AFFECTED_DECIDED, Act.AFFECTED_TOLD]
    assert broken() == []


@pytest.mark.parametrize("decided", [None, False])
def test_those_affected_are_told_without_such_a_decision_only_with_the_reason_which_stands_in_the_draft(settings, noted, lena, client, decided):
    settings.LANGUAGE_CODE = "en"
    if decided is not None:
        actions.decide_affected(breach=noted, is_high_risk=decided, text="Innholdet var kjent.", by=lena, now=made.NOW)
    address = reverse("breaches:affected-told", args=[noted.pk])
    told = {"affected-told-told_at": made.wall(made.NOW)[:16], "affected-told-text": "Kontaktpersonene."}

    refused = client.post(address, told)
    kept = client.post(address, told | {"affected-told-undecided_reason": "De spurte selv."})

    assert (refused.status_code, set(refused.context["affected_told_form"].errors)) == (422, {"undecided_reason"})
    assert acts(noted)[-2:] == [Act.AFFECTED_TOLD, Act.AFFECTED_REASON]
    assert "De spurte selv." in text_of("Whether those affected must be told", client.get(kept.url))
    assert broken() == []


def test_a_supplement_stands_beside_the_first_words_which_nothing_changes(noted, client):
    client.post(reverse("breaches:supplement", args=[noted.pk]), {"supplement-text": "Tre meldinger er funnet."})
    page = client.get(reverse("breaches:detail", args=[noted.pk]))

    told = [text for _label, text in page.context["parts"]]
    assert noted.nature in told and "Tre meldinger er funnet." in told
    for model in (Breach, Step):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(at=made.NOW)


def test_the_numbers_of_a_newer_statement_stand_beside_the_first_with_its_day(settings, bergen, lena, client):
    settings.LANGUAGE_CODE = "en"
    reports(bergen, 7)
    noted = breach(bergen, by=lena, statement=issue(bergen, by=lena))
    reports(bergen, 8, 9)
    newer = issue(bergen, by=lena, now=made.NOW + DAY)
    address = reverse("breaches:supplement", args=[noted.pk])

    kept = client.post(address, {"supplement-text": "To til er funnet.", "supplement-statement": newer.pk})
    again = client.post(address, {"supplement-text": "Enda en gang.", "supplement-statement": newer.pk})
    page = client.get(kept.url)

    assert text_of("Number of messages", page) == "1"
    [supplement] = [text for _label, text in page.context["parts"] if "To til er funnet." in text]
    assert f"Statement {newer.number}, as of" in supplement and "3 messages, 3 children" in supplement
    assert (again.status_code, set(again.context["supplement_form"].errors)) == (422, {"statement"})
    assert f"statement {newer.number}" in client.get(reverse("breaches:list")).content.decode()
    assert broken() == []


def test_managers_are_reminded_before_the_hours_end_and_when_they_have_and_not_of_what_was_told(settings, noted, lena, mailoutbox):
    settings.SENDS_MAIL = True

    def sent(hours):
        at = noted.aware_at + timedelta(hours=hours)
        reminding.remind(now=at)
        telling.send_due(clock=lambda: at, ways=sending.WAYS)
        return len(mailoutbox)

    assert [sent(hours) for hours in (47, 48, 49, 67, 73, 100)] == [0, 1, 1, 2, 3, 3]
    assert {one.to[0] for one in mailoutbox} == {lena.email}
    assert all(reverse("breaches:detail", args=[noted.pk]) in one.body and noted.nature not in one.body for one in mailoutbox)
    assert "24" in mailoutbox[0].body

    other = breach(noted.service, by=lena)
    reminding.remind(now=made.NOW + 2 * DAY)
    actions.tell(breach=other, told_at=made.NOW + 2 * DAY, text="Kvittering 18.", late_reason="", by=lena, now=made.NOW + 2 * DAY)
    assert sent(48) == 3


def test_the_draft_is_a_pdf_for_who_has_just_signed_in_and_the_trail_is_told(noted, client):
    answer = client.post(reverse("breaches:draft", args=[noted.pk]))

    assert answer.content.startswith(b"%PDF-") and b"pdfuaid" in answer.content
    entry = Entry.objects.get(verb="exported", kind="breach", object_id=noted.pk)
    assert len(json.loads(entry.text)["details"]["sha256"]) == 64

    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1}]
    session.save()
    assert client.post(reverse("breaches:draft", args=[noted.pk])).url.startswith(reverse("account_reauthenticate"))


def test_the_trail_tells_of_noting_and_of_telling(noted, lena):
    actions.tell(breach=noted, told_at=made.NOW, text="Kvittering 17.", late_reason="", by=lena, now=made.NOW)

    assert list(Entry.objects.filter(kind="breach").order_by("pk").values_list("verb", flat=True)) == ["breach_noted", "breach_told"]


def test_the_start_page_counts_what_the_authority_was_not_told_of_and_leads_there(noted, lena, client):
    def line():
        return [one for one in client.get(reverse("today")).context["numbers"] if one.url.startswith(reverse("breaches:list"))]

    [number] = line()
    assert (number.count, number.is_alarm) == (1, False)
    assert "72" in number.note
    assert [one for one, _clock in client.get(number.url).context["breaches"]] == [noted]

    actions.tell(breach=noted, told_at=made.NOW, text="Kvittering 17.", late_reason="", by=lena, now=made.NOW)
    assert line() == []
    assert client.get(number.url).context["breaches"] == []


def test_only_managers_get_there_and_only_in_their_own_service(scenes, bergen, sandefjord, noted):
    address = reverse("breaches:detail", args=[noted.pk])

    assert signed_in(scenes.person("Stine", "manager", of=sandefjord)).get(address).status_code == 404
    assert signed_in(scenes.person("Anne", "caseworker", of=bergen)).get(address).status_code == 403


def test_an_auditor_sees_the_clock_and_changes_nothing(scenes, bergen, noted):
    petra = signed_in(scenes.person("Petra", "auditor", of=bergen))

    [number] = petra.get(reverse("today")).context["numbers"][-1:]
    page = petra.get(reverse("breaches:detail", args=[noted.pk])).text

    assert number.url.startswith(reverse("breaches:list"))
    assert reverse("breaches:list") in petra.get(reverse("overview:page")).text
    assert not [name for name in ("draft", "tell", "supplement", "affected", "affected-told") if reverse(f"breaches:{name}", args=[noted.pk]) in page]
    assert petra.post(reverse("breaches:draft", args=[noted.pk])).status_code == 403


def test_a_statement_of_another_service_is_no_choice(sandefjord, bergen, scenes, client):
    foreign = issue(sandefjord, by=scenes.person("Stine", "manager", of=sandefjord))

    answer = client.post(reverse("breaches:new"), typed(bergen, statement=foreign.pk))

    assert set(answer.context["form"].errors) == {"statement"}


def test_a_statement_leads_to_a_breach_with_its_numbers(bergen, lena, client):
    statement = issue(bergen, by=lena)

    address = f"{reverse('breaches:new')}?statement={statement.pk}"
    page = client.get(address)

    assert address in client.get(reverse("statements:detail", args=[statement.pk])).content.decode()
    assert page.context["form"].initial == {"statement": statement.pk, "service": bergen.code}
