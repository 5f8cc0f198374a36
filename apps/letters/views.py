"""What is sent once more on paper: the list of it, the letters as a PDF, the post's numbers, and the service's own words."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import neighbours
from apps.deliveries.models import Delivery
from apps.letters import actions, paper, queries, words
from apps.letters.forms import PrintForm, TrackForm, WordingForm
from apps.letters.models import Language, Letter, Printing
from apps.letters.reach import reach

CONFLICT, NOT_FILLED_IN = 409, 422


@require_safe
@needs(Permission.SEE_DELIVERIES)
def resend(request):
    """Messages from the service that nothing shows to have arrived; to print, those of one service, or of a police district's services."""
    return listed(request, PrintForm(initial={"language": queries.language_of_last(services=in_view.service_ids(request))}))


@require_POST
@needs(Permission.DECIDE)
def print_letters(request):
    """The printing's own page, where the PDF is, or the list with where they are when there are several; or the list again, with what was chosen."""
    form, chosen = PrintForm(request.POST), [int(pk) for pk in request.POST.getlist("delivery") if pk.isdecimal() and len(pk) < 19]
    now = timezone.now()
    printable, recipients = reach(request, now=now).printable, languages(request, chosen)
    status, is_filled_in = NOT_FILLED_IN, form.is_valid()
    if not printable:
        form.add_error(None, _("Choose one service above, or a police district: a letter is of one service."))
    elif is_filled_in:
        try:
            made = actions.print_for_services(services=printable, deliveries=chosen, recipients=recipients, **form.cleaned_data, by=request.user, now=now)
        except actions.NotAllowed:
            raise PermissionDenied from None
        except actions.NothingToPrint:
            form.add_error(None, _("Choose from 1 to %(most)s open messages.") % {"most": queries.MOST})
        except actions.PrintedBefore as error:
            status = CONFLICT
            told = ", ".join(str(pk) for pk in sorted(error.deliveries))
            form.add_error("is_again", _("Letters of %(messages)s were printed before. Say that you want them again, or leave them out.") % {"messages": told})
        else:
            messages.success(request, _("The letters are made. The messages stay open until something shows that they have arrived."))
            alone = reverse("letters:printing", args=[made[0].pk])
            return redirect(alone if len(made) == 1 else f"{reverse('letters:resend')}?{urlencode({'district': request.POST.get('district', '')})}")
    return listed(request, form, chosen=chosen, recipients=recipients, status=status)


def languages(request, chosen):
    """The language of the recipient of each message for which one was chosen. Raises Http404 for none that letters have."""
    asked = {pk: request.POST.get(f"language-{pk}", "") for pk in chosen}
    if any(language and language not in Language.values for language in asked.values()):
        raise Http404
    return {pk: language for pk, language in asked.items() if language}


@require_safe
@needs(Permission.SEE_DELIVERIES)
def printing(request, pk):
    """The address sheet and the letters, as they were printed; `?format=pdf` is the file."""
    mine = Printing.objects.filter(service__in=accounts.visible_services(request.user)).select_related("service", "by")
    one = get_object_or_404(mine, pk=pk)
    now = timezone.now()
    letters = list(one.letters.order_by("place").prefetch_related("trackings"))
    if request.GET.get("format") == "pdf":
        audit.record(verb=Verb.EXPORTED, by=request.user, services=[one.service_id], now=now, list=request.path, count=len(letters))
        name = f'attachment; filename="framme-letters-{one.pk}.pdf"'
        return HttpResponse(paper.pdf(one, now=one.at), content_type="application/pdf", headers={"Content-Disposition": name})
    audit.record(verb=Verb.LISTED, by=request.user, services=[one.service_id], now=now, list=request.path, count=len(letters))
    return shown(request, one, letters)


@require_POST
@needs(Permission.DECIDE)
def track(request, pk):
    letter = get_object_or_404(Letter.objects.visible_to(request.user).select_related("printing__service", "printing__by", "service"), pk=pk)
    form = TrackForm(request.POST)
    form.full_clean()
    try:
        actions.track(letter=letter, number=form.cleaned_data.get("number", ""), by=request.user, now=timezone.now())
    except actions.NotAllowed:
        raise PermissionDenied from None
    except actions.NotKept as error:
        if not form.errors:
            form.add_error("number", str(error.sentence or _("Write the number as the post does: letters and digits, at most 40.")))
        letters = list(letter.printing.letters.order_by("place").prefetch_related("trackings"))
        return shown(request, letter.printing, letters, wrong={letter.pk: form}, status=NOT_FILLED_IN)
    return redirect("letters:printing", letter.printing_id)


@needs(Permission.DECIDE)
def write(request, language):
    """The words of the one service in view, for those who decide there."""
    if language not in Language.values:
        raise Http404
    service = in_view_alone(request)
    if service is None:
        messages.info(request, _("Choose one service above: letters are of one service."))
        return redirect("letters:resend")
    said = queries.words(service=service, language=Language(language))
    form = WordingForm(request.POST or None, initial={"subject": said.subject, "body": said.body})
    if request.method == "POST" and form.is_valid():
        try:
            actions.write(service=service, language=language, **form.cleaned_data, by=request.user, now=timezone.now())
        except actions.NotAllowed:
            raise PermissionDenied from None
        except actions.NotKept as error:
            form.add_error(error.field, str(error.sentence or _("Write something here.")))
        except words.UnknownPlaceholder as error:
            known = ", ".join(f"{{{name}}}" for name in words.PLACEHOLDERS)
            form.add_error("body", _("%(found)s means nothing here. You may use %(known)s.") % {"found": ", ".join(error.found), "known": known})
        else:
            messages.success(request, _("The words are kept. Letters printed before keep theirs."))
            return redirect("letters:resend")
    context = {"form": form, "service": service, "language": Language(language), "placeholders": words.PLACEHOLDERS, "version": said.version}
    return render(request, "letters/write.html", context, status=NOT_FILLED_IN if form.errors else 200)


def in_view_alone(request):
    """The one service in view, or the only one a person has."""
    mine = in_view.services(request)
    return in_view.service(request) or (mine[0] if len(mine) == 1 else None)


def listed(request, form, chosen=(), recipients=None, status=200):
    now = timezone.now()
    of = reach(request, now=now)
    rows = queries.to_resend(Delivery.objects.visible_to(request.user).in_services(of.ids).open())
    for row in rows:  # what was chosen stays; else the language of their last letter
        row["read"] = row["read"] if recipients is None or row["id"] not in chosen else recipients.get(row["id"])
    filter = {"district": of.district} if of.district else {}
    audit.record(verb=Verb.LISTED, by=request.user, services=of.ids, now=now, list=request.path, filter=filter, count=len(rows))
    mine = accounts.scope(request.user)
    context = {
        "now": now,
        "rows": rows,
        "is_cut": len(rows) == queries.MOST,
        "chosen": set(chosen),
        "form": form,
        "reach": of,
        "service": in_view_alone(request),
        "printable": {service.code for service in of.printable if mine.may(Permission.DECIDE, service.pk)},
        "languages": Language,
        "tabs": neighbours.tabs("letters:resend"),
    }
    return render(request, "letters/resend.html", context, status=status)


def shown(request, one, letters, wrong=None, status=200):
    known = paper.named(letter.reference_id for letter in letters)
    rows = [(letter, *known[letter.reference_id], (wrong or {}).get(letter.pk) or TrackForm(auto_id=f"id_%s_{letter.pk}")) for letter in letters]
    may_track = accounts.scope(request.user).may(Permission.DECIDE, one.service_id)
    return render(request, "letters/printing.html", {"printing": one, "rows": rows, "may_track": may_track, "now": timezone.now()}, status=status)
