"""The trail as lists; one person's; one message's; attempts that were denied; unusual days. All of it is for auditors, and looking at it is told too."""

from datetime import timedelta

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts import fresh, in_view
from apps.accounts.access import needs
from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit import queries as trail
from apps.audit.models import Entry
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Delivery
from apps.trail import queries, volumes
from apps.trail.filters import EntryFilter
from apps.trail.tables import EntryTable, SeenTable, UnusualTable, rows_url
from apps.ui.filters import start_of
from apps.ui.pages import Tab, TablePage

COUNTED_TO = 10_000
LOOKED_BACK = timedelta(days=30)
SHOWN_OF_A_PERSON = 25


def in_sight(request):
    """The services whose trail the page shows: the one in view, if its trail may be seen, or all of the person's."""
    chosen = in_view.service(request)
    return [chosen] if chosen in auditable(request) else auditable(request)


def auditable(request):
    """One query a request."""
    if not hasattr(request, "_auditable"):
        request._auditable = queries.services(request.user)
    return request._auditable


def visible(request):
    return queries.entries(services=[service.pk for service in in_sight(request)])


def looked(request, now, verb=Verb.LISTED, **details):
    """In the national chain, however many services it was about: whose trail one may see is known, and a row for each would bury what others did."""
    asked = {name: value for name, value in request.GET.items() if value}
    audit.record(verb=verb, by=request.user, now=now, list=request.path, filter=asked, **details)


def completed(entries):
    """Names in place of ids, for one page of entries."""
    people = queries.names(number for entry in entries for number in (entry.person_id, entry.object_id if entry.kind == Kind.PERSON else None))
    places = queries.service_names(entry.service_id for entry in entries)
    for entry in entries:
        entry.who = people.get(entry.person_id, "")
        entry.whom = people.get(entry.object_id, "") if entry.kind == Kind.PERSON else ""
        entry.service = places.get(entry.service_id)


def tabs(request):
    pages = (("trail:list", _("Everything")), ("trail:denied", _("Denied attempts")), ("trail:unusual", _("Unusual days")))
    return [Tab(label, reverse(name), is_here=request.path == reverse(name)) for name, label in pages]


@method_decorator(needs(Permission.SEE_TRAIL), name="dispatch")
class EntryList(TablePage):
    title = gettext_lazy("Trail")
    lead = gettext_lazy(
        "Who saw and did what, newest first. Nothing here can be changed or removed, and what one does on this page stands here too. Seals are shown when chosen."
    )
    table_class = EntryTable
    filterset_class = EntryFilter
    is_taken_out = True
    limit = COUNTED_TO

    @cached_property
    def newest(self):
        """What is told while the page is made is left out, so that the rows are those that were counted."""
        return Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    @cached_property
    def entries(self):
        """Without the seals, one a minute, unless they are asked for: they would bury what people did."""
        found = visible(self.request).filter(pk__lte=self.newest).order_by("-pk")
        return found if self.request.GET.get("verb") == Verb.SEALED else found.exclude(verb=Verb.SEALED)

    def get_queryset(self):
        return self.entries

    @cached_property
    def filterset(self):
        services = auditable(self.request)
        people = queries.people(self.entries, services=[service.pk for service in in_sight(self.request)], asked=self.request.GET.get("person", ""))
        return self.filterset_class(self.request.GET, self.entries, request=self.request, now=self.now, services=services, people=people)

    def table_kwargs(self):
        return {"exclude": () if len(in_sight(self.request)) > 1 else ("service",)}

    def complete(self, rows):
        completed(rows)

    def count_rows(self, queryset):
        return queryset.order_by()[:COUNTED_TO].count()

    def count_all(self):
        return self.count_rows(self.narrow(self.entries))

    def may_export(self):
        return True

    def shown(self, count):
        looked(self.request, self.now, count=count)

    def before_taking_out(self):
        fresh.ask(self.request)

    def taken_out(self, count):
        looked(self.request, self.now, Verb.EXPORTED, count=count)

    def tabs(self):
        return tabs(self.request)

    def described(self):
        one = in_sight(self.request)
        return [one[0].name] if len(one) == 1 and "service" not in self.request.GET else []

    def empty_reason(self):
        return _("Nobody has seen or done anything yet.")


class Denied(EntryList):
    title = gettext_lazy("Denied attempts")
    lead = gettext_lazy(
        "What people tried to open or do and were not let, newest first. A wrong link is the usual reason; many of one person are worth a question."
    )

    def narrow(self, queryset):
        return queryset.filter(verb=Verb.DENIED, position__isnull=False)  # all of them have one, and so the index of what was done is used

    def empty_reason(self):
        return _("Nobody was denied anything.")


@needs(Permission.SEE_TRAIL)
@require_safe
def unusual(request):
    """Days of the last 30 on which somebody viewed far more messages than they usually do, with the rule that says so."""
    now = timezone.now()
    days = queries.unusual(visible(request), now=now)
    names = queries.names(day.person_id for day in days)
    rows = [vars(day) | {"who": names.get(day.person_id, "")} for day in days]
    looked(request, now, count=len(rows))
    context = {"now": now, "tabs": tabs(request), "count": len(rows), "least": volumes.AT_LEAST, "times": volumes.TIMES}
    return render(request, "trail/unusual.html", context | {"table": prepared(UnusualTable(rows, now=now), request)})


@needs(Permission.SEE_TRAIL)
@require_safe
def person(request, pk):
    """What one person did in the last 30 days, counted, and the latest of it; nobody else than who is in the trail that one may see."""
    now = timezone.now()
    theirs = visible(request).filter(person_id=pk)
    if not theirs.exists() and pk not in queries.members(services=[service.pk for service in in_sight(request)]):
        raise Http404
    since = timezone.localdate(now - LOOKED_BACK)
    deeds = queries.deeds(visible(request), person=pk, since=start_of(since))
    rows = list(theirs.order_by("-pk")[:SHOWN_OF_A_PERSON])
    completed(rows)
    numbers = [(Verb(verb).label, count, rows_url(person=pk, verb=verb, from_day=since.isoformat())) for verb, count in deeds.most_common()]
    looked(request, now)
    context = {"now": now, "whose": get_object_or_404(User, pk=pk), "numbers": numbers, "since": since, "all_url": rows_url(person=pk), "count": len(rows)}
    return render(request, "trail/person.html", context | {"table": prepared(EntryTable(rows, now=now, exclude=("who",)), request)})


@needs(Permission.SEE_TRAIL)
@require_safe
def message(request, pk):
    """Who has seen a message, by any id that it has or had; one of another service is answered like one that is not there."""
    now = timezone.now()
    services, ids = [service.pk for service in in_sight(request)], queries.homes(pk)
    about = visible(request).filter(kind=Kind.DELIVERY, object_id__in=ids)
    delivery = Delivery.objects.filter(pk__in=ids, service__in=services).first()
    if delivery is None and not about.exists():
        raise Http404
    seen = list(trail.seen_by(kind=Kind.DELIVERY, ids=ids, services=services))
    names, besides = queries.names(one["person_id"] for one in seen), queries.besides(about)
    rows = [one | {"who": names.get(one["person_id"], ""), "more": besides[one["person_id"]]} for one in seen]
    looked(request, now)
    context = {"now": now, "number": pk, "delivery": delivery, "all_url": rows_url(delivery=pk), "all_count": about.count(), "count": len(rows)}
    return render(request, "trail/message.html", context | {"table": prepared(SeenTable(rows, now=now, delivery=pk), request)})


def prepared(table, request):
    table.prepare(request.GET)
    return table
