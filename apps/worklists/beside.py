"""What stands beside a delivery on its page: whose turn it is, and the part of the list that the person came from."""

import copy
from dataclasses import dataclass

from django.http import Http404, QueryDict
from django.urls import reverse

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.roles import Permission
from apps.deliveries.states import NEEDS_A_PERSON
from apps.deliveries.way import found, list_url, with_list
from apps.worklists import queries
from apps.worklists.forms import PauseForm
from apps.worklists.models import Step
from apps.worklists.views import WorklistPage
from apps.worklists.walk import GROUPS, KNOWN, Column, around


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, and what the person who reads may do about it."""

    steps: list[Step]
    held: Step | None
    aside: Step | None
    is_open: bool
    is_mine: bool
    may_work: bool
    may_assign: bool
    pause_form: PauseForm

    @property
    def may_claim(self):
        return self.is_open and self.may_work and self.held is None

    @property
    def may_release(self):
        return self.held is not None and (self.is_mine or self.may_assign)

    @property
    def may_pause(self):
        return self.is_open and self.may_work and self.aside is None and (self.held is None or self.is_mine)


def beside(request, delivery, now):
    """For the context of a delivery's page: `turn`, and `desk` when the person came from a worklist. Two queries."""
    return {"turn": turn(request.user, delivery, now), "desk": desk(request, delivery)}


def turn(user, delivery, now):
    steps = queries.steps(delivery=delivery, now=now)
    held = queries.holds(steps, now=now)
    mine = accounts.scope(user)
    return Turn(
        steps=steps,
        held=held,
        aside=queries.is_aside(steps),
        is_open=delivery.state in NEEDS_A_PERSON,
        is_mine=bool(held) and held.person_id == user.pk,
        may_work=mine.may(Permission.DECIDE, delivery.service_id),
        may_assign=mine.may(Permission.ASSIGN, delivery.service_id),
        pause_form=PauseForm(now=now, auto_id="pause-%s"),
    )


@dataclass(frozen=True)
class Desk:
    """The list beside the work: its name, its items around this one, and where one goes on and back to."""

    title: str
    list_url: str
    column: Column

    def rows(self):
        """Each item with its address, and the name of its group where one begins."""
        before = None
        for item in self.column.items:
            group = GROUPS[item.urgency] if item.urgency != before else ""
            before = item.urgency
            yield {"item": item, "url": self.address(item), "group": group, "of_group": self.column.counts[item.urgency], "is_here": item == self.column.here}

    @property
    def previous_url(self):
        return self.address(self.column.before)

    @property
    def next_url(self):
        return self.address(self.column.after)

    def address(self, item):
        known = ("&" if "?" in self.list_url else "?") + "known=1" if item and item.urgency == KNOWN else ""
        return with_list(reverse("deliveries:detail", args=[item.delivery]), self.list_url + known) if item else ""


def desk(request, delivery):
    """None when the person came from no worklist."""
    came_from = list_url(request)
    place = found(came_from)
    if place is None or place.view_name != "worklists:list":
        return None
    in_view.services(request)  # read once, for the copy too
    asked = copy.copy(request)
    asked.GET = QueryDict(came_from.partition("?")[2])
    page = WorklistPage()
    page.setup(asked, **place.kwargs)
    try:
        column = page.walked(around, delivery)
    except Http404:
        return None
    bare = came_from.replace("?known=1", "").replace("&known=1", "")
    return Desk(str(page.title), bare, column)
