"""Every page, by app. The addresses are part of what people share, so they do not change."""

from importlib.util import find_spec

from django.urls import include, path

from apps.decisions import queries as decisions
from apps.decisions.views import one_delivery
from apps.deliveries import urls as deliveries
from apps.reports.views import Today
from config import header

# Worklists and decisions do not know each other; what the one must ask of the other is given here.
KNOWS_DECISIONS = {"proposed_by": decisions.proposed_by}
# Nor do deliveries know decisions: the page of one delivery, where it is decided, stands in decisions and has its address among the deliveries.
ONE_AND_ALL = ([*deliveries.urlpatterns, path("<int:pk>/", one_delivery, name="detail")], deliveries.app_name)

urlpatterns = [
    path("", Today.as_view(), name="today"),
    path("in-view/", header.choose_service, name="in-view"),
    path("accounts/", include("apps.accounts.entrance")),
    path("worklists/", include("apps.worklists.urls"), KNOWS_DECISIONS),
    path("deliveries/", include(ONE_AND_ALL)),
    path("decisions/", include("apps.decisions.urls")),
    path("imports/", include("apps.feeds.urls")),
    *([path("figures/", include("apps.reports.urls"))] if find_spec("apps.reports.urls") else []),
    path("", include("apps.accounts.urls")),
]
