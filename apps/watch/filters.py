from django.utils.translation import gettext_lazy as _

from apps.ui.filters import FilterBar, Words
from apps.watch.models import Alarm, What

STANDING = [("open", _("Open")), ("waiting", _("Open, nobody has taken it on")), ("ended", _("Ended"))]


class AlarmFilter(FilterBar):
    standing = Words(label=_("Alarm"), choices=STANDING, method="that_stand")
    what = Words(label=_("What"), choices=What.choices)

    class Meta:
        model = Alarm
        fields = ()

    def that_stand(self, queryset, name, value):
        if value == "waiting":
            return queryset.filter(ended_at__isnull=True, acknowledged_until__isnull=True)
        return queryset.filter(ended_at__isnull=value == "open")
