"""From one proven loss to the answers of every service: what is frozen stays, no row crosses services, and no answer is not the answer 0."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from apps.audit.models import Entry
from apps.deliveries.models import Delivery
from apps.incidents import actions, invariants, queries, reminding
from apps.incidents.models import Member, Review, Task
from apps.outages import actions as outages
from apps.walls import scope
from apps.watch import sending, telling
from config.wall import WRITTEN
from tests import scenes as made
from tests.pages import reports, shown, signed_in
from tests.walls.test_scope import session_of

CRITERIA = {"title": "Portalens tap", "direction": "inbound", "channel": "portal", "system": "Familia", "version": "40"}
DAYS = {"begins": date(2024, 1, 1), "ends": date(2024, 2, 8), "due_on": date(2024, 2, 20)}


def opened(by, *services, delivery=None, **other):
    return actions.open_review(**{**CRITERIA, **DAYS, **other}, services=services, delivery=delivery, by=by, now=made.NOW)


def as_person(user):
    return scope.acting(scope.person(user=user.pk, session=session_of(user, lasts=timedelta(days=1))))


def progress(review, service):
    return {one.service: one for one in queries.progress(review=review, services=[service.pk], now=made.NOW)}[service]


@pytest.fixture
def lost(scenes, bergen):
    """Six reports after the adoption and one before it, the oldest last; nobody can prove that they arrived."""
    return reports(bergen, 7, 8, 9, 10, 11, 12, 30)


@pytest.fixture
def task(lost, lena):
    review = opened(lena, delivery=lost[0])
    actions.freeze(review=review, by=lena, now=made.NOW)
    return Task.objects.select_related("review", "service").get()


def test_a_cohort_holds_the_messages_from_the_adoption_to_the_patch(lost, bergen, lena):
    outages.arrange(
        service=bergen, system="Familia", version="40", adopted_on=date(2024, 1, 20), patched_on=date(2024, 1, 30), ended_on=None, by=lena, now=made.NOW
    )

    (one,) = queries.concerned(review=opened(lena, delivery=lost[0]), services=[bergen.pk], now=made.NOW)

    assert (one.service, one.first_day, one.last_day) == (bergen, date(2024, 1, 20), date(2024, 1, 30))
    assert (one.number, one.in_doubt) == (4, 4)  # those of 9 to 12 days ago


def test_a_service_that_used_another_version_is_not_concerned(lost, bergen, lena):
    assert queries.concerned(review=opened(lena, version="41"), services=[bergen.pk], now=made.NOW) == []


def test_a_service_of_which_nobody_said_anything_is_named_and_not_counted_as_missed(lost, bergen, lena, nina):
    asker = made.service("3203")
    with as_person(nina):
        review = opened(nina)
        assert list(queries.unsaid(review=review, services=None)) == [asker]
        assert asker not in [one.service for one in queries.concerned(review=review, services=None, now=made.NOW)]
    assert list(queries.unsaid(review=review, services=[bergen.pk])) == []
    assert asker.name in signed_in(nina).get(reverse("incidents:review", args=[review.pk])).content.decode()


def test_a_fault_of_no_case_system_concerns_a_service_all_the_time(lost, bergen, lena):
    (one,) = queries.concerned(review=opened(lena, system="", version=""), services=[bergen.pk], now=made.NOW)

    assert (one.first_day, one.last_day, one.number) == (DAYS["begins"], DAYS["ends"], 7)


def test_what_is_frozen_stays_whatever_comes(task, lost, bergen):
    before = set(Member.objects.values_list("reference", "state"))
    later = reports(bergen, 8)
    made.registration(bergen, at=made.RECEIVED, portal=portal_of(lost[0]), case="17")

    assert before == set(Member.objects.values_list("reference", "state")) == {(one.pk, "unconfirmed") for one in lost[:6]}
    assert (task.number, task.in_doubt) == (6, 6)
    assert later[0] not in queries.messages(task=task)
    assert made.again(lost[0]).state == "arrived"
    assert invariants_hold()


def test_freezing_twice_is_refused_and_changes_nothing(task, lena):
    with pytest.raises(actions.AlreadyFrozen):
        actions.freeze(review=task.review, by=lena, now=made.NOW)
    response = signed_in(lena).post(reverse("incidents:freeze", args=[task.review_id]))

    assert response.status_code == 409
    assert (Task.objects.count(), Member.objects.count()) == (1, 6)


def test_a_coordinator_freezes_in_all_services_and_sees_numbers_alone(lost, bergen, sandefjord, nina, lena):
    reports(sandefjord, 7, 8)
    with as_person(nina):
        review = opened(nina)
        waiting = {one.service: (one.number, one.in_doubt) for one in queries.concerned(review=review, services=None, now=made.NOW)}
        made_tasks = actions.freeze(review=review, by=nina, now=made.NOW)
        told = {one.service: (one.number, one.in_doubt, one.count) for one in queries.progress(review=review, services=None, now=made.NOW)}
        assert not Task.objects.exists() and not Member.objects.exists() and not Delivery.objects.exists()
        with pytest.raises(actions.AlreadyFrozen):
            actions.freeze(review=review, by=nina, now=made.NOW)

    assert made_tasks == 2
    assert waiting == {bergen: (None, None), sandefjord: (None, None)}
    assert told == {bergen: (6, 6, None), sandefjord: (None, None, None)}
    assert list(Task.objects.order_by("number").values_list("service__code", "number")) == [("3907", 2), ("4601", 6)]
    assert invariants_hold()
    assert set(Entry.objects.filter(verb="froze").values_list("service_id", flat=True)) == {None, bergen.pk, sandefjord.pk}


@pytest.mark.parametrize("function", ["cohort", "freeze", "progress"])
@pytest.mark.parametrize("role", ["manager", "auditor"])
def test_nobody_else_is_told_or_freezes_across_services(lost, bergen, lena, role, function):
    review, kari = opened(lena), made.person("Kari", role, of=bergen)

    with as_person(kari), pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM wall.{function}(%s, %s)", [review.pk, made.NOW])

    assert refused.value.__cause__.sqlstate == "42501"
    assert not Task.objects.exists()


def test_a_manager_freezes_in_their_own_services_alone(lost, bergen, sandefjord, lena):
    reports(sandefjord, 7)
    with as_person(lena):
        actions.freeze(review=opened(lena), by=lena, now=made.NOW)

    assert list(Task.objects.values_list("service__code", flat=True)) == ["4601"]


def test_what_a_manager_froze_a_coordinator_keeps(task, bergen, sandefjord, nina):
    reports(sandefjord, 7)
    reports(bergen, 8)
    with as_person(nina):
        assert actions.freeze(review=task.review, by=nina, now=made.NOW) == 1

    assert set(Task.objects.values_list("service__code", "number")) == {("4601", 6), ("3907", 1)}


def test_where_every_service_has_its_task_the_coordinators_freeze_is_kept_too(task, nina):
    with as_person(nina):
        assert actions.freeze(review=task.review, by=nina, now=made.NOW) == 0
        with pytest.raises(actions.AlreadyFrozen):
            actions.freeze(review=task.review, by=nina, now=made.NOW)

    assert Task.objects.count() == 1
    assert invariants_hold()


def test_a_service_that_is_found_later_is_frozen_by_its_own_manager(task, bergen, nina):
    with as_person(nina):
        actions.freeze(review=task.review, by=nina, now=made.NOW)
    asker = made.service("3203")
    mads = made.person("Mads", "manager", of=asker)
    use = {"system": "Familia", "version": "40", "adopted_on": date(2024, 1, 20), "patched_on": None, "ended_on": None}
    outages.arrange(service=asker, **use, by=mads, now=made.NOW)

    response = signed_in(mads).post(reverse("incidents:freeze", args=[task.review_id]), follow=True)

    assert response.status_code == 200
    assert set(Task.objects.values_list("service__code", flat=True)) == {"4601", "3203"}


def test_without_anybody_in_reach_nothing_is_frozen(lena, nina):
    for by in (lena, nina):
        with as_person(by), pytest.raises(actions.ConcernsNobody):
            actions.freeze(review=opened(by, system="Ukjent"), by=by, now=made.NOW)


def test_not_answered_is_never_zero(task, bergen, lena, settings):
    settings.LANGUAGE_CODE = "en"
    unknown = "Nobody knows yet how many are lost. That is not none."
    before = progress(task.review, bergen)
    page = signed_in(lena).get(reverse("incidents:review", args=[task.review_id])).content.decode()
    actions.answer(task=task, count=0, method="each", text="", by=lena, now=made.NOW)
    after = progress(task.review, bergen)

    assert (before.is_answered, before.count) == (False, None)
    assert (after.is_answered, after.count) == (True, 0)
    assert unknown in page
    assert unknown not in signed_in(lena).get(reverse("incidents:review", args=[task.review_id])).content.decode()


def test_the_latest_answer_stands_and_the_earlier_stays(task, bergen, lena):
    for count in (4, 2):
        actions.answer(task=task, count=count, method="supplier", text="", by=lena, now=made.NOW)

    assert progress(task.review, bergen).count == 2
    assert list(task.answers.values_list("count", flat=True).order_by("pk")) == [4, 2]


@pytest.mark.parametrize(("typed", "field"), [("-1", "count"), ("7", "count"), ("", "count"), ("mange", "count"), ("99999999999999999999", "count")])
def test_a_count_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(task, lena, typed, field):
    response = signed_in(lena).post(reverse("incidents:answer", args=[task.pk]), {"count": typed, "method": "each", "text": "Lest i journalen."})

    assert response.status_code == 422
    assert list(response.context["answer_form"].errors) == [field]
    assert "Lest i journalen." in response.content.decode()
    assert not task.answers.exists()


def test_the_supplier_is_asked_and_answers_once(task, lena, scenes):
    client = signed_in(lena)
    client.post(reverse("incidents:ask", args=[task.pk]), {"day": "05.02.2024", "text": "Hvilke meldinger ble ikke lagret?"})
    question = task.questions.get()
    said = {"question": question.pk, "day": "07.02.2024", "text": "Seks, se vedlegg."}

    early = client.post(reverse("incidents:reply", args=[task.pk]), {**said, "day": "04.02.2024"})
    kept = client.post(reverse("incidents:reply", args=[task.pk]), said)
    again = client.post(reverse("incidents:reply", args=[task.pk]), said)

    assert (early.status_code, kept.status_code, again.status_code) == (422, 302, 409)
    assert list(early.context["reply_form"].errors) == ["day"]
    assert question.reply.text == "Seks, se vedlegg."
    assert progress(task.review, task.service).replied_on == date(2024, 2, 7)


def test_a_patch_before_the_adoption_is_refused_and_a_later_one_leaves_what_is_frozen(task, lena, bergen):
    client = signed_in(lena)
    early = client.post(reverse("incidents:patch", args=[task.pk]), {"day": "19.01.2024"})
    kept = client.post(reverse("incidents:patch", args=[task.pk]), {"day": "30.01.2024"})

    assert (early.status_code, kept.status_code) == (422, 302)
    assert list(early.context["patch_form"].errors) == ["day"]
    assert progress(task.review, bergen).patched_on == date(2024, 1, 30)
    assert (Task.objects.get().last_day, Member.objects.count()) == (DAYS["ends"], 6)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"ends": "31.12.2023"}, "ends"),
        ({"channel": "", "system": "", "version": ""}, "channel"),
        ({"system": ""}, "system"),
        ({"due_on": "01.02.2024"}, "due_on"),
        ({"begins": "09.02.2024", "ends": "10.02.2024"}, "begins"),
        ({"services": "4601 9999"}, "services"),
        ({"title": "Barnet 01018012345"}, "title"),
    ],
)
def test_criteria_that_cannot_be_are_refused_beside_their_field(lena, other, field):
    typed = CRITERIA | {"begins": "01.01.2024", "ends": "08.02.2024", "due_on": "20.02.2024", "services": ""} | other

    response = signed_in(lena).post(reverse("incidents:open"), typed)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Review.objects.exists()


def test_a_review_begins_with_a_loss_whose_case_system_and_fault_are_known(lost, bergen, lena, scenes):
    marked = {"kind": "fault", "channel": "portal", "system": "Familia", "version": "", "precision": "month", "what": "Meldinger ble ikke lagret."}
    said = {"said_by": "Bufdir", "said_on": date(2024, 2, 5), "source": "Brev"}
    outages.mark(service=None, **marked, **said, first_day=date(2023, 9, 1), last_day=date(2024, 2, 1), by=None, now=scenes.NOW)

    response = signed_in(lena).get(reverse("incidents:open"), {"delivery": lost[0].pk})

    initial = response.context["form"].initial
    assert (initial["channel"], initial["system"], initial["version"]) == ("portal", "Familia", "40")
    assert (initial["begins"], initial["ends"]) == (date(2023, 9, 1), date(2024, 2, 8))
    assert response.context["delivery"] == lost[0]


def test_no_review_begins_with_a_message_that_arrived_or_is_anothers(lost, bergen, sandefjord, lena):
    (foreign,) = reports(sandefjord, 7)
    made.registration(bergen, at=made.RECEIVED, portal=portal_of(lost[0]), case="17")

    with pytest.raises(actions.Incomplete):
        opened(lena, delivery=made.again(lost[0]))
    with pytest.raises(actions.NotAllowed):
        opened(lena, delivery=foreign)
    assert signed_in(lena).get(reverse("incidents:open"), {"delivery": foreign.pk}).status_code == 404


def test_claims_are_kept_with_day_and_source_and_never_counted(task, bergen, lena):
    actions.answer(task=task, count=0, method="each", text="", by=lena, now=made.NOW)
    claimed = {"unit": "reports", "teller": "press", "said_by": "NRK", "said_on": "06.02.2024", "source": "nyhet"}
    client = signed_in(lena)
    for number in ("70", "63"):
        client.post(reverse("incidents:claim", args=[task.review_id]), claimed | {"number": number})
    refused = client.post(reverse("incidents:claim", args=[task.review_id]), claimed | {"number": "-4", "said_on": "09.02.2024"})

    page = client.get(reverse("incidents:review", args=[task.review_id]))
    assert [one.number for one in page.context["claims"]] == [70, 63]
    assert page.context["lost"] == (0, 0)
    assert refused.status_code == 422
    assert set(refused.context["claim_form"].errors) == {"number", "said_on"}


def sent(mailoutbox, day):
    """How many mails there are when it has been looked at what is due on a day, at nine in the morning."""
    at = made.NOW.replace(hour=9) + timedelta(days=(day - made.NOW.date()).days)
    reminding.remind(now=at)
    telling.send_due(clock=lambda: at, ways=sending.WAYS)
    return len(mailoutbox)


def test_a_service_that_has_not_answered_is_reminded_each_week_and_at_last_its_coordinator_is_told(settings, lost, bergen, lena, nina, mailoutbox):
    settings.SENDS_MAIL = True
    with as_person(nina):
        review = opened(nina)
        actions.freeze(review=review, by=nina, now=made.NOW)
    frozen_on = made.NOW.date()

    assert [sent(mailoutbox, frozen_on + timedelta(days=days)) for days in (6, 7, 8, 14, 21, 40)] == [0, 1, 1, 2, 4, 4]
    assert [one.to[0] for one in mailoutbox[:2]] == [lena.email] * 2
    assert {one.to[0] for one in mailoutbox[2:]} == {lena.email, nina.email}
    assert all(reverse("incidents:review", args=[review.pk]) in one.body and review.title not in one.body for one in mailoutbox)
    with as_person(nina):
        (told,) = queries.progress(review=review, services=None, now=made.NOW)
    assert (told.reminders, told.reminded_at.date(), told.is_answered) == (3, frozen_on + timedelta(days=21), False)


def test_nobody_is_reminded_of_what_is_answered_nor_told_twice_of_what_was_due_earlier(settings, task, lena, mailoutbox):
    settings.SENDS_MAIL = True
    night = made.NOW.replace(hour=23) + timedelta(days=7)
    reminding.remind(now=night)
    actions.answer(task=task, count=0, method="each", text="", by=lena, now=night)

    assert sent(mailoutbox, made.NOW.date() + timedelta(days=8)) == 0
    assert sent(mailoutbox, made.NOW.date() + timedelta(days=22)) == 0


def test_the_progress_is_a_file_in_which_no_answer_is_no_number(settings, task, bergen, lena):
    settings.LANGUAGE_CODE = "en"
    client, address = signed_in(lena), reverse("incidents:review", args=[task.review_id])

    def row():
        lines = b"".join(client.get(f"{address}?format=csv").streaming_content).decode("utf-8-sig").splitlines()
        return dict(zip(lines[0].split(";"), next(line for line in lines if line.startswith("4601")).split(";"), strict=True))

    before = row()
    actions.answer(task=task, count=0, method="each", text="", by=lena, now=made.NOW)
    after = row()

    assert (before["Answer"], before["Lost, at least"], before["Lost, at most"]) == ("Not answered", "not known", "not known")
    assert (after["Answer"], after["Lost, at least"], after["Messages, at least"]) == ("Answered", "0", "6")
    assert client.get(f"{address}?format=xlsx")["Content-Type"].endswith("spreadsheetml.sheet")
    assert Entry.objects.filter(verb="exported", kind="incident", object_id=task.review_id, service_id=bergen.pk).count() == 3


def test_whoever_has_not_answered_in_time_is_behind(task, bergen):
    assert not progress(task.review, bergen).is_behind
    (late,) = queries.progress(review=task.review, services=[bergen.pk], now=made.NOW + timedelta(days=14))

    assert late.is_behind


def test_the_start_page_counts_the_tasks_that_wait_and_leads_to_them(task, lena):
    client = signed_in(lena)
    [number] = [one for one in client.get(reverse("today")).context["numbers"] if one.url.startswith(reverse("incidents:list"))]

    assert (number.count, number.is_alarm) == (1, False)
    assert list(client.get(number.url).context["tasks"]) == [task]
    actions.answer(task=task, count=0, method="each", text="", by=lena, now=made.NOW)
    assert list(client.get(number.url).context["tasks"]) == []
    assert [one for one in client.get(reverse("today")).context["numbers"] if one.url == number.url] == []


def test_a_coordinators_page_tells_no_small_number_and_leads_to_no_task(task, bergen, sandefjord, nina, lena):
    reports(sandefjord, 7, 8, 9)
    client = signed_in(nina)
    frozen = client.post(reverse("incidents:freeze", args=[task.review_id]))
    actions.answer(task=task, count=3, method="each", text="", by=lena, now=made.NOW)

    page = client.get(reverse("incidents:review", args=[task.review_id]))

    assert frozen.status_code == 302
    assert {one.service: (one.number, one.count, one.is_answered) for one in page.context["told"]} == {bergen: (6, None, True), sandefjord: (None, None, False)}
    assert page.context["lost"] == (1, 4)
    assert "1-4" in page.content.decode() and "/incidents/tasks/" not in page.content.decode()
    assert client.get(reverse("incidents:task", args=[task.pk])).status_code == 403


def test_a_sum_does_not_give_away_what_one_service_hides():
    assert queries.total([50, 0, None, None]) == (52, 58)
    assert queries.total([50, 0]) == (50, 50)
    assert queries.rough_total([50, 0, None]) == (46, 63)


def test_before_freezing_no_two_windows_give_a_day_away(bergen, nina):
    reports(bergen, *[8] * 13, *[9] * 3)
    with as_person(nina):
        told = [queries.concerned(review=opened(nina, ends=ends), services=None, now=made.NOW)[0].number for ends in (date(2024, 1, 31), date(2024, 1, 30))]

    assert told == [20, None]  # 16 and 3


def test_the_numbers_are_links_to_their_rows(task, lost, lena):
    client = signed_in(lena)
    page = client.get(reverse("incidents:task", args=[task.pk])).content.decode()
    url = reverse("incidents:messages", args=[task.pk])

    assert url in page and f"{url}?doubt=1" in page
    assert len(shown(client.get(url))) == task.number
    assert len(shown(client.get(f"{url}?doubt=1"))) == task.in_doubt


def test_what_is_told_across_services_is_written_into_two_tables_alone():
    assert set(WRITTEN) == {"incidents_task", "incidents_member"}


def portal_of(delivery):
    from apps.ledger.models import Reference

    return Reference.objects.get(pk=delivery.pk).value


def invariants_hold():
    return not [found for one in invariants.INVARIANTS for found in one.offending(made.NOW)]
