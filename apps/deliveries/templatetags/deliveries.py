"""Tags about deliveries: a state as a chip, with its word and its symbol."""

from django import template

from apps.deliveries.looks import LOOKS
from apps.deliveries.states import State
from apps.ui import marks

register = template.Library()


@register.simple_tag
def state_chip(state):
    """{% state_chip delivery.state %}"""
    state = State(state)
    return marks.chip(state.label, LOOKS[state])
