"""The pages of feeds: which there are, how each is arranged, and how to get the files of each source."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import fresh, in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds import arrangements, catalogue, fetching, keys, names, obtaining, unknowns, wording
from apps.feeds.filters import FeedFilter
from apps.feeds.forms import ArrangementForm, FeedForm, KeyForm
from apps.feeds.models import Feed, Fetching
from apps.feeds.tables import FeedTable
from apps.feeds.views import RowsInView, may

MISHAPS_SHOWN = 20


@method_decorator(needs(Permission.SEE_IMPORTS), name="dispatch")
class Feeds(RowsInView):
    title = gettext_lazy("Feeds")
    lead = gettext_lazy("What is expected, how often, and who sees to it that it comes.")
    template_name = "imports/feeds.html"
    table_class = FeedTable
    filterset_class = FeedFilter
    model = Feed
    related = ("service", "responsible")
    ordering = ("service__name", "format", "direction", "vantage")

    def get_queryset(self):
        return arrangements.with_mishaps(arrangements.with_latest(super().get_queryset()), now=self.now)

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
    form = ArrangementForm(request.POST or None, **unbound(feed, now))
    if form.is_valid():
        arrangements.arrange(feed=feed, **form.cleaned_data, by=request.user, now=now)
        messages.success(request, _("The feed is arranged."))
        return redirect("imports:feed", pk)
    return page(request, feed, now, form=form, may_import=may_import)


def page(request, feed, now, *, form, may_import, key_form=None):
    """The page of a feed, with what was wrong in one of its forms."""
    told = {"form": form, "may_import": may_import, "key_form": key_form or KeyForm(), "keys": keys.of(feed=feed) if may_import else []}
    is_wrong = form.errors or (key_form and key_form.errors)
    return render(request, "imports/feed.html", context(request, feed, now) | told, status=422 if is_wrong else 200)


def unbound(feed, now):
    """How the feed is arranged, as the form shows it."""
    initial = {name: getattr(feed, name) for name in ("expected_every", "expected_in", "responsible")}
    return {"members": arrangements.members(service=feed.service, now=now), "initial": initial}


@never_cache
@needs(Permission.IMPORT_FILES)
@require_POST
@fresh.needed
def make_key(request, pk):
    """The answer shows the key, the only time that it can be read."""
    now = timezone.now()
    feed = to_arrange(request, pk)
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            made = keys.make(feed=feed, **form.cleaned_data, by=request.user, now=now)
        except keys.NameNotKept:
            form.add_error("name", _("Write which system it is, without identity numbers."))
        else:
            addresses = {"hand_in": reverse("api:hand-in", args=[names.name(feed)])}
            if feed.format in obtaining.PUSHED:
                addresses["push"] = reverse("api:push", args=[made.written])
            full = {name: request.build_absolute_uri(path) for name, path in addresses.items()}
            return render(request, "imports/key.html", {"feed": feed, "made": made, "addresses": full})
    viewed(request, feed, now)
    return page(request, feed, now, form=ArrangementForm(**unbound(feed, now)), may_import=True, key_form=form)


@needs(Permission.IMPORT_FILES)
@require_POST
def end_key(request, pk, number):
    feed = to_arrange(request, pk)
    keys.end(key=get_object_or_404(feed.keys, pk=number), by=request.user, now=timezone.now())
    messages.success(request, _("The key is ended. Nothing can be handed in by it any more."))
    return redirect("imports:feed", pk)


def to_arrange(request, pk):
    """The feed, for who may arrange it."""
    feed = visible(request, pk)
    if not may(request, feed, Permission.IMPORT_FILES):
        raise Http404
    return feed


def visible(request, pk):
    mine = Feed.objects.visible_to(request.user).select_related("service", "responsible")
    return get_object_or_404(arrangements.with_latest(mine), pk=pk)


def viewed(request, feed, now):
    audit.record(verb=Verb.VIEWED, by=request.user, services=[feed.service_id], about=(Kind.FEED, feed.pk), now=now)


def context(request, feed, now):
    still = feed.responsible is None or arrangements.members(service=feed.service, now=now).filter(pk=feed.responsible_id).exists()
    standing = arrangements.standing(feed, now=now)
    return {
        "feed": feed,
        "now": now,
        "standing": standing,
        "look": wording.STANDINGS[standing],
        "name": names.name(feed),
        "address": request.build_absolute_uri(reverse("api:hand-in", args=[names.name(feed)])),
        "obtained": wording.format_obtained(feed.format),
        "responsible_belongs": still,
        "connection": fetching.connection_of(feed),
        "fetching": Fetching.objects.filter(feed=feed).first(),
        "can_be_fetched": feed.format in obtaining.FETCHED,
        "unknowns": unknowns.of_feed(feed=feed),
        "mishaps": feed.mishaps.order_by("-at", "-pk")[:MISHAPS_SHOWN],
    }


@needs(Permission.SEE_IMPORTS)
@require_safe
def sources(request):
    """How to get the files of each source, one section for each."""
    known = [{"name": name, "shapes": format.shapes} | wording.format_obtained(name) for name, format in catalogue.FORMATS.items()]
    may_import = accounts.scope(request.user).may(Permission.IMPORT_FILES)
    return render(request, "imports/sources.html", {"sources": known, "may_import": may_import})
