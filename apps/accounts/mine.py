"""Pages about oneself: what one may do, where one is signed in, staying signed in, and what was typed and not sent."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import actions, queries
from apps.accounts import unsent as kept


@require_safe
def permissions(request):
    """What one's roles let one do, service by service, and which roles would let one do the rest."""
    return render(request, "accounts/permissions.html", {"places": queries.explained(request.user)})


@never_cache
@require_safe
def sign_ins(request):
    return render(request, "accounts/sign_ins.html", {"sign_ins": queries.sign_ins(user=request.user, now=timezone.now()), "here": request.session.session_key})


@require_POST
def end_sign_in(request, pk):
    """One of one's own; the one that asks ends like the others."""
    sign_in = get_object_or_404(request.user.sign_ins, pk=pk)
    actions.end_sign_ins(sign_ins=request.user.sign_ins.filter(pk=sign_in.pk), by=request.user, now=timezone.now())
    return redirect("accounts:sign-ins")


@require_POST
def end_other_sign_ins(request):
    others = request.user.sign_ins.exclude(session_key=request.session.session_key)
    actions.end_sign_ins(sign_ins=others, by=request.user, now=timezone.now())
    return redirect("accounts:sign-ins")


@require_safe
def elsewhere(request):
    """Sign in again where one did, with all that it asks; what was on its way as a form is kept, and shown afterwards."""
    there = reverse("openid_connect_login", args=[settings.OIDC_PROVIDER])
    back = request.GET.get("next", "/")
    if kept.keep_suspended(request):
        back = reverse("accounts:unsent")
    return redirect(f"{there}?{urlencode({'next': back, 'auth_params': 'prompt=login'})}")


@require_POST
def keys(request):
    """POST uses ("yes" or "no"), next: whether the pages heed single keys."""
    actions.choose_keys(user=request.user, uses_keys=request.POST.get("uses") == "yes")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "today")


@require_POST
def stay(request):
    """Asked when the person says that they are still there: to be asked was enough."""
    return HttpResponse(status=204)


@never_cache
@require_safe
def unsent(request):
    """What one had typed when one's session ended, and a button that sends it now."""
    found = kept.shown(request)
    return render(request, "accounts/unsent.html", {"unsent": found}) if found else redirect("today")


@login_not_required
@require_POST
def keep_unsent(request):
    """Asked by the page itself when the session has ended; see `presence`, which keeps it for whoever's session that was. Here it had not ended after all."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    kept.keep(request, owner=request.user.pk, path=request.POST.get(kept.PATH, ""))
    return redirect("accounts:unsent")


@require_POST
def forget_unsent(request):
    kept.forget(request)
    return redirect("today")
