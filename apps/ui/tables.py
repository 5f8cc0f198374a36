"""Lean tables: a column says once how its cells open and close, and formats its values itself, because rendering is what a list page costs."""

from collections.abc import Callable, Iterator

import django_tables2 as tables
from django.db.models import F
from django.utils.encoding import force_str
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django_tables2.utils import signature

from apps.ui import links, marks, moments


class LeanTable(tables.Table):
    """A table whose cells are written by parts/table.html without attributes computed for each. `now` is the page's clock."""

    def __init__(self, *args, now, **kwargs):
        self.now = now
        super().__init__(*args, default=marks.ABSENT, **kwargs)

    def prepare(self, query):
        """Writes each column's tags, and its heading's link that sorts, once a page; `query` is the page's own."""
        for bound in self.columns:
            column = bound.column
            tag, scope = ("th", SafeString(' scope="row"')) if getattr(column, "names_the_row", False) else ("td", "")
            manner = getattr(column, "manner", "text")
            column.opening = format_html('<{}{} class="{}" data-label="{}">', tag, scope, manner, bound.header)
            column.closing = SafeString(f"</{tag}>")
            column.cell_class = manner
            column.sorted = "" if not bound.is_ordered else "descending" if bound.order_by_alias.is_descending else "ascending"
            column.sort_url = links.replaced(query, sort=bound.order_by_alias.next, page=None) if bound.orderable else ""

    def lines(self) -> Iterator[SafeString]:
        """The cells of each row of the page as HTML."""
        writers = [(bound.column.opening, self.writer(bound), bound.column.closing) for bound in self.columns]
        for row in self.paginated_rows:
            yield SafeString("".join([f"{opening}{shown(write(row))}{closing}" for opening, write, closing in writers]))

    def as_values(self) -> Iterator[list[object]]:
        """Headings, then the values of each row for a file, as the library gives them; in a file of a hundred thousand rows its asking was most of the work."""
        columns = [bound for bound in self.columns.iterall() if not bound.column.exclude_from_export]
        yield [str(bound.header) for bound in columns]
        tellers = [self.teller(bound) for bound in columns]
        for row in self.rows:
            yield [force_str(tell(row), strings_only=True) for tell in tellers]

    def writer(self, bound) -> Callable[[tables.rows.BoundRow], object]:
        """What writes this column's cell of a row."""
        return self.asked_once(bound, bound.render, bound.default, tables.rows.BoundRow.get_cell)

    def teller(self, bound) -> Callable[[tables.rows.BoundRow], object]:
        """What tells a file this column's value of a row."""
        is_usual = getattr(bound.value, "__func__", None) is tables.Column.value  # which does nothing but render
        return self.asked_once(bound, bound.column.render if is_usual else bound.value, None, tables.rows.BoundRow.get_cell_value)

    def asked_once(self, bound, function, default, otherwise) -> Callable[[tables.rows.BoundRow], object]:
        """The library asks anew for every cell what its `function` wants to be given; here that is asked once. `otherwise` it goes the library's way."""
        wanted, others = signature(function)
        given = {"column": bound.column, "bound_column": bound, "table": self}
        if others or bound.link or not set(wanted) <= {"value", "record", *given}:
            return lambda row: otherwise(row, bound.name)
        fixed = {name: given[name] for name in wanted if name in given}
        name, empty = bound.accessor, bound.column.empty_values
        with_value, with_record = "value" in wanted, "record" in wanted

        def ask(row):
            record = row.record
            if not isinstance(record, dict) or name not in record:
                return otherwise(row, bound.name)
            value = record[name]
            if value in empty:
                return default
            more = {"value": value} if with_value else {}
            if with_record:
                more["record"] = record
            return function(**fixed, **more)

        return ask


def shown(content: object) -> str:
    """A cell's content as a template would write it."""
    if isinstance(content, SafeString):
        return content
    return conditional_escape(content if isinstance(content, str) else localize(content))


class MomentColumn(tables.Column):
    """ "3 days ago" with the exact Oslo time; exported as the exact time."""

    def render(self, value, table):
        return marks.moment(value, now=table.now)

    def value(self, value):
        return moments.exact(value)


class DaysLeftColumn(tables.Column):
    """Days until a time, with its own symbol; a row without a deadline has a dash. Exported as the exact time."""

    manner = "number"
    empty_values = ()

    def render(self, value, table):
        return marks.days_left(value, now=table.now)

    def value(self, value):
        return moments.exact(value) if value else ""

    def order(self, queryset, is_descending):
        """Rows without a deadline come last, whichever way it goes."""
        time = F(self.accessor)
        return queryset.order_by(time.desc(nulls_last=True) if is_descending else time.asc(nulls_last=True), "pk"), True


class NumberColumn(tables.Column):
    manner = "number"
