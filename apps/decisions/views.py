"""One delivery on one screen, with the decision form; the second look; withdrawing.

`beside` gives what stands beside a delivery that decisions do not know, whose turn it is and the list it was opened from; it is given by config.urls.
"""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.calls import queries as calls
from apps.decisions import actions, come_back, queries, ties
from apps.decisions.forms import KEEP_OPEN, DecisionForm, LookForm, WithdrawalForm
from apps.decisions.history import TIES, history, lines
from apps.decisions.models import Decision
from apps.decisions.outcomes import CLOSING, POINTS_AT, Outcome
from apps.decisions.seen import seen_by
from apps.decisions.way import onward
from apps.decisions.wording import NOT_FILLED_IN, SAID, eyes, outcome_label, refusal, status_of
from apps.deliveries.candidates import candidates
from apps.deliveries.clocks import clocks
from apps.deliveries.evidence import evidence, told_of
from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.deliveries.way import list_url, with_list
from apps.handovers import queries as handovers
from apps.ledger.models import HANDOVER, PERSON, Direction, Reference
from apps.letters.queries import letters_of
from apps.outages import queries as outages


@needs(Permission.SEE_DELIVERIES)
def one_delivery(request, pk, beside):
    """Everything known about a delivery, and what may be done; an earlier id leads to the delivery it was joined to."""
    delivery = seen(request, pk)
    if delivery.pk != pk:
        query = request.GET.urlencode()
        return redirect(reverse("deliveries:detail", args=[delivery.pk]) + (f"?{query}" if query else ""))
    return show(request, delivery, DecisionForm(direction=delivery.direction), beside)


@require_POST
@needs(Permission.DECIDE)
def decide(request, pk, beside):
    """The chosen outcome's fields, or the decision itself."""
    delivery = seen(request, pk)
    form = DecisionForm(request.POST, direction=delivery.direction)
    if "choose" in request.POST:
        return show_choice(request, delivery, form, beside)
    status = NOT_FILLED_IN
    if form.is_valid():
        try:
            decision = actions.decide(
                delivery=delivery,
                outcome=request.POST.get("outcome", ""),
                fields=form.typed(),
                by=request.user,
                now=timezone.now(),
                expected_version=form.cleaned_data["version"] or 0,
            )
        except SAID as error:
            status = refuse(form, error, eyes(request.user, delivery.service_id))
        else:
            messages.success(request, done(decision))
            return redirect(onward(request, decision))
    return show(request, seen(request, pk), form, beside, status=status)


@require_POST
@needs(Permission.DECIDE)
def withdraw(request, pk, beside):
    decision = get_object_or_404(Decision.objects.visible_to(request.user).select_related("reference"), pk=pk)
    form = WithdrawalForm(request.POST)
    status = NOT_FILLED_IN
    if form.is_valid():
        try:
            actions.withdraw(decision=decision, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except SAID as error:
            status = refuse(form, error, eyes(request.user, decision.service_id))
        else:
            messages.success(request, _("The decision is withdrawn. The message is judged by its evidence again."))
            return redirect(with_list(reverse("deliveries:detail", args=[decision.reference.delivery]), list_url(request)))
    delivery = seen(request, decision.reference.delivery)
    return show(request, delivery, DecisionForm(direction=delivery.direction), beside, status=status, withdrawal=form, withdraws=decision)


@needs(Permission.SECOND_LOOK)
def look(request, pk, beside):
    """The evidence without the first verdict, for one's own; afterwards both, side by side."""
    decision = get_object_or_404(Decision.objects.visible_to(request.user).select_related("reference", "by"), pk=pk, needs_look=True)
    delivery = seen(request, decision.reference.delivery)
    if request.method != "POST" or "choose" in request.POST:
        form = LookForm(request.POST or None, direction=delivery.direction)
        return show_look(request, decision, delivery, form, beside)
    form = LookForm(request.POST, direction=delivery.direction)
    status = NOT_FILLED_IN
    if form.is_valid():
        try:
            given = actions.review(decision=decision, **verdict(form), by=request.user, now=timezone.now(), expected_known=form.cleaned_data["known"])
        except SAID as error:
            status = refuse(form, error, eyes(request.user, delivery.service_id))
        else:
            messages.success(request, _("You agree: the decision stands.") if given.agrees else _("You differ: the message is back in the queue."))
            return redirect(with_list(reverse("decisions:look", args=[pk]), list_url(request)))
    return show_look(request, decision, delivery, form, beside, status=status)


def seen(request, pk):
    """The delivery that this id belongs to now, if the person may see it; foreign and absent ids give the same 404."""
    mine = outages.with_falls(told_of(Delivery.objects.visible_to(request.user)))
    delivery = mine.filter(pk=pk).first() or mine.filter(pk__in=Reference.objects.filter(pk=pk).values("delivery")).first()
    if delivery is None:
        raise Http404
    return delivery


def refuse(form, error, reader):
    """The sentence beside its field; returns what the page is answered with."""
    form.refuse(refusal(error, reader))
    return status_of(error)


def viewed(request, delivery, now, **details):
    """Before anything of it is shown: what could not be told is not seen."""
    audit.record(verb=Verb.VIEWED, by=request.user, services=[delivery.service_id], about=(Kind.DELIVERY, delivery.pk), now=now, **details)


def show(request, delivery, form, beside, status=200, **more):
    now = timezone.now()
    came_from = list_url(request).partition("?")[0]
    why = come_back.why(delivery)
    viewed(request, delivery, now, **({"list": came_from} if came_from else {}), **({come_back.TOLD: why} if why else {}))
    reader = eyes(request.user, delivery.service_id)
    known = evidence(delivery=delivery, now=now)
    done = {event.code for event in known.events if event.source == PERSON}
    told = history(delivery, reader) if done or known.events_left_out else []  # each decision is an event too
    homes = [reference.pk for reference in known.references]
    called = list(calls.about(homes=homes)) if "called" in done else []
    handed = list(handovers.about(homes=homes)) if "handed_over" in done else []
    taken_from = handovers.received(homes=homes) if any(reference.namespace == HANDOVER for reference in known.references) else None
    tied = ties.who(delivery, homes) if done.intersection(TIES) else {}
    if answered := [call.answer.day for call in called if hasattr(call, "answer")]:
        known = replace(known, clocks=clocks(delivery, now, min(answered)))
    context = {
        "now": now,
        "delivery": delivery,
        "known": known,
        "history": told,
        "events": lines(known.events, told, called, tied, handed),
        "calls": called,
        "handovers": handed,
        "taken_from": taken_from,
        "waits": next((entry for entry in told if entry.status == "waits"), None),
        "stands": next((entry for entry in told if entry.status == "stands"), None),
        "withdrawal": WithdrawalForm(),
        "candidates": candidates(delivery=delivery, now=now),
        "ties": ties.by_people(delivery, tied) if "tied" in done else [],
        "letters": letters_of(delivery) if delivery.direction == Direction.OUTBOUND else [],
        "outages": outages.windows(channel=delivery.channel, between=way_of(delivery), service=delivery.service_id) if delivery.may_fall_in else [],
        "may_review": (delivery.state in NEEDS_A_PERSON or delivery.outcome == Outcome.LOST) and reviews(request.user, delivery),
        "seen_by": seen_by(delivery) if accounts.scope(request.user).may(Permission.SEE_TRAIL, delivery.service_id) else None,
        **choice(request, delivery, form, reader, version=known.version),
        **beside(request, delivery, now),
        **more,
    }
    return render(request, "deliveries/detail.html", context, status=status)


def reviews(user, delivery):
    """Whether the person may open a review of what else the same fault may have hit."""
    return delivery.service_id in accounts.scope(user).services(Permission.REVIEW_INCIDENTS)


def way_of(delivery):
    """The time in which an outage or a fault may have hit it: from the first that is known of it to the last step on its way."""
    return delivery.first_at, max(delivery.first_at, delivery.progress_at or delivery.first_at)


def show_choice(request, delivery, form, beside):
    """Only the form, when a script asked for the fields of another outcome; the whole page without one."""
    form = unjudged(form)
    if not request.htmx:
        return show(request, delivery, form, beside)
    return render(request, "decisions/parts/decide.html", choice(request, delivery, form, eyes(request.user, delivery.service_id)))


def unjudged(form):
    """As typed, without errors: the person is still choosing."""
    form.is_valid()
    form.errors.clear()
    return form


def choice(request, delivery, form, reader, version=None):
    """What the form needs. What may not be done stays visible, with the reason. `version` is asked for where the evidence has not told it."""
    refused = not reader.may_decide
    closing_refused = ""
    if delivery.look_waits:
        closing_refused = _("A decision waits for its second look. Until that is given or the decision is withdrawn, no other can be made.")
    elif delivery.state == State.SETTLED:
        closing_refused = _("A decision stands. Withdraw it before you make another.")
    elif delivery.state == State.ARRIVED:
        closing_refused = _("The message has arrived, so there is nothing to decide.")
    return {
        "delivery": delivery,
        "form": form,
        "reader": reader,
        "version": queries.version(delivery) if version is None else version,
        "is_refused": refused,
        "closing_refused": closing_refused,
        "sending_refused": refused or (closing_refused and form.chosen in CLOSING),
        "list_url": list_url(request),
    }


def show_look(request, decision, delivery, form, beside, status=200):
    if request.POST and "choose" in request.POST:
        form = unjudged(form)
    now = timezone.now()
    viewed(request, delivery, now, look=decision.pk)
    reader = eyes(request.user, delivery.service_id)
    told = history(delivery, reader)
    this = next(entry for entry in told if entry.decision == decision)
    known = evidence(delivery=delivery, now=now)
    context = {
        "now": now,
        "delivery": delivery,
        "known": known,
        "events": lines(known.events, told),
        "decision": this,
        # While somebody chooses, what they had seen stays what it was; a page that comes back refused shows what is known now.
        "version": request.POST.get("known") if "choose" in request.POST else len(known.events) + known.events_left_out,
        "news": [event for event in known.events if event.pk > decision.event_id and event.source != PERSON],
        "tried": [entry for entry in told if entry.status == "noted"],
        "candidates": candidates(delivery=delivery, now=now),
        "was_tried": decision.tried if reader.sees_texts else "",
        "form": form,
        "reader": reader,
        "is_own": decision.by == request.user,
        "action": reverse("decisions:look", args=[decision.pk]),
        "second_outcome": outcome_label(this.look.outcome) if this.look else "",
        "list_url": list_url(request),
        **beside(request, delivery, now),
    }
    template = "decisions/parts/verdict.html" if request.htmx and "choose" in request.POST else "decisions/look.html"
    return render(request, template, context, status=status)


def verdict(form):
    """What the action takes: "" keeps it open, and nothing at all was chosen when the outcome is unknown."""
    if not form.chosen:
        raise actions.Incomplete({"outcome": _("Choose what you conclude.")})
    outcome = "" if form.chosen == KEEP_OPEN else form.chosen
    return {"outcome": outcome, "pointed_at": form.cleaned_data.get(POINTS_AT.get(outcome, ""), ""), "reason": form.cleaned_data["reason"]}


def done(decision):
    label = Outcome(decision.outcome).label
    if decision.needs_look:
        return _("“%(outcome)s” waits for a second look by another person.") % {"outcome": label}
    return (_("Decided: %(outcome)s.") if decision.closes else _("Noted: %(outcome)s.")) % {"outcome": label}
