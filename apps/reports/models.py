from django.db import models
from django.db.models import F, Q

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY

NOTE_LIMIT = 1_000


class ControlQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user, Permission.SEE_OVERVIEW))

    def in_services(self, services):
        return self.filter(service__in=services)

    def touching(self, first_day, last_day):
        """Periods that have a day in common with this one."""
        return self.filter(first_day__lte=last_day, last_day__gte=first_day)


class Control(models.Model):
    """A manager's word that what came in a period was gone through: what there was then, and for which days no source had told anything.

    `numbers` are by direction, as `controls.counted` makes them; `sources` as `controls.sources`, with days as "2026-05-31".
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    first_day = models.DateField()
    last_day = models.DateField()
    numbers = models.JSONField()
    sources = models.JSONField()
    unfinished = models.IntegerField()  # files received in the period that were not brought in to their end
    rejected = models.IntegerField()  # lines of such files that could not be read, and that nobody had dealt with
    note = models.CharField(max_length=NOTE_LIMIT, blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ControlQuerySet.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="control_ends_after_it_begins", condition=Q(first_day__lte=F("last_day"))),
            # That no two share a day is seen to by the action, one at a time in a service, and proven by `verify`.
            models.UniqueConstraint(fields=["service", "first_day"], name="control_begins_once"),
        ]

    @property
    def open(self):
        """How many needed a person when it was signed, both directions together."""
        return sum(numbers["open"] for numbers in self.numbers.values())

    @property
    def days_missing(self):
        """How many days some source had not told of, each counted once for each source."""
        return sum(len(source["missing"]) for source in self.sources)
