"""The filter bar: fields for django-filter that keep what was typed and never fail, and the words for what is shown."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.fields import DateField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.ui import links

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


class DayInput(forms.DateInput):
    input_type = "date"


class DayField(DateField):
    """A day as the browser sends it or as people write it (31.12.2025)."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"])
        kwargs.setdefault("widget", DayInput(format="%Y-%m-%d"))
        kwargs.setdefault("error_messages", {"invalid": _("Write a day as dd.mm.yyyy.")})
        super().__init__(*args, **kwargs)
        self.validators += [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


def start_of(day: date) -> datetime:
    """The first moment of a day in Oslo."""
    return timezone.make_aware(datetime.combine(day, time.min))


class FromDay(django_filters.Filter):
    """From the beginning of a day in Oslo."""

    field_class = DayField

    def filter(self, queryset, value):
        return queryset.filter(**{f"{self.field_name}__gte": start_of(value)}) if value else queryset


class ToDay(django_filters.Filter):
    """To the end of a day in Oslo, that day included."""

    field_class = DayField

    def filter(self, queryset, value):
        return queryset.filter(**{f"{self.field_name}__lt": start_of(value + timedelta(days=1))}) if value else queryset


class OnDay(django_filters.Filter):
    """Within a day in Oslo."""

    field_class = DayField

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(**{f"{self.field_name}__gte": start_of(value), f"{self.field_name}__lt": start_of(value + timedelta(days=1))})


class Words(django_filters.ChoiceFilter):
    """One of a table of words; anything else is an error beside the field."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("empty_label", _("All"))
        super().__init__(*args, **kwargs)


class FilterBar(django_filters.FilterSet):
    """A filter set that knows the page's clock as `now`."""

    def __init__(self, *args, now, **kwargs):
        self.now = now
        super().__init__(*args, **kwargs)

    def active(self) -> Iterator[tuple[str, object]]:
        """The fields in use, by name, with what they hold."""
        for name, value in self.form.cleaned_data.items():
            if value not in (None, "", []):
                yield name, value

    def words(self) -> list[dict[str, str]]:
        """What is filtered by, in words, each with the link that takes it away."""
        return [
            {"label": str(self.form.fields[name].label), "value": self.word(name, value), "without": links.replaced(self.data, **{name: None}, page=None)}
            for name, value in self.active()
        ]

    def word(self, name, value) -> str:
        choices = getattr(self.form.fields[name], "choices", None)
        if choices:
            return str(dict(choices).get(value, value))
        return value.strftime("%d.%m.%Y") if isinstance(value, date) else str(value)
