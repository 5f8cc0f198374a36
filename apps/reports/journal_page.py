"""The sheet for the child's journal: looked at first, then signed off and taken out, by somebody who has just signed in again."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts import fresh
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.decisions.views import seen
from apps.reports.journal import changes, sheet

NOT_FILLED_IN = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.EXPORT)
def journal(request, pk):
    """What will stand on it; or the PDF, once the person says that they have gone through it."""
    delivery, now = seen(request, pk), timezone.now()
    if not accounts.scope(request.user).may(Permission.EXPORT, delivery.service_id):
        raise PermissionDenied(_("Your roles in this service do not give you this. Ask its manager. Nothing was changed."))
    found = changes(delivery=delivery, reader=request.user, now=now)
    if request.method == "POST" and request.POST.get("signs"):
        fresh.ask(request)
        made = sheet(delivery=delivery, changes=found, by=request.user, now=now)
        about = (Kind.DELIVERY, delivery.pk)
        told = {"list": request.path, "count": len(found), "sha256": made.sha256}
        audit.record(verb=Verb.EXPORTED, by=request.user, services=[delivery.service_id], about=about, now=now, **told)
        name = f'attachment; filename="framme-{delivery.pk}.pdf"'
        return HttpResponse(made.pdf, content_type="application/pdf", headers={"Content-Disposition": name})
    audit.record(verb=Verb.VIEWED, by=request.user, services=[delivery.service_id], about=(Kind.DELIVERY, delivery.pk), now=now, list=request.path)
    context = {"now": now, "delivery": delivery, "changes": found, "is_unsigned": request.method == "POST"}
    return render(request, "reports/journal.html", context, status=NOT_FILLED_IN if request.method == "POST" else 200)
