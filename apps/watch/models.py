from django.db import models
from django.db.models import Q


class Pulse(models.Model):
    """What the worker found when it last looked at everything, as it does each minute: numbers of all services together. One row, for its age is the signal.

    `owed_since` is when the oldest work that is still owed came to be, `complete_at` when an import last was complete; unset when there is none.
    """

    at = models.DateTimeField()
    owed = models.IntegerField()
    owed_since = models.DateTimeField(null=True)
    needs_a_person = models.IntegerField()
    late = models.IntegerField()
    silent = models.IntegerField()
    complete_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="pulse_is_one", condition=Q(id=1))]
