"""The list of every delivery of the services in view, and the search for one by its reference."""

import re

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.accounts import fresh, in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import neighbours, queries
from apps.deliveries.filters import AllDeliveriesFilter
from apps.deliveries.models import Delivery
from apps.deliveries.tables import MEANINGS, DeliveryTable
from apps.ui import links
from apps.ui.pages import TablePage

COUNTED_TO = 10_000
IN_NO_REFERENCE = re.compile(r"""['"`;<>\\%*{}|]""")  # as no source writes it


class DeliveryPage(TablePage):
    """What every list of deliveries shares: rows of the services in view, their references, who may take them out."""

    table_class = DeliveryTable
    is_taken_out = True
    hidden_columns = ()

    def get_queryset(self):
        return Delivery.objects.visible_to(self.request.user).in_services(in_view.service_ids(self.request))

    def fetch(self, queryset):
        return list(queries.rows_of(queryset))

    def exportable(self, queryset):
        return queries.rows(queryset)

    def misunderstood(self, count):
        """A reference that nobody has is told from what no source would write: that is an attempt at something else."""
        said = super().misunderstood(count)
        if said or count or not IN_NO_REFERENCE.search(self.request.GET.get("reference", "")):
            return said
        return _("No source writes a reference with quotes, semicolons or brackets, and none was found. Search for the reference alone.")

    def table_kwargs(self):
        origin = self.request.path + links.replaced(self.request.GET, page=None).rstrip("?")
        return {"origin": origin, "exclude": (*self.hidden_columns, *(() if len(in_view.service_ids(self.request)) > 1 else ("service",)))}

    def meanings(self):
        return [(self.table_class.base_columns[name].verbose_name, meaning) for name, meaning in MEANINGS.items() if name in self.table_class.base_columns]

    def described(self):
        one = in_view.service(self.request)
        named_by_filter = "service" in self.request.GET
        return [] if named_by_filter else [one.name if one else _("all my services")] if len(in_view.services(self.request)) > 1 else []

    def shown(self, count):
        self.told(Verb.SEARCHED if self.request.GET.get("reference") else Verb.LISTED, count)

    def before_taking_out(self):
        fresh.ask(self.request)

    def taken_out(self, count):
        self.told(Verb.EXPORTED, count)

    def told(self, verb, count):
        asked = {name: value for name, value in self.request.GET.items() if value}
        audit.record(
            verb=verb, by=self.request.user, services=in_view.service_ids(self.request), now=self.now, list=self.request.path, filter=asked, count=count
        )

    def may_export(self):
        mine = accounts.scope(self.request.user)
        return all(mine.may(Permission.EXPORT, service) for service in in_view.service_ids(self.request))


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class DeliveryList(DeliveryPage):
    title = _("Deliveries")
    lead = _("Every message that any source has told of, newest first.")
    filterset_class = AllDeliveriesFilter
    hidden_columns = ("gone_at", "is_covered")
    limit = COUNTED_TO
    outcomes = ()  # the outcomes of decisions with their words, which are given by config.urls

    @cached_property
    def filterset(self):
        return self.filterset_class(self.request.GET, self.get_queryset(), request=self.request, now=self.now, outcomes=self.outcomes)

    def ordered_table(self, queryset):
        return super().ordered_table(queryset.order_by("-first_at", "-id"))

    def count_rows(self, queryset):
        return queries.counted_to(queryset, limit=COUNTED_TO)

    def count_all(self):
        return queries.counted_to(self.get_queryset(), limit=COUNTED_TO)

    def tabs(self):
        return neighbours.tabs("deliveries:list")

    def empty_reason(self):
        return _("No file has told of a message to or from the services in view.")


@needs(Permission.SEE_DELIVERIES)
def search(request):
    """Goes to the one delivery that is known by what was typed, else to the list of those that are."""
    text = request.GET.get("reference", "").strip()
    mine = [service.pk for service in in_view.services(request)]
    known = queries.known_as(Delivery.objects.visible_to(request.user), text=text, services=mine)
    found = list(known.values_list("pk", flat=True)[:2]) if text and "\0" not in text else []  # the list says what is wrong with a NUL
    if len(found) == 1:
        audit.record(verb=Verb.SEARCHED, by=request.user, services=mine, now=timezone.now(), filter={"reference": text}, count=1)
        return redirect("deliveries:detail", found[0])
    return redirect(f"{reverse('deliveries:list')}?{urlencode({'reference': text})}" if text else "deliveries:list")
