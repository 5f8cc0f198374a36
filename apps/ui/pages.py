"""TablePage: a list page as a declaration of queryset, table and filter. Paging, sorting, the page size and every filter are in the URL."""

from dataclasses import dataclass
from itertools import islice

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from apps.ui import links, moments, spreadsheets

PAGE_SIZES = (25, 50, 100)
USUAL_SIZE = 50
EXPORTED_AT_ONCE = 2000
NOT_UNDERSTOOD = 400
FILES = {"csv": spreadsheets.built, "xlsx": spreadsheets.workbook}


@dataclass(frozen=True)
class Tab:
    """A link to a neighbouring list, or to a part of this one, with the number of its rows (None where it is not counted)."""

    label: str
    url: str
    count: int | None = None
    is_here: bool = False


class Counted(Paginator):
    """A paginator that was told how many rows there are, so that nothing is counted twice."""

    def __init__(self, rows, per_page, *, count):
        super().__init__(rows, per_page)
        self.count = count


class TablePage(TemplateView):
    """Declare `title`, `table_class`, `filterset_class` and `get_queryset`; the rest is here.

    Hooks: `narrow` (the part of the filtered rows that this page shows), `count_rows`, `count_all` (the number behind "of"), `fetch` (reads the rows of a page),
    `complete` (fetches in one query what they need besides), `tabs`, `segments`, `described` (whose rows these are, in words), `empty_reason`,
    `misunderstood` (a sentence, when what was asked for is nothing that can be);
    `shown` and `taken_out` are told, before anything leaves, how many rows the filter found; `before_taking_out` may refuse.
    `meanings` says of a file's columns what they hold;
    `limit` is how far rows are counted and paged; `is_taken_out` says that there is a file of this list, for those who `may_export` it.
    """

    template_name = "table_page.html"
    table_class = None
    filterset_class = None
    title = ""
    lead = ""
    limit = None
    is_taken_out = False

    @cached_property
    def now(self):
        return timezone.now()

    def get_queryset(self):
        raise NotImplementedError

    def narrow(self, queryset):
        return queryset

    def fetch(self, queryset) -> list:
        return list(queryset)

    def complete(self, rows) -> None:
        pass

    def exportable(self, queryset):
        return queryset

    def may_export(self) -> bool:
        return False

    def shown(self, count: int) -> None:
        pass

    def before_taking_out(self) -> None:
        pass

    def taken_out(self, count: int) -> None:
        pass

    def meanings(self) -> list[tuple[str, str]]:
        return []

    def tabs(self) -> list[Tab]:
        return []

    def segments(self) -> list[Tab]:
        return []

    def described(self) -> list[str]:
        return []

    def empty_reason(self) -> str:
        return ""

    def count_rows(self, queryset) -> int:
        return queryset.count()

    def count_all(self) -> int:
        return self.narrow(self.get_queryset()).count()

    @cached_property
    def filterset(self):
        return self.filterset_class(self.request.GET, self.get_queryset(), request=self.request, now=self.now)

    @cached_property
    def filtered(self):
        """What the filter leaves of all rows. A filter that cannot be understood leaves none, and says so beside the field."""
        if self.filterset_class is None:
            return self.get_queryset()
        return self.filterset.qs if self.filterset.is_valid() else self.filterset.queryset.none()

    def misunderstood(self, count: int) -> str:
        if self.filterset_class is None or self.filterset.is_valid():
            return ""
        return _("Nothing is shown, because a filter could not be understood. What is wrong stands beside its field.")

    def table_kwargs(self) -> dict:
        return {}

    def ordered_table(self, queryset):
        return self.table_class(queryset, now=self.now, order_by=self.request.GET.get("sort") or None, **self.table_kwargs())

    def get(self, request, *args, **kwargs):
        write = FILES.get(request.GET.get("format"))
        if write and not self.misunderstood(count=0):
            return self.exported(write)
        context = self.get_context_data(**kwargs)
        return self.render_to_response(context, status=NOT_UNDERSTOOD if context["misunderstood"] else None)

    def exported(self, write):
        """Exactly the filtered rows, in the order shown, as a file that says what it holds."""
        if not (self.is_taken_out and self.may_export()):
            raise PermissionDenied
        self.before_taking_out()
        name = f"framme-{slugify(self.title)}-{timezone.localtime(self.now):%Y%m%d-%H%M}.{self.request.GET['format']}"
        file = write(self.exported_rows(), file_name=name, about=self.about())
        self.taken_out(self.rows_taken_out)  # last, for whoever is told of it may keep others waiting until the file is made
        return file

    def about(self):
        """What the file holds, as of when, by which filter, and what its columns mean; asked for when its rows are written."""
        yield _("List"), ", ".join([str(self.title), *self.described()])
        if self.lead:
            yield _("What is listed"), str(self.lead)
        yield _("As of"), moments.exact(self.now)
        for word in self.filterset.words() if self.filterset_class else []:
            yield _("Filter"), f"{word['label']}: {word['value']}"
        yield _("Rows"), self.rows_taken_out
        yield from ((str(label), str(meaning)) for label, meaning in self.meanings())

    def exported_rows(self):
        ordered = self.ordered_table(self.narrow(self.filtered)).data.data
        rows = self.exportable(ordered).iterator(chunk_size=EXPORTED_AT_ONCE)
        yield self.headings()
        self.rows_taken_out = 0
        while chunk := list(islice(rows, EXPORTED_AT_ONCE)):
            self.rows_taken_out += len(chunk)
            self.complete(chunk)
            values = self.table_class(chunk, now=self.now).as_values()
            next(values)  # the headings, which stand at the top already
            yield from values

    def headings(self):
        return next(self.table_class([], now=self.now).as_values())

    def page_size(self) -> int:
        asked = self.request.GET.get("per_page", "")
        return int(asked) if asked in map(str, PAGE_SIZES) else USUAL_SIZE

    def paged_table(self):
        queryset = self.narrow(self.filtered)
        table = self.ordered_table(queryset)
        count = self.count_rows(queryset)
        pages = Counted(table.rows, self.page_size(), count=min(count, self.limit or count))
        page = pages.get_page(self.request.GET.get("page"))
        table.page = page
        # The slice is read once, here; the table goes through the rows that were completed.
        page.object_list.data = rows = self.fetch(page.object_list.data)
        self.complete(rows)
        table.prepare(self.request.GET)
        return table, page, count

    def get_context_data(self, **kwargs):
        table, page, count = self.paged_table()
        self.shown(count)
        query = self.request.GET
        words = self.filterset.words() if self.filterset_class and self.filterset.is_valid() else []
        misunderstood = self.misunderstood(count)
        return super().get_context_data(
            now=self.now,
            title=self.title,
            lead=self.lead,
            tabs=self.tabs(),
            segments=self.segments(),
            filter=self.filterset if self.filterset_class else None,
            table=table,
            page=page,
            count=count,
            is_capped=bool(self.limit) and count >= self.limit,
            # Without a filter both numbers are the same, so one count is enough.
            count_all=self.count_all() if words else count,
            described=self.described(),
            words=words,
            without_filters=links.replaced(type(query)(), **{name: query.get(name) for name in ("sort", "per_page")}),
            sizes=[Tab(str(size), links.replaced(query, per_page=size, page=None), is_here=size == self.page_size()) for size in PAGE_SIZES],
            previous_url=links.replaced(query, page=page.number - 1) if page.has_previous() else "",
            next_url=links.replaced(query, page=page.number + 1) if page.has_next() else "",
            is_taken_out=self.is_taken_out,
            export_urls=[(kind, links.replaced(query, format=kind.lower(), page=None)) for kind in ("CSV", "XLSX")]
            if self.is_taken_out and self.may_export()
            else [],
            misunderstood=misunderstood,
            empty_reason="" if count or words or misunderstood else self.empty_reason(),
            **kwargs,
        )
