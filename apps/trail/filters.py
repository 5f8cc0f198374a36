import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from apps.audit.models import Entry
from apps.audit.verbs import Kind, Verb
from apps.trail import queries
from apps.ui.filters import FilterBar, FromDay, ToDay, Words

LARGEST = 2**63 - 1


class EntryFilter(FilterBar):
    """`services` are those that may be chosen; the service itself is the matter of the page, and here only checked and shown."""

    person = Words(label=_("Who"), field_name="person_id")
    verb = Words(label=_("What"), choices=Verb.choices)
    kind = Words(label=_("About"), choices=Kind.choices)
    delivery = django_filters.NumberFilter(label=_("Message number"), method="about_delivery", min_value=1, max_value=LARGEST)
    service = Words(label=_("Service"), method="as_in_view")
    from_day = FromDay(label=_("From"), field_name="at")
    to_day = ToDay(label=_("To"), field_name="at")
    but = Words(label=_("All but"), choices=Verb.choices, method="all_but", widget=forms.HiddenInput)

    class Meta:
        model = Entry
        fields = ()

    def __init__(self, *args, services, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["person"].extra["choices"] = people
        self.filters["service"].extra["choices"] = [(service.code, service.name) for service in services]
        if len(services) < 2:
            del self.filters["service"]

    def about_delivery(self, queryset, name, value):
        return queryset.filter(kind=Kind.DELIVERY, object_id__in=queries.homes(int(value)))

    def as_in_view(self, queryset, name, value):
        return queryset

    def all_but(self, queryset, name, value):
        return queryset.exclude(verb=value)
