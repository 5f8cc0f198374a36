"""One service's task in the review of an incident: its messages, what it answered, what the supplier said, and when the fault was put right."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.views import DeliveryPage
from apps.incidents import actions, queries
from apps.incidents.forms import AnswerForm, PatchForm, SaidForm
from apps.incidents.models import Task
from apps.ui.pages import Tab

CONFLICT, NOT_FILLED_IN = 409, 422


@needs(Permission.SEE_DELIVERIES)
def task(request, pk):
    return shown(request, one(request, pk))


@require_POST
@needs(Permission.ANSWER_REVIEWS)
def answer(request, pk):
    return done(request, one(request, pk), AnswerForm(request.POST), actions.answer, "answer_form", _("The answer is kept."))


@require_POST
@needs(Permission.ANSWER_REVIEWS)
def ask(request, pk):
    return done(request, one(request, pk), SaidForm(request.POST), actions.ask, "question_form", _("The question is kept."))


@require_POST
@needs(Permission.ANSWER_REVIEWS)
def patch(request, pk):
    return done(request, one(request, pk), PatchForm(request.POST), actions.patch, "patch_form", _("It is noted. What is frozen stays as it is."))


@require_POST
@needs(Permission.ANSWER_REVIEWS)
def reply(request, pk):
    found, form = one(request, pk), SaidForm(request.POST)
    number = request.POST.get("question", "")
    question = found.questions.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    if question is None:
        form.add_error(None, _("Say which question is answered."))

    def replied(*, task, **said):
        return actions.reply(question=question, **said)

    return done(request, found, form, replied, "reply_form", _("The answer of the supplier is kept."), answers_to=question)


def done(request, found, form, act, name, said, **more):
    """What a form of the page asks for; it comes back with what was typed where that cannot be."""
    status = NOT_FILLED_IN
    if form.is_valid():
        typed = {field: value for field, value in form.cleaned_data.items() if field != "question"}
        try:
            act(task=found, **typed, by=request.user, now=timezone.now())
        except actions.Incomplete as error:
            form.refuse(error.problems)
        except actions.AlreadyReplied:
            status = CONFLICT
            form.refuse({None: _("The supplier's answer to this question is kept already. Nothing was changed.")})
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, said)
            return redirect("incidents:task", found.pk)
    return shown(request, found, status=status, **{name: form}, **more)


def one(request, pk):
    return get_object_or_404(Task.objects.visible_to(request.user).select_related("service", "review", "by"), pk=pk)


def shown(request, found, status=200, **more):
    now = timezone.now()
    audit.record(verb=Verb.VIEWED, by=request.user, services=[found.service_id], about=(Kind.INCIDENT, found.review_id), now=now, task=found.pk)
    answers = list(found.answers.select_related("by").order_by("-pk"))
    scope = accounts.scope(request.user)
    context = {
        "now": now,
        "task": found,
        "review": found.review,
        "answers": answers,
        "is_behind": not answers and found.review.due_on < timezone.localdate(now),
        "questions": found.questions.select_related("by", "reply__by").order_by("pk"),
        "used": actions.in_use(found),
        "may_answer": found.service_id in scope.services(Permission.ANSWER_REVIEWS),
        "answer_form": AnswerForm(),
        "question_form": SaidForm(),
        "reply_form": SaidForm(),
        "patch_form": PatchForm(),
        "answers_to": None,
        **more,
    }
    return render(request, "incidents/task.html", context, status=status)


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class Messages(DeliveryPage):
    """The messages of a task, as they are now: all, or those that needed a person when they were frozen."""

    is_taken_out = False
    hidden_columns = ("service",)

    @cached_property
    def task(self):
        return one(self.request, self.kwargs["pk"])

    @property
    def title(self):
        return _("Messages of %(review)s") % {"review": self.task.review.title}

    def get_queryset(self):
        return queries.messages(task=self.task, in_doubt="doubt" in self.request.GET)

    def ordered_table(self, queryset):
        return super().ordered_table(queryset.order_by("first_at", "id"))

    def tabs(self):
        url = reverse("incidents:messages", args=[self.task.pk])
        doubted = "doubt" in self.request.GET
        everything = Tab(_("All that were frozen"), url, self.task.number, not doubted)
        return [everything, Tab(_("In doubt when they were frozen"), f"{url}?doubt=1", self.task.in_doubt, doubted)]

    def described(self):
        return [self.task.service.name]

    def told(self, verb, count):
        audit.record(verb=verb, by=self.request.user, services=[self.task.service_id], now=self.now, list=self.request.path, count=count)

    def empty_reason(self):
        return _("No source has told of a message to this service in these days.")
