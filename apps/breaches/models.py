from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY
from apps.ledger.models import Direction
from apps.walls.constraints import WithinService

TEXT_LIMIT = 4_000


class OfServices(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user, Permission.SEE_BREACHES))


class Breach(models.Model):
    """A breach of personal data as it was first noted; what is corrected, added and told is a Step. It holds no name and no identity number.

    `records` and `persons` are None where nobody knows; with a `statement` they are its numbers of `direction` (numbers.py). Days are Oslo's, both included.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    aware_at = models.DateTimeField()
    noticed_by = models.CharField(max_length=200)
    nature = models.TextField()
    statement = models.ForeignKey("statements.Statement", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)
    direction = models.CharField(max_length=10, choices=Direction)
    records = models.IntegerField(null=True)
    persons = models.IntegerField(null=True)
    from_day = models.DateField()
    to_day = models.DateField()
    consequences = models.TextField()
    measures = models.TextField()
    contact = models.CharField(max_length=200)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        verbose_name_plural = "breaches"
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="breach_of_service"),
            WithinService(field="statement", name="breach_statement_within_service"),
            models.CheckConstraint(condition=Q(to_day__gte=F("from_day")), name="breach_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(aware_at__lte=F("at")), name="breach_of_no_future"),
            models.CheckConstraint(condition=Q(records__gte=0) | Q(records=None), name="breach_records_none_or_more"),
            models.CheckConstraint(condition=Q(persons__gte=0) | Q(persons=None), name="breach_persons_none_or_more"),
        ]


class Act(models.TextChoices):
    TOLD = "told", _("The authority was told")
    LATE_REASON = "late_reason", _("Why it was told late")
    SUPPLEMENTED = "supplemented", _("Corrected or supplemented")
    AFFECTED_DECIDED = "affected_decided", _("Whether those affected must be told")
    AFFECTED_TOLD = "affected_told", _("Those affected were told")
    AFFECTED_REASON = "affected_reason", _("Why they were told without a decision that the risk is high")


class Step(models.Model):
    """What became of a breach: done at `done_at`, written down by `by` at `at`. `is_high_risk` says that those affected must be told; the latest stands.

    A supplement may name a newer `statement`: its numbers (numbers.py) then stand beside the first ones.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="steps", db_constraint=False)
    act = models.CharField(max_length=20, choices=Act)
    done_at = models.DateTimeField()
    text = models.TextField()
    is_high_risk = models.BooleanField(null=True)
    statement = models.ForeignKey("statements.Statement", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            WithinService(field="breach", name="breach_step_within_service"),
            WithinService(field="statement", name="breach_step_statement_within_service"),
            models.UniqueConstraint(fields=["breach", "statement"], name="breach_supplemented_once_by_a_statement"),
            models.CheckConstraint(condition=Q(statement=None) | Q(act="supplemented"), name="statement_supplements"),
            models.UniqueConstraint(fields=["breach"], condition=Q(act="told"), name="breach_told_once"),
            models.UniqueConstraint(fields=["breach"], condition=Q(act="affected_told"), name="affected_told_once"),
            models.UniqueConstraint(fields=["breach"], condition=Q(act="affected_reason"), name="affected_reason_once"),
            models.CheckConstraint(condition=Q(done_at__lte=F("at")), name="breach_step_of_no_future"),
            models.CheckConstraint(
                condition=Q(act="affected_decided", is_high_risk__isnull=False) | (~Q(act="affected_decided") & Q(is_high_risk=None)),
                name="risk_with_its_decision",
            ),
        ]
