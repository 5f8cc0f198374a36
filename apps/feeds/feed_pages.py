"""The pages of feeds: which there are, how each is arranged, and how to get the files of each source."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds import arrangements, catalogue, names, wording
from apps.feeds.forms import ArrangementForm, FeedForm
from apps.feeds.models import Feed
from apps.feeds.tables import FeedTable
from apps.feeds.views import RowsInView, may

MISHAPS_SHOWN = 20


@method_decorator(needs(Permission.SEE_IMPORTS), name="dispatch")
class Feeds(RowsInView):
    title = gettext_lazy("Feeds")
    lead = gettext_lazy("What is expected, how often, and who sees to it that it comes.")
    template_name = "imports/feeds.html"
    table_class = FeedTable
    model = Feed
    related = ("service", "responsible")
    ordering = ("service__name", "format", "direction", "vantage")

    def get_queryset(self):
        return arrangements.with_latest(super().get_queryset())

    def empty_reason(self):
        return _("No file has come, and no feed was added.")

    def get_context_data(self, **kwargs):
        may_import = accounts.scope(self.request.user).may(Permission.IMPORT_FILES)
        return super().get_context_data(may_import=may_import, **kwargs)


@needs(Permission.IMPORT_FILES)
@require_http_methods(["GET", "POST"])
def add(request):
    now = timezone.now()
    services = accounts.services(user=request.user, permission=Permission.IMPORT_FILES, now=now).order_by("name")
    form = FeedForm(request.POST or None, services=services, initial={"service": in_view.service(request)})
    if form.is_valid():
        feed = arrangements.add(**form.said(), by=request.user, now=now)
        return redirect("imports:feed", feed.pk)
    return render(request, "imports/feed_add.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.SEE_IMPORTS)
@require_http_methods(["GET", "POST"])
def detail(request, pk):
    """One feed. Whoever brings in files may arrange it; the others see how it is arranged."""
    now = timezone.now()
    feed = visible(request, pk)
    may_import = may(request, feed, Permission.IMPORT_FILES)
    if request.method == "POST" and not may_import:
        return redirect("imports:feed", pk)
    viewed(request, feed, now)
    initial = {name: getattr(feed, name) for name in ("expected_every", "expected_in", "responsible")}
    form = ArrangementForm(request.POST or None, members=arrangements.members(service=feed.service, now=now), initial=initial)
    if form.is_valid():
        arrangements.arrange(feed=feed, **form.cleaned_data, by=request.user, now=now)
        messages.success(request, _("The feed is arranged."))
        return redirect("imports:feed", pk)
    return render(request, "imports/feed.html", context(feed, now) | {"form": form, "may_import": may_import}, status=422 if form.errors else 200)


def visible(request, pk):
    return get_object_or_404(arrangements.with_latest(Feed.objects.visible_to(request.user)).select_related("service", "responsible"), pk=pk)


def viewed(request, feed, now):
    audit.record(verb=Verb.VIEWED, by=request.user, services=[feed.service_id], about=(Kind.FEED, feed.pk), now=now)


def context(feed, now):
    still = feed.responsible is None or arrangements.members(service=feed.service, now=now).filter(pk=feed.responsible_id).exists()
    return {
        "feed": feed,
        "now": now,
        "name": names.name(feed),
        "obtained": wording.format_obtained(feed.format),
        "responsible_belongs": still,
        "mishaps": feed.mishaps.order_by("-at", "-pk")[:MISHAPS_SHOWN],
    }


@needs(Permission.SEE_IMPORTS)
@require_safe
def sources(request):
    """How to get the files of each source, one section for each."""
    known = [{"name": name, "shapes": format.shapes} | wording.format_obtained(name) for name, format in catalogue.FORMATS.items()]
    may_import = accounts.scope(request.user).may(Permission.IMPORT_FILES)
    return render(request, "imports/sources.html", {"sources": known, "may_import": may_import})
