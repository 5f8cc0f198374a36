from datetime import timedelta

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts import in_view
from apps.deliveries import ages, queries
from apps.deliveries.models import Category, Channel, Delivery, Reporter
from apps.deliveries.states import State
from apps.ledger.models import Direction
from apps.ui.filters import FilterBar, FromDay, OnDay, ToDay, Words

WITHIN = timedelta(days=2)

# How long the carrier's copy is there still; together they are everything.
DAYS_LEFT = {
    "2": (_("2 or less"), lambda now: Q(gone_at__gt=now, gone_at__lte=now + WITHIN)),
    "7": (_("7 or less"), lambda now: Q(gone_at__gt=now, gone_at__lte=now + queries.RUNNING_OUT)),
    "more": (_("More than 7"), lambda now: Q(gone_at__gt=now + queries.RUNNING_OUT)),
    "gone": (_("Gone already"), lambda now: Q(gone_at__lte=now)),
    "unknown": (_("No deadline"), lambda now: Q(gone_at__isnull=True)),
}


class DeliveryFilter(FilterBar):
    """Fields of every list of deliveries. The service is the matter of `in_view`, which the page's rows come from; here it is only checked and shown."""

    reference = django_filters.CharFilter(label=_("Reference"), method="known_as", max_length=200)
    service = Words(label=_("Service"), method="as_in_view")
    channel = Words(label=_("Channel"), choices=Channel.choices)
    reporter = Words(label=_("Reporter"), choices=Reporter.choices)
    category = Words(label=_("Category"), choices=Category.choices)
    from_day = FromDay(label=_("Received from"), field_name="first_at")
    to_day = ToDay(label=_("Received to"), field_name="first_at")
    since = FromDay(label=_("In this state since"), field_name="since", widget=forms.HiddenInput)
    seen = Words(label=_("Opened or registered"), choices=[("no", _("never"))], method="that_nobody_saw", widget=forms.HiddenInput)
    children = Words(label=_("Children"), choices=[("stated", _("number stated"))], method="with_children", widget=forms.HiddenInput)
    age = Words(label=_("Received"), choices=ages.CHOICES, method="of_age", widget=forms.HiddenInput)
    held = Words(label=_("In this state for"), choices=ages.CHOICES, method="held_for", widget=forms.HiddenInput)
    gone_on = OnDay(label=_("Copy gone on"), field_name="gone_at", widget=forms.HiddenInput)
    reopened = Words(label=_("Reopened"), choices=[("yes", _("by later evidence"))], method="that_reopened", widget=forms.HiddenInput)
    left = Words(label=_("Days left"), choices=[(code, label) for code, (label, _condition) in DAYS_LEFT.items()], method="with_days_left")

    class Meta:
        model = Delivery
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        mine = in_view.services(self.request)
        self.filters["service"].extra["choices"] = [(service.code, service.name) for service in mine]
        # Where the header says which service is in view, there is nothing to choose here.
        if len(mine) < 2 or ("service" not in self.data and in_view.service(self.request)):
            del self.filters["service"]

    def known_as(self, queryset, name, value):
        return queries.known_as(queryset, text=value, services=in_view.service_ids(self.request))

    def as_in_view(self, queryset, name, value):
        return queryset

    def that_nobody_saw(self, queryset, name, value):
        return queryset.filter(opened_at__isnull=True, registered_at__isnull=True)

    def with_children(self, queryset, name, value):
        return queryset.filter(children__isnull=False)

    def of_age(self, queryset, name, value):
        return queryset.filter(ages.within("first_at", ages.BY_CODE[value], now=self.now))

    def held_for(self, queryset, name, value):
        return queryset.filter(ages.within("since", ages.BY_CODE[value], now=self.now))

    def that_reopened(self, queryset, name, value):
        return queryset.filter(reopened_at__isnull=False)

    def with_days_left(self, queryset, name, value):
        _label, condition = DAYS_LEFT[value]
        return queryset.filter(condition(self.now))


class AllDeliveriesFilter(DeliveryFilter):
    left = None  # of all messages, most have arrived: nothing runs out
    direction = Words(label=_("Direction"), choices=Direction.choices)
    state = Words(label=_("State"), choices=State.choices)
    outcome = Words(label=_("Outcome"))
    late = Words(label=_("Late"), choices=[("yes", _("Late")), ("no", _("In time"))], method="that_was_late")

    def __init__(self, *args, outcomes, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["outcome"].extra["choices"] = outcomes

    def that_was_late(self, queryset, name, value):
        return queryset.filter(is_late=value == "yes")
