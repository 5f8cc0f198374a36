from django import template

from apps.ui import moments
from apps.watch import words

register = template.Library()


@register.filter
def patience(rhythm):
    return words.patience(rhythm)


@register.filter
def stands(rhythm):
    return words.stands(rhythm)


@register.filter
def amount(length):
    return moments.amount(length.total_seconds())
