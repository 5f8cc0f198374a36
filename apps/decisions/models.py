import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY
from apps.decisions.outcomes import RULES, Contact, DocumentKind, Outcome
from apps.walls.constraints import WithinService, points_within

WITHDRAWAL = "withdrawal"
TEXTS = ("case_reference", "channel", "category", "read_by", "passed_on_to", "tried", "reason")
# Each outcome's evidence, as far as it is text: a row without it cannot be written by any path.
EVIDENCED = Q()
for _outcome, _rule in RULES.items():
    for _name in _rule.required:
        if _name in TEXTS:
            EVIDENCED &= ~Q(outcome=_outcome) | ~Q(**{_name: ""})


class OfServices(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))


class Decision(models.Model):
    """What a person concluded about a delivery. `reference` is the delivery's home at the time, which stays in the set whatever joins it."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="decisions", db_index=False, db_constraint=False)
    event = models.OneToOneField("ledger.Event", on_delete=models.PROTECT, related_name="decision", db_constraint=False)
    # The last thing a person had done about the delivery when this was decided: of two who saw the same, one can follow it.
    follows = models.BigIntegerField()
    outcome = models.CharField(max_length=30)
    closes = models.BooleanField()
    needs_look = models.BooleanField()
    withdraws = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="withdrawal", db_constraint=False)

    case_reference = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=10, choices=Contact, blank=True)
    day = models.DateField(null=True)
    children = models.SmallIntegerField(null=True)
    category = models.CharField(max_length=20, choices=DocumentKind, blank=True)
    read_by = models.CharField(max_length=200, blank=True)
    other_delivery = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    passed_on_to = models.CharField(max_length=200, blank=True)
    confirmed_day = models.DateField(null=True)
    tried = models.TextField(blank=True)
    sender_asked = models.BooleanField(null=True)
    sender_answer = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    batch = models.BigIntegerField(null=True)  # of worklists, when it was said about many at once
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "follows"], name="decision_follows_once"),
            models.UniqueConstraint(fields=["service", "id"], name="decision_of_service"),
            WithinService(field="withdraws", name="withdrawal_within_service"),
            models.CheckConstraint(name="decision_outcome_is_known", condition=Q(outcome__in=[*Outcome.values, WITHDRAWAL])),
            models.CheckConstraint(name="decision_names_its_evidence", condition=EVIDENCED),
            models.CheckConstraint(name="closing_says_why", condition=Q(closes=False) | ~Q(reason="")),
            models.CheckConstraint(name="only_closing_needs_a_look", condition=Q(needs_look=False) | Q(closes=True)),
            models.CheckConstraint(
                name="withdrawal_says_what_and_why",
                condition=Q(Q(outcome=WITHDRAWAL, withdraws__isnull=False, closes=False) & ~Q(reason="")) | Q(~Q(outcome=WITHDRAWAL), withdraws__isnull=True),
            ),
            models.CheckConstraint(
                name="duplicate_of_another", condition=~Q(outcome=Outcome.DUPLICATE) | Q(Q(other_delivery__isnull=False), ~Q(other_delivery=F("reference")))
            ),
        ]
        indexes = [models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="decision_by_batch")]
        triggers = [
            *APPEND_ONLY,
            points_within("reference_id", table="ledger_reference"),
            points_within("event_id", table="ledger_event"),
            points_within("other_delivery_id", table="ledger_reference"),
        ]


class SecondLook(models.Model):
    """Another person's own verdict on a closing decision, given without seeing the first. One for each decision."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="look", db_constraint=False)
    event = models.OneToOneField("ledger.Event", on_delete=models.PROTECT, related_name="look", db_constraint=False)
    agrees = models.BooleanField()
    outcome = models.CharField(max_length=30, blank=True)
    case_reference = models.CharField(max_length=200, blank=True)
    other_delivery = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="looks")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        constraints = [
            WithinService(field="decision", name="look_within_service"),
            models.CheckConstraint(name="look_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="look_outcome_is_known", condition=Q(outcome__in=["", *Outcome.values])),
        ]
        triggers = [
            *APPEND_ONLY,
            points_within("event_id", table="ledger_event"),
            points_within("other_delivery_id", table="ledger_reference"),
            pgtrigger.Trigger(
                name="another_person",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM decisions_decision d
                         WHERE d.id = NEW.decision_id AND d.by_id <> NEW.by_id AND d.service_id = NEW.service_id AND d.needs_look
                    ) THEN
                        RAISE EXCEPTION 'a second look is given by another person, in the same service, where one is needed';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]


class Draw(models.Model):
    """What was drawn for another look of what closed messages in one week (from the Monday `week`): `closed` are the decisions that it was drawn from.

    Drawn again with the same seed, it gives the same.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    week = models.DateField()
    seed = models.CharField(max_length=32)
    of_hundred = models.PositiveSmallIntegerField()
    closed = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="draw_of_service"),
            models.UniqueConstraint(fields=["service", "week"], name="week_drawn_once"),
            models.CheckConstraint(name="drawn_from_something", condition=~Q(closed=[])),
        ]
        triggers = APPEND_ONLY


class Drawn(models.Model):
    """One decision that chance has chosen for another look."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="drawn", db_constraint=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="drawn", db_constraint=False)

    objects = OfServices.as_manager()

    class Meta:
        verbose_name_plural = "drawn"
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="drawn_of_service"),
            WithinService(field="draw", name="drawn_within_service"),
            WithinService(field="decision", name="drawn_decision_within_service"),
        ]
        triggers = APPEND_ONLY


class AnotherLook(models.Model):
    """The verdict of somebody who had not given theirs, on what was closed, without seeing what it was. One for each that was drawn."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    drawn = models.OneToOneField(Drawn, on_delete=models.PROTECT, related_name="another_look", db_constraint=False)
    event = models.OneToOneField("ledger.Event", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    agrees = models.BooleanField()
    outcome = models.CharField(max_length=30, blank=True)
    case_reference = models.CharField(max_length=200, blank=True)
    other_delivery = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            WithinService(field="drawn", name="another_look_within_service"),
            models.CheckConstraint(name="another_look_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="another_look_outcome_is_known", condition=Q(outcome__in=["", *Outcome.values])),
        ]
        triggers = [
            *APPEND_ONLY,
            points_within("event_id", table="ledger_event"),
            points_within("other_delivery_id", table="ledger_reference"),
            pgtrigger.Trigger(
                name="a_third_person",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (
                        SELECT FROM decisions_drawn n
                          JOIN decisions_decision d ON d.id = n.decision_id
                          LEFT JOIN decisions_secondlook l ON l.decision_id = d.id
                         WHERE n.id = NEW.drawn_id AND NEW.by_id IN (d.by_id, l.by_id)
                    ) THEN
                        RAISE EXCEPTION 'another look is given by somebody who neither decided nor looked before';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
