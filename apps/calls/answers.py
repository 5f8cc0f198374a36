"""What a reporter can be told, by what is known of their message: a text to read out or copy. Nothing of a child or of what was done is in it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.calls.models import Call
from apps.calls.tables import days
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.ui import moments

REGISTERED = _(
    "We have received the report that you say you sent on {days}. It was registered on {registered}. You can refer to call number {number} if you ask again."
)
CLOSED = _("We know the report that you say you sent on {days}, and it has been dealt with. You can refer to call number {number} if you ask again.")
NOT_FOUND = _(
    "We cannot show that the report you say you sent on {days} has reached us. Please send it again, or tell us what it was about, and keep your copy and your "
    "receipt. If a child is in danger now, call us or the emergency service at once. The number of this call is {number}."
)
WAITING = _(
    "The report that you say you sent on {days} is on its way in, and we are looking for it. We will answer you by {due}. The number of this call is {number}."
)


def template(call: Call, delivery: Delivery) -> str:
    """The sentences that fit, in the language of the page."""
    words: str | Promise = NOT_FOUND
    if delivery.state in (State.ARRIVED, State.PARTLY_REGISTERED):
        words = REGISTERED
    elif delivery.state == State.SETTLED:
        words = CLOSED
    elif delivery.state == State.IN_TRANSIT:
        words = WAITING
    registered = moments.day(delivery.registered_at) if delivery.registered_at else ""
    return str(words).format(days=days(call), registered=registered, number=call.number, due=moments.day(call.due_at))
