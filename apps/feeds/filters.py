from django.utils.translation import gettext_lazy as _

from apps.accounts import in_view
from apps.feeds import arrangements, catalogue, rhythm
from apps.feeds.models import Feed, Rejection
from apps.feeds.rhythm import Standing
from apps.ledger.models import Import
from apps.ui.filters import FilterBar, FromDay, ToDay, Words

BEHIND = "behind"
FORMATS = [(name, _(format.title)) for name, format in catalogue.FORMATS.items()]


class ImportFilter(FilterBar):
    """The service is the matter of `in_view`, which the page's rows come from; here it is only checked and shown."""

    service = Words(label=_("Service"), method="as_in_view")
    feed = Words(label=_("Format"), choices=FORMATS, field_name="format")
    from_day = FromDay(label=_("Received from"), field_name="received_at")
    to_day = ToDay(label=_("Received to"), field_name="received_at")

    class Meta:
        model = Import
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        mine = in_view.services(self.request)
        self.filters["service"].extra["choices"] = [(service.code, service.name) for service in mine]
        if len(mine) < 2 or ("service" not in self.data and in_view.service(self.request)):
            del self.filters["service"]

    def as_in_view(self, queryset, name, value):
        return queryset


class RejectionFilter(ImportFilter):
    feed = Words(label=_("Format"), choices=FORMATS, field_name="feed_import__format")
    from_day = FromDay(label=_("Received from"), field_name="feed_import__received_at")
    to_day = ToDay(label=_("Received to"), field_name="feed_import__received_at")

    class Meta:
        model = Rejection
        fields = ()


class FeedFilter(ImportFilter):
    from_day = to_day = None
    standing = Words(label=_("Now"), choices=[(BEHIND, _("Late or silent")), *Standing.choices], method="that_stands")

    class Meta:
        model = Feed
        fields = ()

    def that_stands(self, queryset, name, value):
        wanted = rhythm.BEHIND if value == BEHIND else (value,)
        found = arrangements.standings(queryset, now=self.now)
        return queryset.filter(pk__in=[pk for pk, standing in found.items() if standing in wanted])
