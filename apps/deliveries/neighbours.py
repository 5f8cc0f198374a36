"""The pages about deliveries that stand beside the list of them, as its tabs."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.ui.pages import Tab


def tabs(here):
    """`here` is the name of the page that is shown."""
    pages = (
        ("deliveries:list", _("All messages")),
        ("deliveries:suggestions", _("Suggestions")),
        ("deliveries:day-sheet", _("Day sheet")),
        ("deliveries:shortfall", _("Shortfall")),
        ("calls:list", _("Reporters' calls")),
        ("letters:resend", _("Letters")),
        ("handovers:list", _("Offered by others")),
        ("decisions:drawn", _("Drawn by chance")),
    )
    return [Tab(label, reverse(name), is_here=name == here) for name, label in pages]
