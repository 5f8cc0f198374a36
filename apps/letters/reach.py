"""Of which services a list of letters is: the one in view, all of the person's, or those of theirs that lie in one police district."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.roles import Permission
from apps.registry import police
from apps.registry import queries as registry
from apps.registry.models import Service
from apps.ui import links
from apps.ui.pages import Tab


@dataclass(frozen=True)
class Reach:
    """`services` are those listed, `printable` those of which letters may be made now: of one, or of a district's where the person decides."""

    services: list[Service]
    printable: list[Service]
    district: str
    segments: list[Tab]

    @property
    def ids(self) -> list[int]:
        return [service.pk for service in self.services]


def reach(request: HttpRequest, *, now: datetime) -> Reach:
    """A district where the person has no service counts as none."""
    ids = in_view.service_ids(request)
    found = registry.police_districts(services=ids, on=timezone.localdate(now))
    asked = request.POST.get("district") or request.GET.get("district", "")
    district = asked if asked in found else ""
    listed = [service for service in in_view.services(request) if service.pk in (found[district] if district else ids)]
    mine = accounts.scope(request.user)
    of_district = [service for service in listed if mine.may(Permission.DECIDE, service.pk)] if district else []
    choices = [("", _("All districts")), *((slug, police.names()[slug]) for slug in found)]
    return Reach(
        services=listed,
        printable=listed if len(listed) == 1 else of_district,
        district=district,
        segments=[Tab(name, links.replaced(request.GET, district=slug), is_here=slug == district) for slug, name in choices] if len(ids) > 1 and found else [],
    )
