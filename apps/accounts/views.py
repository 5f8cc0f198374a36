from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import actions, fresh, lockout, queries
from apps.accounts.access import needs
from apps.accounts.forms import InviteForm, ServiceForm
from apps.accounts.language import is_offered, remember
from apps.accounts.models import Membership, User
from apps.accounts.roles import Permission
from apps.registry import actions as registry
from apps.registry.queries import joint_services


@login_not_required
@require_POST
def choose_language(request):
    """POST language, next: kept in a cookie, and for the person when somebody is signed in."""
    language, back = request.POST.get("language", ""), request.POST.get("next", "")
    if not is_offered(language):
        return HttpResponseBadRequest(_("Framme is not written in that language."))
    if request.user.is_authenticated:
        actions.choose_language(user=request.user, language=language)
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return remember(redirect(back if is_ours else "/"), language)


@login_not_required
@require_safe
def forgotten_password(request):
    return render(request, "accounts/forgotten_password.html")


@never_cache
@needs(Permission.MANAGE_MEMBERS)
def people(request):
    """Who belongs to the services one manages; inviting another."""
    now = timezone.now()
    managed = queries.services(user=request.user, permission=Permission.MANAGE_MEMBERS, now=now)
    nationally = queries.scope(request.user).everywhere(Permission.MANAGE_MEMBERS)
    form = InviteForm(request.POST or None, services=managed, nationally=nationally)
    if form.is_valid():
        fresh.ask(request)
        try:
            invitation = actions.invite(**form.details(), **form.dates(now), by=request.user, now=now)
        except actions.AlreadyMember:
            form.add_error("email", _("This person has that role in that service already."))
        except actions.NotForOneself:
            form.add_error("email", _("Nobody gives a role to themselves. Ask another manager."))
        except actions.RoleOutOfPlace:
            form.add_error("service", _("A national coordinator belongs to no service; every other role belongs to one."))
        except actions.OutOfOrder:
            form.add_error("last_date", _("A role begins today or later, and ends no earlier than it begins."))
        else:
            return render(request, "accounts/first_password.html", {"user_concerned": invitation.membership.user, "password": invitation.password})
    members = list(queries.members(services=managed, nationally=nationally, now=now))
    closed = lockout.accounts_closed(emails={membership.user.email for membership in members}, now=now)
    sources = lockout.sources_closed(now=now) if nationally else {}
    context = {"form": form, "members": members, "closed": closed, "sources": sources, "now": now}
    return render(request, "accounts/people.html", context, status=400 if form.errors else 200)


@never_cache
@require_safe
@needs(Permission.MANAGE_MEMBERS)
def person(request, pk):
    """What a manager sees of one person and can do about their account; what only another may do is shown, with the reason."""
    now = timezone.now()
    user = _person_of_ours(request, pk)
    managed = queries.services(user=request.user, permission=Permission.MANAGE_MEMBERS, now=now)
    nationally = queries.scope(request.user).everywhere(Permission.MANAGE_MEMBERS)
    context = {
        "person": user,
        "memberships": queries.members(services=managed, nationally=nationally, now=now).filter(user=user),
        "closed_until": lockout.accounts_closed(emails=[user.email], now=now).get(user.email),
        "sign_ins": queries.sign_ins(user=user, now=now).count(),
        "answers_for": queries.answers_for(user=user, by=request.user, now=now),
        "now": now,
    }
    return render(request, "accounts/person.html", context)


@require_POST
@needs(Permission.MANAGE_MEMBERS)
def end_membership(request, pk):
    membership = _membership_of_ours(request, pk)
    try:
        actions.end_membership(membership=membership, by=request.user, now=timezone.now())
    except actions.AlreadyEnded:
        messages.info(request, _("That membership had ended before."))
    return redirect("accounts:people")


@never_cache
@require_POST
@needs(Permission.MANAGE_MEMBERS)
@fresh.needed
def renew_password(request, pk):
    user = _person_of_ours(request, pk)
    try:
        password = actions.renew_password(user=user, by=request.user, now=timezone.now())
    except actions.NotTheirs:
        return _not_theirs(request, user)
    return render(request, "accounts/first_password.html", {"user_concerned": user, "password": password})


@require_POST
@needs(Permission.MANAGE_MEMBERS)
@fresh.needed
def take_second_factor(request, pk):
    return _done(request, pk, actions.take_second_factor, _("They set up a new second factor when they sign in next."))


@require_POST
@needs(Permission.MANAGE_MEMBERS)
@fresh.needed
def unlock(request, pk):
    return _done(request, pk, actions.unlock, _("They can try to sign in again."))


@require_POST
@needs(Permission.MANAGE_MEMBERS)
def shut_out(request, pk):
    return _done(request, pk, actions.shut_out, _("They are signed out, and cannot sign in."))


@require_POST
@needs(Permission.MANAGE_MEMBERS)
@fresh.needed
def let_in(request, pk):
    return _done(request, pk, actions.let_in, _("They can sign in again."))


@require_POST
@needs(Permission.MANAGE_MEMBERS)
@fresh.needed
def unlock_source(request):
    """POST source: a network address, for those who manage everywhere."""
    try:
        actions.unlock_source(source=request.POST.get("source", ""), by=request.user, now=timezone.now())
    except actions.NotTheirs:
        raise PermissionDenied(_("A network belongs to no service: only who sets the system up can open it.")) from None
    return redirect("accounts:people")


@needs(Permission.MANAGE_SERVICES)
def services(request):
    """Services over several municipalities, and making one out of what one administrates."""
    now = timezone.now()
    areas = queries.areas(services=queries.services(user=request.user, permission=Permission.MANAGE_SERVICES, now=now), now=now)
    form = ServiceForm(request.POST or None, areas=areas)
    if form.is_valid():
        fresh.ask(request)  # it gives roles to those who go along
        try:
            made = actions.make_service(code=form.cleaned_data["code"], name=form.cleaned_data["name"], areas=form.chosen_areas(), by=request.user, now=now)
        except registry.CodeTaken:
            form.add_error("code", _("Another service has this code, or had it before it ended. Choose another."))
        except (actions.NotTheirs, registry.UnknownArea):
            form.add_error("areas", _("Something here was moved meanwhile. Choose again from what is shown now."))
        else:
            messages.success(request, _("%(service)s is made. It holds from today.") % {"service": made})
            return redirect("accounts:services")
    joint = joint_services(on=timezone.localdate(now))
    return render(request, "accounts/services.html", {"form": form, "joint": joint}, status=400 if form.errors else 200)


def _done(request, pk, action, told):
    """One action about a person's account, and what it did in words."""
    user = _person_of_ours(request, pk)
    try:
        action(user=user, by=request.user, now=timezone.now())
    except actions.NotTheirs:
        return _not_theirs(request, user)
    messages.success(request, told)
    return redirect("accounts:person", user.pk)


def _not_theirs(request, user):
    messages.error(request, _("Only someone who manages every service that the person belongs to can do that."))
    return redirect("accounts:person", user.pk)


def _person_of_ours(request, pk) -> User:
    return get_object_or_404(queries.people(by=request.user, now=timezone.now()).with_second_factor(), pk=pk)


def _membership_of_ours(request, pk) -> Membership:
    now = timezone.now()
    managed = queries.services(user=request.user, permission=Permission.MANAGE_MEMBERS, now=now)
    nationally = queries.scope(request.user).everywhere(Permission.MANAGE_MEMBERS)
    return get_object_or_404(queries.members(services=managed, nationally=nationally, now=now), pk=pk)
