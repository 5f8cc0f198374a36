"""Every page, by app. The addresses are part of what people share, so they do not change."""

from django.urls import include, path

from apps.breaches.views import breaches_today
from apps.decisions import many as said
from apps.decisions import queries as decisions
from apps.decisions.actions import Incomplete
from apps.decisions.forms import DecisionForm
from apps.decisions.outcomes import CLOSING, Outcome
from apps.decisions.views import one_delivery
from apps.deliveries import urls as deliveries
from apps.deliveries.views import DeliveryList
from apps.incidents.views import tasks_today
from apps.readiness.views import red_today
from apps.reports import urls as reports
from apps.reports.journal_page import journal
from apps.reports.views import Today
from apps.watch.views import alarms_today
from apps.worklists import urls as worklists
from apps.worklists.beside import beside
from apps.worklists.many import Said
from config import header

# Worklists and decisions do not know each other; what the one must ask of the other is given here.
SAID_OF_MANY = Said(said.say, said.take_back, said.notable, said.proposable, DecisionForm, Incomplete)
KNOWS_DECISIONS = {"proposed_by": decisions.proposed_by, "said": SAID_OF_MANY}
LISTS_AND_TURNS = ([*worklists.turns, path("", include(worklists.lists), KNOWS_DECISIONS)], worklists.app_name)
KNOWS_WORKLISTS = {"beside": beside}
# Nor do deliveries know decisions: the page of one delivery, where it is decided, stands in decisions and has its address among the deliveries,
# and the list of all, which can be filtered by outcome, is told here which outcomes there are.
OUTCOMES = [(outcome, Outcome(outcome).label) for outcome in CLOSING]
ONE_AND_ALL = (
    [
        path("", DeliveryList.as_view(outcomes=OUTCOMES), name="list"),
        *deliveries.urlpatterns,
        path("<int:pk>/", one_delivery, KNOWS_WORKLISTS, name="detail"),
        path("<int:pk>/journal/", journal, name="journal"),
    ],
    deliveries.app_name,
)

handler500 = "config.told.failed"

urlpatterns = [
    path("", Today.as_view(further=(alarms_today, tasks_today, breaches_today), warnings=(red_today,)), name="today"),
    path("overview/", include((reports.overview, "overview"))),
    path("in-view/", header.choose_service, name="in-view"),
    path("accounts/", include("apps.accounts.entrance")),
    path("worklists/", include(LISTS_AND_TURNS)),
    path("deliveries/calls/", include("apps.calls.urls")),
    path("deliveries/letters/", include("apps.letters.urls")),
    path("deliveries/handovers/", include("apps.handovers.urls")),
    path("deliveries/", include(ONE_AND_ALL)),
    path("decisions/", include("apps.decisions.urls"), KNOWS_WORKLISTS),
    path("imports/", include("apps.feeds.urls")),
    path("api/", include("apps.feeds.api.urls")),
    path("figures/statements/", include("apps.statements.urls")),
    path("figures/", include("apps.reports.urls")),
    path("readiness/", include("apps.readiness.urls")),
    path("incidents/outages/", include("apps.outages.urls")),
    path("incidents/breaches/", include("apps.breaches.urls")),
    path("incidents/", include("apps.incidents.urls")),
    path("trail/", include("apps.trail.urls")),
    path("status/", include("apps.watch.urls")),
    path("", include("apps.accounts.urls")),
]
