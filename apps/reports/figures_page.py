"""The figures, on the page and as a file. Each number is a link to exactly its rows."""

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from apps.accounts import fresh, in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.ledger.models import Direction
from apps.reports import coverage, figures_file, national, queries, sheet, untold
from apps.reports.figures import FIGURES
from apps.reports.figures_file import Shown
from apps.ui import links
from apps.ui.pages import FILES


@method_decorator(needs(Permission.SEE_FIGURES), name="dispatch")
class Figures(TemplateView):
    """The figures of the service in view, or of all services whose figures the person may see; a national coordinator sees no rows behind them."""

    template_name = "reports/figures.html"

    @cached_property
    def now(self):
        return timezone.now()

    @cached_property
    def services(self):
        return list(accounts.services(user=self.request.user, permission=Permission.SEE_FIGURES, now=self.now).order_by("name", "code"))

    @cached_property
    def counted(self):
        """The one service asked for or in view, else all of them."""
        asked = [service for service in self.services if service.code == self.request.GET.get("service")]
        one = in_view.service(self.request)
        return asked or ([one] if one in self.services else self.services)

    @cached_property
    def is_national(self):
        """Whether figures are asked for of services that the person does not belong to: these are counted across the wall, and small numbers not told."""
        own = accounts.scope(self.request.user).services(Permission.SEE_FIGURES)
        return not {service.pk for service in self.counted} <= set(own)

    @cached_property
    def one(self):
        return self.counted[0] if len(self.counted) == 1 else None

    @cached_property
    def shown(self):
        """All that there is to see, for the page and for the file."""
        counted, visible = [service.pk for service in self.counted], [service.pk for service in in_view.services(self.request)]
        counts = self.counts(counted)
        # The lists show all of the person's services, or one that their address names: for any other choice there is no list.
        has_lists = self.one.pk in visible if self.one else set(counted) == set(visible)
        return Shown(
            services=self.counted,
            sections=sheet.sections(counts, linked=has_lists, service=self.one),
            beside=[] if self.one else sheet.by_service(counts, self.counted, visible=visible),
            due=0 if self.is_national else queries.due(now=self.now, services=counted),
            is_overtaken=self.is_national and counts.due(counted).most > 0,
            is_national=self.is_national,
            now=self.now,
        )

    def counts(self, services):
        if not self.is_national:
            return sheet.Own(queries.stored(services=services), untold.sources(services=services))
        counted = national.counted(service=services[0] if len(services) == 1 else None, now=self.now)
        return sheet.Across(counted, {direction: coverage.across(now=self.now, direction=direction) for direction in Direction.values})

    def get(self, request, *args, **kwargs):
        """`format=csv` and `format=xlsx` are what the page shows, as a file."""
        write = FILES.get(request.GET.get("format"))
        return self.taken_out(write) if write else super().get(request, *args, **kwargs)

    def may_export(self):
        """Whoever may take out the lists behind the numbers; where there are none to see, whoever sees across services."""
        mine = accounts.scope(self.request.user)
        return mine.may(Permission.SEE_ACROSS) if self.is_national else all(mine.may(Permission.EXPORT, service.pk) for service in self.counted)

    def taken_out(self, write):
        if not self.may_export():
            raise PermissionDenied
        fresh.ask(self.request)
        kind, rows = self.request.GET["format"], list(figures_file.rows(self.shown))
        name = f"framme-{slugify(_('Figures'))}-{timezone.localtime(self.now):%Y%m%d-%H%M}.{kind}"
        file = write(rows, file_name=name, about=figures_file.about(self.shown))
        services = () if self.is_national else [service.pk for service in self.counted]
        asked = {"service": self.one.code if self.one else "", "format": kind}
        audit.record(verb=Verb.EXPORTED, by=self.request.user, services=services, now=self.now, list=self.request.path, filter=asked, count=len(rows) - 1)
        return file

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **vars(self.shown),
            silent=self.shown.silent,
            one=self.one,
            all_url=reverse("reports:figures") if len(self.services) > 1 and self.one and "service" in self.request.GET else "",
            directions=Direction.labels,
            glance=[figure.label for figure in FIGURES if figure.name in sheet.AT_A_GLANCE],
            sees_across=accounts.scope(self.request.user).may(Permission.SEE_ACROSS),
            export_urls=[(kind.upper(), links.replaced(self.request.GET, format=kind)) for kind in FILES] if self.may_export() else [],
            **kwargs,
        )
