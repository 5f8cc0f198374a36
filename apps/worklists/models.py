from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.accounts.roles import Role
from apps.audit.guards import APPEND_ONLY
from apps.deliveries.states import State
from apps.ledger.models import Direction
from apps.walls.constraints import WithinService, points_within

REASON_LIMIT = 1_000


class Act(models.TextChoices):
    """What people do about whose turn it is. What they conclude is a decision, and stands among the decisions."""

    CLAIMED = "claimed", _("Taken")
    ASSIGNED = "assigned", _("Given to a person")
    RELEASED = "released", _("Let go")
    PAUSED = "paused", _("Laid aside")
    RESUMED = "resumed", _("Taken up again")
    NOTED = "noted", _("Noted")
    PROPOSED = "proposed", _("Proposed")


class OfServices(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))


class Batch(models.Model):
    """One thing done to many deliveries at once, by which all of them can be found again; or all of it taken back (`undoes`)."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=10, choices=Act)
    listed = models.CharField(max_length=2000)  # the list that they were chosen from, as path and query
    matched = models.IntegerField()  # how many were chosen; those that were done are its steps
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="batch_of_service"),
            WithinService(field="undoes", name="undoing_of_batch_within_service"),
        ]


class Step(models.Model):
    """What somebody did about whose turn a delivery is: the history behind claims and pauses. `reference` is the delivery's home at the time."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="steps", db_constraint=False)
    act = models.CharField(max_length=10, choices=Act)
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)  # who has it from now on
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference")]
        constraints = [
            WithinService(field="batch", name="step_within_service"),
            models.CheckConstraint(name="step_is_known", condition=Q(act__in=Act.values)),
            models.CheckConstraint(
                name="taken_by_somebody_for_a_time", condition=~Q(act__in=[Act.CLAIMED, Act.ASSIGNED]) | Q(person__isnull=False, until__isnull=False)
            ),
            models.CheckConstraint(name="paused_with_an_end_and_a_reason", condition=~Q(act=Act.PAUSED) | Q(Q(until__isnull=False), ~Q(reason=""))),
        ]


class Claim(models.Model):
    """Who works on a delivery until when: one at a time, by the primary key. Over when `until` has passed; the row stays until somebody else takes it."""

    reference = models.OneToOneField("ledger.Reference", on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        triggers = [points_within("reference_id", table="ledger_reference")]
        constraints = [models.CheckConstraint(name="claim_ends_after_it_begins", condition=Q(until__gt=F("since")))]


class Pause(models.Model):
    """A delivery put aside until a day. `events` and `state` are what was known: as soon as either is another, it is awake, whatever this row says."""

    reference = models.OneToOneField("ledger.Reference", on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField()
    events = models.IntegerField()
    state = models.CharField(max_length=20, choices=State)

    class Meta:
        triggers = [points_within("reference_id", table="ledger_reference")]
        constraints = [models.CheckConstraint(name="pause_ends_after_it_begins", condition=Q(until__gt=F("since")))]


class Reach(models.TextChoices):
    PRIVATE = "private", _("Only me")
    SERVICE = "service", _("My service")
    ALL = "all", _("Everybody")


class SavedView(models.Model):
    """A way of looking at a worklist under a name: filter, columns, order and page size, as its address has them, without rows and without references.

    `default_for` is the role that the worklists open with it for.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reach = models.CharField(max_length=10, choices=Reach)
    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    direction = models.CharField(max_length=10, choices=Direction)
    slug = models.CharField(max_length=30)
    query = models.CharField(max_length=1000, blank=True)
    default_for = models.CharField(max_length=30, choices=Role, blank=True)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="view_of_a_service_names_it",
                condition=Q(reach=Reach.SERVICE, service__isnull=False) | Q(Q(reach__in=[Reach.PRIVATE, Reach.ALL]), service__isnull=True),
            ),
            models.CheckConstraint(name="no_default_of_ones_own", condition=~Q(reach=Reach.PRIVATE) | Q(default_for="")),
            models.UniqueConstraint(fields=["owner", "name"], condition=Q(reach=Reach.PRIVATE), name="own_view_named_once"),
            models.UniqueConstraint(fields=["service", "name"], condition=~Q(reach=Reach.PRIVATE), nulls_distinct=False, name="shared_view_named_once"),
            models.UniqueConstraint(fields=["service", "default_for"], condition=~Q(default_for=""), nulls_distinct=False, name="one_default_for_a_role"),
        ]
