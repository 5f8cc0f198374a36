from django import template

from apps.watch import words

register = template.Library()


@register.filter
def patience(rhythm):
    return words.patience(rhythm)


@register.filter
def stands(rhythm):
    return words.stands(rhythm)
