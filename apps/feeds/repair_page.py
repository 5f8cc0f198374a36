"""The page on which rejected lines are corrected: one value in all lines that have it wrong, or line by line, or in a file that is handed in again; or on
which a number that no register knows is said to be the service's own.
"""

import csv

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds import mappings, places, placing, repairs, wording
from apps.feeds.views import context, may, to_import, viewed, whole
from apps.ui import spreadsheets

LINES_AT_ONCE = 20
LARGEST_FILE = 20 << 20  # of corrected lines, in bytes
CELL = "cell"  # a field is named cell-<line>-<column>


@needs(Permission.IMPORT_FILES)
@require_GET
def lines(request, pk):
    feed_import = to_repair(request, pk)
    after = whole(request.GET.get("after", ""))
    viewed(request, feed_import, lines="rejected", after=after)
    return show(request, feed_import, after=after)


@needs(Permission.IMPORT_FILES)
@require_POST
def correct(request, pk):
    """The lines of the page in which the person has changed something."""
    feed_import = to_repair(request, pk)
    corrected = changed(request, feed_import)
    if not corrected:
        messages.info(request, _("No line was changed, so nothing was brought in."))
        return redirect("imports:repair", pk)
    return bring_in(request, feed_import, corrected)


@needs(Permission.IMPORT_FILES)
@require_POST
def replace(request, pk):
    """One value in place of another, in all lines that were rejected for it."""
    feed_import = to_repair(request, pk)
    like = get_object_or_404(repairs.waiting(feed_import=feed_import), line=whole(request.POST.get("line", "")))
    value = repairs.one_line(request.POST.get("value", ""))
    return bring_in(request, feed_import, repairs.replaced(like=like, value=value))


@needs(Permission.IMPORT_FILES)
@require_GET
def file(request, pk):
    """All open lines as a table, with their line and the reason, to be corrected in a spreadsheet and handed in again."""
    feed_import = to_repair(request, pk)
    now = timezone.now()
    names, mapping = repairs.columns(feed_import.format), mappings.read_by(feed_import, None)
    torn = [repairs.torn(rejection, feed_import.format, mapping) for rejection in repairs.waiting(feed_import=feed_import)]
    about = (Kind.IMPORT, feed_import.pk)
    audit.record(verb=Verb.EXPORTED, by=request.user, services=[feed_import.service_id], about=about, now=now, count=len(torn))
    header = [*names, _("Line"), _("Why")]
    rows = ([*line.cells.values(), line.rejection.line, wording.reason(line.rejection.code, line.rejection.details)] for line in torn)
    return spreadsheets.built([header, *rows], file_name=f"framme-import-{pk}.csv")


@needs(Permission.IMPORT_FILES)
@require_POST
def hand_in(request, pk):
    """The file that was taken out, with corrections; lines that say what they said are left alone."""
    feed_import = to_repair(request, pk)
    given = request.FILES.get("file")
    try:
        corrected = {} if given is None or given.size > LARGEST_FILE else repairs.handed_in(feed_import.format, given.read())
    except (repairs.NotOurs, csv.Error):
        corrected = {}
    corrected = differing(feed_import, corrected)
    if not corrected:
        messages.warning(request, _("No line that waits was changed in this file, so nothing was brought in. Take the file out here, and keep its columns."))
        return redirect("imports:repair", pk)
    return bring_in(request, feed_import, corrected)


@needs(Permission.IMPORT_FILES)
@require_POST
def place(request, pk):
    """The number that a line was rejected for is the service's own."""
    feed_import = to_repair(request, pk)
    like = get_object_or_404(repairs.waiting(feed_import=feed_import), line=whole(request.POST.get("line", "")))
    try:
        made = placing.say_own(like=like, by=request.user, now=timezone.now())
    except placing.NotUnknown:
        raise Http404 from None
    count = sum(repair.lines.count() for repair in made)
    told = ngettext("%(count)s line is brought in.", "%(count)s lines are brought in.", count) % {"count": count}
    messages.success(request, told + " " + _("From now on the number is read as this service's own."))
    return redirect("imports:repair", pk)


@needs(Permission.IMPORT_FILES)
@require_POST
def displace(request, pk):
    """A number that was said to be the service's own is not."""
    feed_import = to_repair(request, pk)
    known = get_object_or_404(places.own(service=feed_import.service), number=request.POST.get("number", "")[:20].replace("\0", ""))
    placing.say(service=feed_import.service, number=known.number, is_own=False, by=request.user, now=timezone.now())
    messages.success(
        request, _("From now on lines with that number are rejected again. What was brought in stays; take those imports back where they were wrong.")
    )
    return redirect("imports:repair", pk)


def to_repair(request, pk):
    """The import, for who may bring it in and see what it rejected."""
    feed_import = to_import(request, pk)
    if not may(request, feed_import, Permission.SEE_REJECTIONS) or not feed_import.is_complete:
        raise Http404
    return feed_import


def changed(request, feed_import):
    """The cells as the person left them, of each line that is open and no longer as it was."""
    left = {}
    for name, value in request.POST.items():
        kind, _dash, rest = name.partition("-")
        number, _dash, column = rest.partition("-")
        if kind == CELL and whole(number):
            left.setdefault(whole(number), {})[column] = repairs.one_line(value)
    return differing(feed_import, left)


def differing(feed_import, left):
    mapping = mappings.read_by(feed_import, None)
    torn = [repairs.torn(rejection, feed_import.format, mapping) for rejection in repairs.waiting(feed_import=feed_import).filter(line__in=left)]
    kept = {line.rejection.line: line.cells | {name: left[line.rejection.line].get(name, cell) for name, cell in line.cells.items()} for line in torn}
    return {line.rejection.line: kept[line.rejection.line] for line in torn if kept[line.rejection.line] != line.cells}


def bring_in(request, feed_import, corrected):
    try:
        repair = repairs.repair(feed_import=feed_import, corrected=corrected, by=request.user, now=timezone.now())
    except repairs.StillWrong as wrong:
        return show(request, feed_import, corrected=corrected, wrong=wrong.lines, status=422)
    except repairs.NotRepairable:
        messages.warning(request, _("None of these lines waits for anybody any more. Nothing was changed."))
        return redirect("imports:repair", feed_import.pk)
    count = repair.lines.count()
    told = ngettext("%(count)s corrected line is brought in as import %(number)s.", "%(count)s corrected lines are brought in as import %(number)s.", count)
    messages.success(request, told % {"count": count, "number": repair.feed_import_id})
    return redirect("imports:detail", repair.feed_import_id)


def show(request, feed_import, *, after=0, corrected=None, wrong=None, status=200):
    """The open lines beyond line `after`; after a mistake what was typed: all of a page, or of more lines those that would be rejected again."""
    open_lines = repairs.waiting(feed_import=feed_import)
    typed = (wrong if len(corrected) > LINES_AT_ONCE else corrected) if wrong else None
    asked = open_lines.filter(line__in=list(typed)) if typed else open_lines.filter(line__gt=after)
    page, mapping = list(asked[: LINES_AT_ONCE + 1]), mappings.read_by(feed_import, None)
    torn = [repairs.torn(rejection, feed_import.format, mapping) for rejection in page[:LINES_AT_ONCE]]
    return render(
        request,
        "imports/repair.html",
        context(request, feed_import)
        | {
            "columns": repairs.columns(feed_import.format),
            "kinds": repairs.alike(feed_import=feed_import),
            "places": list(places.own(service=feed_import.service)),
            "lines": [filled(line, (corrected or {}).get(line.rejection.line), (wrong or {}).get(line.rejection.line)) for line in torn],
            "next_after": page[LINES_AT_ONCE - 1].line if len(page) > LINES_AT_ONCE and not wrong else None,
            "wrong": len(wrong or {}),
        },
        status=status,
    )


def filled(line, typed, again):
    """A line with a field for each column; those that say something, or that the reason is about, stand first."""
    cells = typed or line.cells
    code, details = again or (line.rejection.code, line.rejection.details)
    faulty = repairs.faulty(code, details, tuple(line.cells))
    fields = [(name, f"{CELL}-{line.rejection.line}-{name}", cells[name], name == faulty, name in line.lost) for name in line.cells]
    said = [field for field in fields if field[2] or field[3] or field[4]]
    return {"number": line.rejection.line, "code": code, "details": details, "said": said, "others": [field for field in fields if field not in said]}
