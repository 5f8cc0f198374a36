"""The start page, with for each role the few numbers that matter. Each number is a link to exactly its rows."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.decisions import come_back, draws
from apps.decisions import queries as decisions
from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.deliveries.tables import DeliveryTable
from apps.feeds.filters import BEHIND
from apps.feeds.models import Rejection
from apps.feeds.queries import Part
from apps.handovers import queries as handovers
from apps.ledger.models import Direction, Import
from apps.reports import today

SHOWN_OF_WHAT_RUNS_OUT = 5
SERVICES_SHOWN = 12


@dataclass(frozen=True)
class Number:
    """A number, what it counts, and where its rows are; an alarm is red, and only for what can still be saved or has stopped."""

    label: str
    count: int
    url: str
    note: str = ""
    is_alarm: bool = False


def listed(direction: str, slug: str, **filters: str) -> str:
    query = f"?{urlencode(filters)}" if filters else ""
    return reverse("worklists:list", args=[direction, slug]) + query


@method_decorator(needs(), name="dispatch")
class Today(TemplateView):
    """`further` are functions that give numbers of apps which reports do not know, for the request, its services and the clock: as arguments of Number.
    `warnings` are such functions too, and give what stands in red above the numbers: each a `text`, its `count` and the `url` of its rows."""

    template_name = "reports/today.html"
    further = ()
    warnings = ()

    @cached_property
    def now(self):
        return timezone.now()

    @cached_property
    def scope(self):
        return accounts.scope(self.request.user)

    @cached_property
    def services(self):
        return in_view.service_ids(self.request)

    @cached_property
    def open_deliveries(self):
        return Delivery.objects.visible_to(self.request.user).in_services(self.services).open()

    @cached_property
    def work(self):
        may_look = self.scope.services(Permission.SECOND_LOOK)
        return today.work(self.open_deliveries, may_look=may_look, proposed_by_me=decisions.proposed_by(self.request.user), now=self.now)

    def numbers_of_work(self):
        """What runs out, what is new, what waits for me; letters and messages from the service only where there are some."""
        if not self.scope.may(Permission.SEE_DELIVERIES):
            return []
        since = timezone.localdate(today.yesterday(now=self.now)).isoformat()
        inbound, outbound = self.work[Direction.INBOUND], self.work[Direction.OUTBOUND]
        numbers = [
            Number(_("Copy gone within 7 days"), inbound.running_out, listed("inbound", "open", left="7"), _("can still be saved"), inbound.running_out > 0),
            Number(_("New since yesterday"), inbound.new, listed("inbound", "open", since=since)),
            Number(_("Open, to the service"), inbound.open, listed("inbound", "open")),
            Number(_("Open, from the service"), outbound.open, listed("outbound", "open")),
        ]
        if self.scope.may(Permission.SECOND_LOOK):
            looks = {direction: self.work[direction].looks for direction in Direction.values}
            numbers += [
                Number(_("Waiting for a second look from you"), count, listed(direction, "second-look", look="mine"), str(Direction(direction).label).lower())
                for direction, count in looks.items()
                if count or direction == Direction.INBOUND
            ]
            if drawn := self.drawn():
                numbers.append(
                    Number(_("Drawn for another look"), drawn, reverse("decisions:drawn") + "?turn=mine", _("by somebody who has not given a verdict"))
                )
        if self.scope.may(Permission.DECIDE) and (offered := handovers.unanswered(services=self.services, now=self.now).count()):
            url = reverse("handovers:list") + f"?{urlencode({'answered': 'no'})}"
            numbers.append(Number(_("Offered by other services"), offered, url, _("goes back if nobody answers")))
        return numbers

    def drawn(self):
        """How many messages chance has chosen that this person may look at again."""
        may_look = [service for service in self.scope.services(Permission.SECOND_LOOK) if service in self.services]
        return draws.waiting(services=may_look).filter(draws.for_whom(self.request.user)).count()

    def numbers_of_files(self):
        numbers = []
        chosen = in_view.service(self.request)
        query = f"?{urlencode({'service': chosen.code})}" if chosen else ""
        if self.scope.may(Permission.SEE_REJECTIONS):
            rejected = Rejection.objects.open().visible_to(self.request.user).filter(service__in=self.services).count()
            numbers.append(Number(_("Rejected lines"), rejected, reverse("imports:rejected") + query, _("each may be a report that nobody has read")))
        if self.scope.may(Permission.SEE_IMPORTS):
            files = today.files(Import.objects.visible_to(self.request.user).in_services(self.services))
            stopped = ngettext("%(count)s needs a person", "%(count)s need a person", files.needs_a_person) % {"count": files.needs_a_person}
            url = reverse("imports:list", args=[Part.NEVER_COMPLETED]) + query
            feeds_url = reverse("imports:feeds") + (f"{query}&" if query else "?") + urlencode({"standing": BEHIND})
            if self.scope.may(Permission.IMPORT_FILES) and files.waiting:
                asked = reverse("imports:list", args=[Part.WAITING]) + query
                numbers.append(Number(_("Files waiting for your yes"), files.waiting, asked, _("nothing of them is brought in before")))
            behind = today.feeds_behind(services=self.services, now=self.now)
            if behind:
                numbers.append(Number(_("Feeds late or silent"), behind, feeds_url, _("a file was expected and has not come")))
            numbers.append(Number(_("Imports not completed"), files.unfinished, url, stopped if files.needs_a_person else "", files.needs_a_person > 0))
        return numbers

    def numbers_of_others(self):
        return [Number(**said) for further in self.further for said in further(self.request, self.services, self.now)]

    def came_back(self):
        """Decisions that are the person's concern again."""
        if not self.scope.may(Permission.SEE_DELIVERIES):
            return []
        managed = [service for service in self.scope.services(Permission.ASSIGN) if service in self.services]
        return come_back.came_back(user=self.request.user, services=self.services, managed=managed)

    def handed_back(self):
        """What the person handed over to another service and is their own service's again."""
        if not self.scope.may(Permission.DECIDE):
            return []
        return list(handovers.come_back(user=self.request.user, services=self.services))

    def running_out(self):
        """The first few of what runs out, so that the day can begin with a click."""
        if not self.scope.may(Permission.SEE_DELIVERIES) or not self.work[Direction.INBOUND].running_out:
            return None
        soon = self.open_deliveries.inbound().filter(gone_at__gt=self.now, gone_at__lte=self.now + deliveries.RUNNING_OUT)
        rows = list(deliveries.rows_of(deliveries.in_rescue_order(soon, now=self.now)[:SHOWN_OF_WHAT_RUNS_OUT]))
        hidden = ("reporter", "since", *(() if len(self.services) > 1 else ("service",)))
        audit.record(verb=Verb.LISTED, by=self.request.user, services=self.services, now=self.now, list=self.request.path, count=len(rows))
        table = DeliveryTable(rows, now=self.now, orderable=False, exclude=hidden, origin=listed("inbound", "open", left="7"))
        table.prepare(self.request.GET)
        return table

    def reach(self):
        if not self.scope.may(Permission.SEE_DELIVERIES):
            return []
        return list(today.reach(services=self.services)[:SERVICES_SHOWN])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            now=self.now,
            warnings=[said for warning in self.warnings for said in warning(self.request, self.services, self.now)],
            numbers=self.numbers_of_work() + self.numbers_of_files() + self.numbers_of_others(),
            came_back=self.came_back(),
            handed_back=self.handed_back(),
            table=self.running_out(),
            running_out_url=listed("inbound", "open", left="7"),
            reach=self.reach(),
            more_services=max(0, len(self.services) - SERVICES_SHOWN),
            brings_in_files=self.scope.may(Permission.IMPORT_FILES),
            sees_across=self.scope.may(Permission.SEE_ACROSS),
            figures_only=not self.scope.may(Permission.SEE_DELIVERIES) and self.scope.may(Permission.SEE_FIGURES),
            **kwargs,
        )
