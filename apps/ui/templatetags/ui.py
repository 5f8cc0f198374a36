"""Tags of all pages. Each reads the clock at most once, when the page has not said what `now` is."""

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.ui import marks, moments

register = template.Library()


def clock(context):
    return context.get("now") or timezone.now()


@register.simple_tag(takes_context=True)
def moment(context, value) -> SafeString:
    """{% moment value %}: "3 days ago" with the exact time as title, on focus of its row, and on paper."""
    return marks.moment(value, now=clock(context))


@register.simple_tag
def exact(value) -> SafeString:
    """{% exact value %}: the Oslo time, 18.11.2025 14:03."""
    return marks.exact(value)


@register.simple_tag(takes_context=True)
def ago(context, value) -> str:
    """{% ago value %}: only the words "3 days ago"."""
    return moments.ago(value, now=clock(context)) if value else ""


@register.simple_tag(takes_context=True)
def days_left(context, value) -> SafeString:
    """{% days_left delivery.gone_at %}: the number with its symbol."""
    return marks.days_left(value, now=clock(context))


@register.simple_tag
def chip(word, symbol, tone="neutral") -> SafeString:
    """{% chip _("Complete") "check" "neutral" %}; green ("success") is for "arrived" alone."""
    return marks.chip(word, marks.Look(symbol, tone))


@register.inclusion_tag("parts/field.html")
def field(bound, small=False):
    """{% field form.name %}: label, input, help and errors as Designsystemet wants them. What was typed stays, even where it is no date."""
    widget = bound.field.widget
    if bound.errors and bound.value() and getattr(widget, "input_type", "") == "date":
        widget.input_type = "text"
    return {"field": bound, "input": bound.as_widget(attrs={"class": "ds-input"}), "small": small}


@register.inclusion_tag("parts/errors.html")
def form_errors(form):
    """{% form_errors form %}: what is wrong with the whole form, above it."""
    return {"form": form}
