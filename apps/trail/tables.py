import json

import django_tables2 as tables
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.audit.verbs import Actor, Kind, Verb
from apps.trail import wording
from apps.ui import marks, moments
from apps.ui.tables import LeanTable, NumberColumn


def rows_url(**filters) -> str:
    """The entries that these filters leave."""
    return f"{reverse('trail:list')}?{urlencode(filters)}"


class ExactColumn(tables.Column):
    """In a trail it matters when something was, to the minute, and not how long ago."""

    names_the_row = True

    def render(self, value):
        return marks.exact(value)

    def value(self, value):
        return moments.exact(value)


class EntryTable(LeanTable):
    """Entries, completed with `who`, `whom` and `service` (names, empty where nobody or nothing is named)."""

    at = ExactColumn(verbose_name=_("When"))
    who = tables.Column(verbose_name=_("Who"), empty_values=())
    verb = tables.Column(verbose_name=_("What"))
    about = tables.Column(verbose_name=_("About"), empty_values=(), accessor="object_id")
    service = tables.Column(verbose_name=_("Service"))
    details = tables.Column(verbose_name=_("More"), accessor="text")

    # Only in files taken out: what the chain is checked with.
    number = tables.Column(verbose_name=_("Number"), accessor="pk", visible=False)
    position = tables.Column(verbose_name=_("Link of its chain"), visible=False)
    text = tables.Column(verbose_name=_("Text"), visible=False)
    hash = tables.Column(verbose_name=_("Hash"), visible=False)

    class Meta:
        orderable = False

    @cached_property
    def addresses(self):
        """Where people, deliveries, imports, feeds, reviews, breaches and statements are, without their ids: reversing is what rows would cost most."""
        names = {
            Kind.PERSON: "trail:person",
            Kind.DELIVERY: "trail:message",
            Kind.IMPORT: "imports:detail",
            Kind.FEED: "imports:feed",
            Kind.INCIDENT: "incidents:review",
            Kind.BREACH: "breaches:detail",
            Kind.STATEMENT: "statements:detail",
        }
        return {kind: reverse(name, args=[0]).rpartition("0")[::2] for kind, name in names.items()}

    def linked(self, kind, number, words):
        before, after = self.addresses[kind]
        return format_html('<a href="{}{}{}">{}</a>', before, number, after, words)

    def render_who(self, record):
        return self.linked(Kind.PERSON, record.person_id, record.who) if record.person_id else Actor(record.actor).label

    def value_who(self, record):
        return record.who or str(Actor(record.actor).label)

    def render_about(self, record):
        if not record.kind or record.object_id is None:
            return marks.ABSENT
        words = self.value_about(record)
        return self.linked(record.kind, record.object_id, words) if record.kind in self.addresses else words

    def value_about(self, record):
        if not record.kind or record.object_id is None:
            return ""
        return record.whom or f"{Kind(record.kind).label} {record.object_id}"

    def render_details(self, value):
        return format_html("<bdi>{}</bdi>", self.value_details(value))

    def value_details(self, value):
        return wording.details(json.loads(value)["details"])

    def value_hash(self, value):
        return bytes(value).hex()


class SeenTable(LeanTable):
    """Who viewed a message: rows of audit.queries.seen_by with `who`, and `more`, the number of other things that the person did about it."""

    who = tables.Column(verbose_name=_("Who"), accessor="person_id")
    count = NumberColumn(verbose_name=_("Times viewed"))
    first = ExactColumn(verbose_name=_("First"))
    last = ExactColumn(verbose_name=_("Last"))
    more = NumberColumn(verbose_name=_("Did besides"))

    class Meta:
        orderable = False

    def __init__(self, *args, delivery, **kwargs):
        super().__init__(*args, **kwargs)
        self.delivery = delivery

    def render_who(self, value, record):
        return format_html('<a href="{}">{}</a>', reverse("trail:person", args=[value]), record["who"])

    def render_count(self, value, record):
        return format_html('<a href="{}">{}</a>', rows_url(delivery=self.delivery, person=record["person_id"], verb=Verb.VIEWED), value)

    def render_more(self, value, record):
        return format_html('<a href="{}">{}</a>', rows_url(delivery=self.delivery, person=record["person_id"], but=Verb.VIEWED), value) if value else value


class UnusualTable(LeanTable):
    """Rows of queries.unusual as dicts, with `who`."""

    day = tables.Column(verbose_name=_("Day"))
    who = tables.Column(verbose_name=_("Who"), accessor="person_id")
    count = NumberColumn(verbose_name=_("Messages viewed"))
    usual = NumberColumn(verbose_name=_("On a usual day"))
    why = tables.Column(verbose_name=_("Why it stands here"), empty_values=())

    class Meta:
        orderable = False

    def render_day(self, value):
        return value.strftime("%d.%m.%Y")

    def render_who(self, value, record):
        return format_html('<a href="{}">{}</a>', reverse("trail:person", args=[value]), record["who"])

    def render_count(self, value, record):
        day = record["day"].isoformat()
        return format_html('<a href="{}">{}</a>', rows_url(person=record["person_id"], verb=Verb.VIEWED, kind=Kind.DELIVERY, from_day=day, to_day=day), value)

    def render_usual(self, value):
        return f"{value:g}".replace(".", ",")

    def render_why(self, record):
        return wording.why_unusual(record)
