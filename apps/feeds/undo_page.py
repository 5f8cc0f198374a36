"""The page on which an import is taken back: what that will do, in numbers, why, and the yes to it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.feeds import repairs, undoing
from apps.feeds.actions import ReasonNotKept
from apps.feeds.views import context, to_import
from apps.ledger.actions import NotUndoable
from apps.ledger.models import ImportState


@needs(Permission.IMPORT_FILES)
@require_http_methods(["GET", "POST"])
def undo(request, pk):
    feed_import = to_import(request, pk)
    if request.method == "GET" and feed_import.is_complete:
        return ask(request, feed_import)
    try:
        undoing.undo(feed_import=feed_import, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
    except ReasonNotKept:
        return ask(request, feed_import, wrong=_("Write why it is taken back, in at most 1,000 characters and without identity numbers."), status=422)
    except NotUndoable:
        messages.warning(request, _("Only a complete import can be taken back; this one is not, or somebody took it back meanwhile. Nothing was changed."))
    else:
        messages.success(request, _("The import is taken back. The messages that it spoke of are being reconciled again."))
    return redirect("imports:detail", pk)


def ask(request, feed_import, *, wrong="", status=200):
    asked = {"consequences": undoing.consequences(feed_import=feed_import), "decided_meanwhile": undoing.decided_meanwhile(feed_import=feed_import)}
    asked |= {"reason": request.POST.get("reason", ""), "wrong": wrong}
    asked["repairs"] = repairs.of(feed_import=feed_import).filter(feed_import__state=ImportState.COMPLETE)
    return render(request, "imports/undo.html", context(request, feed_import) | asked, status=status)
