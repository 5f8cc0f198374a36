"""The page on which somebody says what the statuses mean that no format knows."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.feeds import unknowns
from apps.feeds.actions import ReasonNotKept
from apps.feeds.feed_pages import to_arrange, viewed
from apps.feeds.forms import WordForm
from apps.feeds.views import whole
from apps.ledger.models import Import


@needs(Permission.IMPORT_FILES)
@require_http_methods(["GET", "POST"])
def statuses(request, pk):
    """`import` is the number of the import from which one came, and to which one goes back."""
    feed = to_arrange(request, pk)
    feed_import = come_from(request, feed)
    form = WordForm(request.POST or None)
    if form.is_valid() and said(request, feed, form):
        return redirect("imports:detail", feed_import.pk) if feed_import else redirect("imports:statuses", pk)
    viewed(request, feed, timezone.now())
    return page(request, feed, feed_import, form)


def come_from(request, feed):
    number = whole((request.POST or request.GET).get("import", ""))
    return Import.objects.visible_to(request.user).filter(pk=number, service=feed.service_id, format=feed.format).first()


def said(request, feed, form):
    """Whether it was said; where not, the form tells why."""
    try:
        lines = unknowns.say(feed=feed, **form.cleaned_data, by=request.user, now=timezone.now())
    except unknowns.NotNamed:
        form.add_error(None, _("No file of this feed has that status. Nothing was changed."))
    except unknowns.SaidBefore:
        form.add_error("code", _("That is what was said last. Nothing was changed."))
    except ReasonNotKept:
        form.add_error("reason", _("Write how you know, in at most 1,000 characters and without identity numbers."))
    else:
        told = ngettext("%(count)s line is read so from now on.", "%(count)s lines are read so from now on.", lines) % {"count": lines}
        messages.success(request, told + " " + _("The messages that they speak of are being reconciled again."))
    return form.is_valid()


def page(request, feed, feed_import, form):
    """The status that was spoken of keeps what was typed; each has a form of its own."""
    rows = []
    for number, each in enumerate(unknowns.of_feed(feed=feed)):
        own = WordForm(initial={"native": each.native})
        if form.is_bound and form.data.get("native") == each.native:
            own = form
        own.auto_id = f"{number}-%s"
        rows.append((each, own))
    astray = form if form.errors and all(own is not form for _each, own in rows) else None
    told = {"feed": feed, "feed_import": feed_import, "statuses": rows, "astray": astray}
    return render(request, "imports/statuses.html", told, status=422 if form.errors else 200)
