from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds import actions, bundles, catalogue, mappings, queries, repairs, undoing, unknowns, wording
from apps.feeds.filters import ImportFilter, RejectionFilter
from apps.feeds.forms import ASKED, MappingForm, ReadingForm, UploadForm
from apps.feeds.models import DealtWith, Feed, Preview, Rejection, Repair, RepairedLine
from apps.feeds.queries import Fate, Part
from apps.feeds.tables import ImportTable, RejectionTable
from apps.ledger.actions import NotWaiting
from apps.ledger.models import Import, ImportState
from apps.ui import links, moments
from apps.ui.pages import Tab, TablePage

LINES_AT_ONCE = 100
REJECTED_AT_ONCE = 10
# A worker loses the import when it is not heard of for so long; what none has taken for so long may have no worker at all.
LONGEST_SILENCE = {ImportState.RUNNING: timedelta(minutes=5), ImportState.RECEIVED: timedelta(minutes=10)}

# What the page of an import says of how it stands.
OUTCOMES = {
    ImportState.RECEIVED: "on_its_way",
    ImportState.RUNNING: "on_its_way",
    ImportState.COMPLETE: "complete",
    ImportState.REFUSED: "refused",
    ImportState.NEEDS_A_PERSON: "needs_a_person",
    ImportState.PREVIEWED: "previewed",
    ImportState.CANCELLED: "cancelled",
    ImportState.UNDONE: "undone",
}


# A file that nothing was brought in of may be read as something else.
READABLE_OTHERWISE = (ImportState.PREVIEWED, ImportState.REFUSED, ImportState.CANCELLED)
READ_AS = ("format", "vantage", "direction", "encoding", "reference")


class RowsInView(TablePage):
    """What both lists share: rows of the service in view, and the service named only where there are several."""

    model = None
    related = ()
    ordering = ()

    def get_queryset(self):
        rows = self.model.objects.visible_to(self.request.user).filter(service__in=in_view.service_ids(self.request))
        return rows.select_related(*self.related).order_by(*self.ordering)

    def table_kwargs(self):
        return {"exclude": () if len(in_view.service_ids(self.request)) > 1 else ("service",)}

    def described(self):
        one = in_view.service(self.request)
        return [one.name] if one and "service" not in self.request.GET else []


@method_decorator(needs(Permission.SEE_IMPORTS), name="dispatch")
class History(RowsInView):
    template_name = "imports/history.html"
    title = gettext_lazy("Imports")
    table_class = ImportTable
    filterset_class = ImportFilter
    model = Import
    related = ("service",)
    ordering = ("-received_at", "-pk")

    @property
    def part(self):
        return self.kwargs.get("part", Part.ALL)

    def narrow(self, queryset):
        if self.part not in queries.PARTS:
            raise Http404
        return queryset.filter(queries.PARTS[self.part])

    def tabs(self):
        counts = queries.counts(self.filtered)
        query = links.replaced(self.request.GET, page=None)
        return [Tab(part.label, reverse("imports:list", args=[part]) + query, counts[part], part == self.part) for part in Part]

    def empty_reason(self):
        return EMPTY[self.part]

    def get_context_data(self, **kwargs):
        may_import = accounts.scope(self.request.user).may(Permission.IMPORT_FILES)
        return super().get_context_data(may_import=may_import, **kwargs)


EMPTY = {
    Part.ERRORS: gettext_lazy("No file was refused and no line rejected."),
    Part.SUCCESSES: gettext_lazy("No file has been brought in whole."),
    Part.NEVER_COMPLETED: gettext_lazy("Every file that was received has been read to its end."),
    Part.WAITING: gettext_lazy("No file waits for somebody to say yes."),
    Part.CANCELLED: gettext_lazy("No file was cancelled after its preview."),
    Part.UNDONE: gettext_lazy("No import was taken back."),
    Part.ALL: gettext_lazy("No file has been brought in."),
}


@method_decorator(needs(Permission.SEE_REJECTIONS), name="dispatch")
class Rejected(RowsInView):
    title = gettext_lazy("Rejected lines")
    template_name = "imports/rejected.html"
    lead = gettext_lazy("Of a rejected line nothing is stored but the line itself: a report that nobody has read may stand in it.")
    table_class = RejectionTable
    filterset_class = RejectionFilter
    model = Rejection
    related = ("service", "feed_import")
    ordering = ("-feed_import", "line")

    def get_queryset(self):
        return super().get_queryset().open()

    def shown(self, count):
        asked = {name: value for name, value in self.request.GET.items() if value}
        audit.record(
            verb=Verb.LISTED,
            by=self.request.user,
            services=in_view.service_ids(self.request),
            now=self.now,
            list=self.request.path,
            filter=asked,
            count=count,
        )

    def empty_reason(self):
        return _("Every rejected line has been dealt with, or none was rejected.")


@needs(Permission.IMPORT_FILES)
@require_http_methods(["GET", "POST"])
def upload(request):
    """Each file is received by itself, those of a zip too; what was received stays so when another one of them cannot be."""
    now = timezone.now()
    services = accounts.services(user=request.user, permission=Permission.IMPORT_FILES, now=now).order_by("name")
    form = UploadForm(request.POST or None, request.FILES or None, services=services, initial={"service": in_view.service(request)} | request.GET.dict())
    received = receive_each(request, form, now=now) if form.is_valid() else []
    if not received or form.errors:
        return render(request, "imports/upload.html", asked(form), status=422 if form.errors and not received else 200)
    return redirect("imports:detail", received[0].feed_import.pk) if len(received) == 1 else redirect("imports:list")


def receive_each(request, form, *, now):
    """Every file, and every file of a zip."""
    received = []
    for file in form.cleaned_data["files"]:
        if file.size > settings.FEED_FILE_LIMIT:
            form.add_error("files", too_large(file.name))
            continue
        for handed in bundles.each(file.file, name=file.name):
            if handed.refusal:
                form.add_error("files", not_received(handed))
            elif one := receive(request, form, handed, now=now):
                received.append(one)
    return received


def receive(request, form, handed, *, now):
    told = form.told(handed.stream)
    if not told.format:
        form.add_error("files", unrecognised(handed.name, told))
        return None
    kept = {"file_name": handed.name, "stream": handed.stream, "recognised": told.reasons, "by": request.user, "now": now}
    try:
        received = actions.receive_file(**form.chosen(told.format), **kept)
    except actions.ReferenceMissing:
        form.add_error("reference", unnamed(handed.name))
        return None
    tell(request, received, told, at_once=form.cleaned_data["at_once"])
    return received


def tell(request, received, told, *, at_once):
    """Said after the file and what is owed for it are committed, and not before. Why it was taken for its format, a preview says itself."""
    feed_import = received.feed_import
    if not received.is_new and feed_import.state == ImportState.PREVIEWED:
        messages.info(request, _("%(file)s came before, and waits for somebody to say yes.") % {"file": feed_import.file_name})
    elif not received.is_new:
        messages.warning(
            request,
            _("%(file)s was brought in before: this is that import, received %(time)s. Nothing was changed.")
            % {"file": feed_import.file_name, "time": moments.exact(feed_import.received_at)},
        )
    elif told.reasons:
        found = {"file": feed_import.file_name, "format": wording.format_title(told.format)}
        said = _("%(file)s is received. It was recognised as “%(format)s”.") % found
        messages.info(request, f"{said} {in_words(told)}" if at_once else said)
    else:
        messages.info(request, _("%(file)s is received.") % {"file": feed_import.file_name})


def unrecognised(name, told):
    return _("%(file)s was not received, because it could not be told what it is. %(why)s") % {"file": name, "why": in_words(told)}


def not_received(handed):
    return _("%(file)s was not received. %(why)s") % {
        "file": actions.shown_name(handed.name),
        "why": wording.reason(handed.refusal.code, handed.refusal.details),
    }


def in_words(told):
    return " ".join(wording.reason(*reason) for reason in told.reasons)


def too_large(name):
    return _("%(file)s is larger than %(limit)s, the most that is read. It was not received; take it out in several files.") % {
        "file": name,
        "limit": filesizeformat(settings.FEED_FILE_LIMIT),
    }


def unnamed(name):
    return _("%(file)s does not say which message it is about, and was not received. Give the message's identifier (a UUID).") % {"file": name}


def asked(form):
    """The form with each format beside its button, and each question beside the formats that ask it."""
    formats = [(button, catalogue.FORMATS.get(button.data["value"])) for button in form["format"]]
    askers = {name: [format.name for _button, format in formats if format and is_asked(format)] for name, is_asked in ASKED.items()}
    return {"form": form, "formats": formats, "questions": [(form[name], names) for name, names in askers.items() if names]}


@needs(Permission.SEE_IMPORTS)
@require_GET
def detail(request, pk):
    feed_import = visible(request, pk)
    viewed(request, feed_import)
    number = whole(request.GET.get("line", ""))
    line = queries.line(feed_import=feed_import, number=number) if number else None
    return render(request, "imports/detail.html", standing(request, feed_import) | {"number": number, "lines": [line] if line else []})


@needs(Permission.SEE_IMPORTS)
@require_GET
def progress(request, pk):
    """The part of the page that changes while the file is read; it asks for itself again until the import has ended."""
    return render(request, "imports/parts/progress.html", standing(request, visible(request, pk)))


def standing(request, feed_import):
    """How the import stands: whether anything is heard of it while it is on its way, and the first of the lines it rejected."""
    now = timezone.now()
    last_heard = feed_import.heartbeat_at or feed_import.received_at
    is_silent = feed_import.state in LONGEST_SILENCE and last_heard < now - LONGEST_SILENCE[feed_import.state]
    return context(request, feed_import) | {
        "outcome": f"imports/parts/{OUTCOMES[feed_import.state]}.html",
        "read_by": mappings.version_of(feed_import),
        "preview": Preview.objects.filter(feed_import=feed_import).select_related("decided_by").first(),
        "unknowns": unknowns.of_import(feed_import=feed_import),
        "last_heard": last_heard,
        "is_silent": is_silent,
        "is_lively": feed_import.is_on_its_way and not is_silent,
        "rejected": queries.page(feed_import=feed_import, fate=Fate.REJECTED, size=REJECTED_AT_ONCE),
        "repairs": repairs.of(feed_import=feed_import),
        "repair": Repair.objects.filter(feed_import=feed_import).select_related("by").first(),
        "corrected": RepairedLine.objects.filter(rejection__feed_import=feed_import).released().values("rejection").distinct().count(),
        "dealt_with": DealtWith.objects.filter(rejection__feed_import=feed_import).count(),
        "decided_meanwhile": undoing.decided_meanwhile(feed_import=feed_import) if feed_import.state == ImportState.UNDONE else [],
    }


@needs(Permission.SEE_IMPORTS)
@require_GET
def lines(request, pk, fate=""):
    feed_import = visible(request, pk)
    if fate and fate not in Fate.values:
        raise Http404
    after = whole(request.GET.get("after", ""))
    viewed(request, feed_import, lines=fate or "all", after=after)
    page = queries.page(feed_import=feed_import, fate=Fate(fate) if fate else None, after=after, size=LINES_AT_ONCE)
    return render(request, "imports/lines.html", context(request, feed_import) | {"page": page, "after": after, "tabs": fates(feed_import, fate), "fate": fate})


def whole(text):
    """A line's number as a person or a link wrote it; 0 when it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def fates(feed_import, here):
    """The lines by what became of them; each number is that of its rows."""
    numbers = {"": feed_import.read} | {fate: getattr(feed_import, fate) for fate in Fate.values}
    labels = {"": _("All lines")} | dict(Fate.choices)
    return [
        Tab(labels[fate], reverse("imports:lines", args=[feed_import.pk, fate] if fate else [feed_import.pk]), numbers[fate], fate == here) for fate in numbers
    ]


@needs(Permission.IMPORT_FILES)
@require_POST
def approve(request, pk):
    return decide(request, pk, actions.approve, seen=request.POST.get("seen", ""))


@needs(Permission.IMPORT_FILES)
@require_POST
def cancel(request, pk):
    return decide(request, pk, actions.cancel)


def decide(request, pk, action, **said):
    """What a person says to a preview; of two people who answer at the same moment the second is told."""
    feed_import = to_import(request, pk)
    try:
        action(feed_import=feed_import, by=request.user, now=timezone.now(), **said)
    except NotWaiting:
        messages.warning(request, _("Somebody has decided about this file meanwhile. Nothing was changed."))
    except actions.BroughtInBefore:
        messages.warning(request, _("The same file was brought in before with the same mapping of columns. Nothing was changed."))
    return redirect("imports:detail", pk)


@needs(Permission.IMPORT_FILES)
@require_http_methods(["GET", "POST"])
def mapping(request, pk):
    """Which column is which; what is said is tried on the whole file, and kept only with the yes to what that showed."""
    feed_import = to_import(request, pk)
    preview = Preview.objects.filter(feed_import=feed_import).first()
    if not preview or feed_import.state != ImportState.PREVIEWED or not catalogue.FORMATS[feed_import.format].takes_mapping:
        raise Http404
    viewed(request, feed_import, mapping=True)
    page = mappings.to_fill(feed_import, preview)
    initial = MappingForm.filled(page.mapping, page.words)
    form = MappingForm(request.POST or None, names=page.names, words=page.words, initial=initial)
    if request.method == "POST" and form.is_valid():
        return decide(request, pk, actions.try_mapping, said=form.said())
    return render(request, "imports/mapping.html", context(request, feed_import) | {"form": form, "page": page}, status=422 if form.errors else 200)


@needs(Permission.IMPORT_FILES)
@require_http_methods(["GET", "POST"])
def otherwise(request, pk):
    """The same file as something else than it was taken for; it need not be uploaded again."""
    feed_import = to_import(request, pk)
    if feed_import.state not in READABLE_OTHERWISE or feed_import.stored.removed_at:
        raise Http404
    form = ReadingForm(request.POST or None, initial={name: getattr(feed_import, name) for name in READ_AS})
    if form.is_valid():
        try:
            received = actions.read_otherwise(
                feed_import=feed_import, chosen=form.chosen(form.cleaned_data["format"]), by=request.user, now=timezone.now()
            ).feed_import
            return redirect("imports:detail", received.pk)
        except actions.ReferenceMissing:
            form.add_error("reference", unnamed(feed_import.file_name))
        except NotWaiting:
            return decide(request, pk, actions.cancel)
    return render(request, "imports/otherwise.html", context(request, feed_import) | asked(form), status=422 if form.errors else 200)


def to_import(request, pk):
    """The import, for who may bring it in."""
    feed_import = visible(request, pk)
    if not may(request, feed_import, Permission.IMPORT_FILES):
        raise Http404
    return feed_import


@needs(Permission.IMPORT_FILES)
@require_POST
def try_again(request, pk):
    feed_import = to_import(request, pk)
    actions.try_again(feed_import=feed_import, by=request.user, now=timezone.now())
    return redirect("imports:detail", pk)


@needs(Permission.SEE_REJECTIONS)
@require_POST
def deal_with(request, pk):
    """One line, or all that the import rejected and nobody has dealt with."""
    feed_import = visible(request, pk)
    if not may(request, feed_import, Permission.SEE_REJECTIONS):
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        count = actions.deal_with(feed_import=feed_import, reason=reason, by=request.user, now=timezone.now(), line=whole(request.POST.get("line", "")) or None)
    except actions.ReasonNotKept:
        wrong = _("Write what was done about the lines, in at most 1,000 characters and without identity numbers.")
        return render(request, "imports/lines.html", rejected_lines(request, feed_import) | {"reason": reason, "wrong": wrong}, status=422)
    messages.success(request, ngettext("%(count)s line has been dealt with.", "%(count)s lines have been dealt with.", count) % {"count": count})
    return redirect("imports:lines", pk, Fate.REJECTED)


def rejected_lines(request, feed_import):
    page = queries.page(feed_import=feed_import, fate=Fate.REJECTED, size=LINES_AT_ONCE)
    return context(request, feed_import) | {"page": page, "tabs": fates(feed_import, Fate.REJECTED), "fate": Fate.REJECTED}


def visible(request, pk):
    return get_object_or_404(Import.objects.visible_to(request.user).select_related("service", "stored"), pk=pk)


def viewed(request, feed_import, **details):
    now = timezone.now()
    audit.record(verb=Verb.VIEWED, by=request.user, services=[feed_import.service_id], about=(Kind.IMPORT, feed_import.pk), now=now, **details)


def may(request, feed_import, permission):
    return accounts.scope(request.user).may(permission, feed_import.service_id)


def context(request, feed_import):
    return {
        "import": feed_import,
        "now": timezone.now(),
        "may_import": may(request, feed_import, Permission.IMPORT_FILES),
        "feed": Feed.objects.filter(**{name: getattr(feed_import, name) for name in ("service", "format", "direction", "vantage")}).first(),
        "takes_mapping": feed_import.format in catalogue.FORMATS and catalogue.FORMATS[feed_import.format].takes_mapping,
        "may_see_rejections": may(request, feed_import, Permission.SEE_REJECTIONS),
        "still_rejected": feed_import.rejections.open().count(),
        "may_see_deliveries": may(request, feed_import, Permission.SEE_DELIVERIES),
    }
