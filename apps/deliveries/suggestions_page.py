"""Every open report that seeks its registration, with the nearest that it could be: to be gone through one after the other, and tied on its own page."""

from django.db.models.functions import Coalesce
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import in_view
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.deliveries import candidates, neighbours, queries
from apps.deliveries.clocks import HAS_REVIEW
from apps.deliveries.filters import DeliveryFilter
from apps.deliveries.models import SEEKS, Delivery
from apps.deliveries.tables import SuggestionTable
from apps.deliveries.views import DeliveryPage


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class Suggestions(DeliveryPage):
    title = gettext_lazy("Suggestions")
    lead = gettext_lazy("Open reports, and the nearest registration that no reference ties to a report. Nothing is tied until a person says so.")
    table_class = SuggestionTable
    filterset_class = DeliveryFilter
    is_taken_out = False
    hidden_columns = ("channel", "since", "is_covered", "state")

    def get_queryset(self):
        return super().get_queryset().open().filter(SEEKS, category__in=HAS_REVIEW)

    def ordered_table(self, queryset):
        return super().ordered_table(queries.in_rescue_order(queryset, now=self.now))

    def complete(self, rows):
        came = Delivery.objects.filter(pk__in=[row["id"] for row in rows])
        came_at = dict(came.values_list("pk", Coalesce("receipted_at", "available_at", "sent_at", "first_at")))
        known = [row | {"came_at": came_at[row["id"]]} for row in rows]
        found = candidates.nearest(known, services=in_view.service_ids(self.request), now=self.now)
        for row in rows:
            row["candidates"] = found[row["id"]]

    def tabs(self):
        return neighbours.tabs("deliveries:suggestions")

    def empty_reason(self):
        return _("No open report seeks a registration.")
