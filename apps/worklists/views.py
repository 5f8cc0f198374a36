"""One view serves every worklist; another goes on to the item that comes next on one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.deliveries.views import DeliveryPage
from apps.deliveries.way import with_list
from apps.feeds.models import Rejection
from apps.ledger.models import Direction
from apps.ui import links, moments
from apps.ui.pages import Tab
from apps.worklists import catalogue, queries, queues, saving, walk
from apps.worklists.filters import WorklistFilter
from apps.worklists.queues import Queue
from apps.worklists.tables import WorklistTable

COVERED = {"yes": True, "no": False}
# What may be chosen to be shown; what names a row, and what it is chosen by, always is.
COLUMNS = {name: column.verbose_name for name, column in WorklistTable.base_columns.items() if column.visible and name not in ("chosen", "reference")}


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class WorklistPage(DeliveryPage):
    """A worklist by its direction and slug. `proposed_by` says which deliveries a person has proposed a decision about; it is given by config.urls."""

    template_name = "worklists/list.html"
    table_class = WorklistTable
    filterset_class = WorklistFilter

    @cached_property
    def worklist(self):
        if self.kwargs["slug"] not in catalogue.BY_SLUG or self.kwargs["direction"] not in catalogue.DIRECTIONS:
            raise Http404
        return catalogue.BY_SLUG[self.kwargs["slug"]]

    @property
    def direction(self):
        return self.kwargs["direction"]

    @property
    def title(self):
        return self.worklist.name

    @property
    def lead(self):
        return self.worklist.explains

    @property
    def hidden_columns(self):
        several_states = self.worklist.state is None
        chosen = {name for name in self.request.GET.getlist("column") if name in COLUMNS}
        wanted = chosen and chosen | {self.request.GET.get("sort", "").removeprefix("-")}  # what the list is put in order by is shown
        return (
            *(() if self.may_decide else ("chosen",)),
            *(() if several_states else ("state",)),
            *(() if self.direction == Direction.INBOUND else ("is_covered", "reporter")),
            *(name for name in COLUMNS if wanted and name not in wanted),
        )

    @property
    def covered(self):
        return COVERED.get(self.request.GET.get("covered"))

    @property
    def queue(self):
        asked = self.request.GET.get("queue")
        return asked if asked in Queue.values else None

    def get_queryset(self):
        opened = super().get_queryset().open()
        if self.request.GET.get("look") == "mine":
            may_look = accounts.visible_services(self.request.user, Permission.SECOND_LOOK)
            opened = opened.filter(look_waits=True, service__in=may_look).exclude(pk__in=self.kwargs["proposed_by"](self.request.user))
        return opened

    @cached_property
    def tally(self):
        is_filtered = self.filterset.errors or any(self.filterset.active())
        return queries.tally(self.get_queryset(), person=self.request.user.pk, now=self.now, filtered=self.filtered if is_filtered else None)

    def narrow(self, queryset):
        return queries.listed(
            queryset,
            worklist=self.worklist,
            direction=self.direction,
            covered=self.covered,
            queue=self.queue,
            person=self.request.user.pk,
            now=self.now,
        )

    def fetch(self, queryset):
        return list(queues.whose(deliveries.rows_of(queryset), now=self.now))

    def exportable(self, queryset):
        return queues.whose(deliveries.rows(queryset), now=self.now)

    def count_rows(self, queryset):
        return self.tally.of(self.worklist, self.direction, self.covered, self.queue)

    def number(self, worklist, direction, covered=None, queue=None):
        """None where a filter could not be understood: nothing was counted, which is not the same as nothing there."""
        return self.tally.of(worklist, direction, covered, queue) if self.filterset.is_valid() else None

    def count_all(self):
        return self.tally.all_of(self.worklist, self.direction)

    def url(self, worklist, direction, **changes):
        return reverse("worklists:list", args=[direction, worklist.slug]) + links.replaced(self.request.GET, page=None, **changes)

    def tabs(self):
        return [
            Tab(each.name, self.url(each, self.direction), self.number(each, self.direction, self.covered, self.queue), each == self.worklist)
            for each in catalogue.WORKLISTS
        ]

    def directions(self):
        return [
            Tab(Direction(each).label, self.url(self.worklist, each, covered=None), self.number(catalogue.OPEN, each), each == self.direction)
            for each in catalogue.DIRECTIONS
        ]

    def segments(self):
        """Both parts and the whole, so that their numbers can be seen to add up."""
        if self.direction != Direction.INBOUND or not (self.worklist.by_coverage or self.covered is not None):
            return []
        parts = (
            (None, None, _("All")),
            ("yes", True, _("Missing in the case system")),
            ("no", False, _("The case system's data do not reach the day yet")),
        )
        return [
            Tab(
                label,
                self.url(self.worklist, self.direction, covered=code),
                self.number(self.worklist, self.direction, covered, self.queue),
                covered == self.covered,
            )
            for code, covered, label in parts
        ]

    def turns(self):
        """Everybody's and each queue of it, so that their numbers can be seen to add up."""
        everybodys = [(None, _("Everybody's")), *((queue, queue.label) for queue in Queue)]
        return [
            Tab(
                label,
                self.url(self.worklist, self.direction, queue=queue),
                self.number(self.worklist, self.direction, self.covered, queue),
                queue == self.queue,
            )
            for queue, label in everybodys
        ]

    def walked(self, walk, delivery):
        """Where one comes to along this list, in the order that the page has; `walk` is one of the ways of `walk`."""
        ordered = self.ordered_table(self.narrow(self.filtered)).data.data
        return walk(ordered=ordered, delivery=delivery, came_last="known" in self.request.GET, now=self.now)

    def empty_reason(self):
        """Why, and when that was last proven: a list that nothing feeds is empty too."""
        proven, reaches = queries.last_proof(services=in_view.service_ids(self.request))
        if proven is None:
            return _("Nothing is shown, but nothing is proven either: no file has been brought in completely.")
        proof = _("Last complete import %(ago)s.") % {"ago": moments.ago(proven, now=self.now)}
        if reaches is None:
            return f"{self.worklist.empty} {proof} " + _("A file of the case system is missing, so no report can be shown to have arrived.")
        return f"{self.worklist.empty} {proof} " + _("The case system's data reach to %(day)s.") % {"day": moments.exact(reaches)}

    def many_url(self):
        """Where something is done with many of this list; empty for those who may do nothing."""
        return reverse("worklists:many", args=[self.direction, self.worklist.slug]) + links.replaced(self.request.GET, page=None) if self.may_decide else ""

    @property
    def may_decide(self):
        return accounts.scope(self.request.user).may(Permission.DECIDE)

    def view(self):
        """The way of looking that the address names, as `Seen`; None when it names none that this person sees."""
        return saving.seen(user=self.request.user, direction=self.direction, slug=self.worklist.slug, query=self.request.GET)

    def columns(self):
        """Each column with whether it is shown now."""
        hidden = set(self.hidden_columns)
        return [{"name": name, "label": label, "is_shown": name not in hidden} for name, label in COLUMNS.items()]

    def rejected(self):
        """Rejected lines are unread children too; only who may see them gets the number."""
        if not accounts.scope(self.request.user).may(Permission.SEE_REJECTIONS):
            return None
        return Rejection.objects.open().visible_to(self.request.user).filter(service__in=in_view.service_ids(self.request)).count()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            directions=self.directions(),
            columns=self.columns(),
            view=self.view(),
            views_url=f"{reverse('worklists:views')}?{urlencode({'list': self.request.path + links.replaced(self.request.GET, page=None, view=None).rstrip('?')})}",
            turns=self.turns(),
            many_url=self.many_url(),
            rejected=self.rejected(),
            rejected_url=reverse("imports:rejected"),
            **kwargs,
        )


class NextOpen(WorklistPage):
    """Goes on to the item behind `after` on the list that the person came from, by the same address with the same filters."""

    def get(self, request, *args, **kwargs):
        list_query = links.replaced(request.GET, after=None, known=None)
        list_url = reverse("worklists:list", args=[self.direction, self.worklist.slug]) + list_query.rstrip("?")
        opened_from = self.opened_from()
        following = self.walked(walk.following, opened_from) if opened_from else None
        if following is None:
            messages.info(request, _("That was the last on this list."))
            return redirect(list_url)
        return redirect(with_list(reverse("deliveries:detail", args=[following]), list_url))

    def opened_from(self):
        """The delivery that was worked on; None for one that the person may not see."""
        after = self.request.GET.get("after", "")
        asked = int(after) if after.isdecimal() and len(after) < 19 else 0
        return Delivery.objects.visible_to(self.request.user).select_related("service").filter(pk=asked).first()
