import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY
from apps.walls.constraints import WithinService

# Numbers begin with one and leave none out, whoever writes them.
NEXT_NUMBER = """
IF NEW.number <> 1 + coalesce((SELECT max(s.number) FROM statements_statement s WHERE s.service_id = NEW.service_id AND s.scope = NEW.scope), 0)
THEN RAISE EXCEPTION 'statements of a scope are numbered without holes' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
# What replaces another says the same of the same: otherwise it is no newer one.
OF_THE_SAME = """
IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM statements_statement s
     WHERE s.id = NEW.replaces_id AND s.service_id = NEW.service_id
       AND (s.scope, s.from_day, s.to_day, s.basis) = (NEW.scope, NEW.from_day, NEW.to_day, NEW.basis))
THEN RAISE EXCEPTION 'a statement replaces one of the same scope and period' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Basis(models.TextChoices):
    """By which of its times a message belongs to a period."""

    RECEIVED = "received", _("Received within the period")
    SENT = "sent", _("Sent within the period")


class StatementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))


class Statement(models.Model):
    """What was told of one service: figures of a period at a clock (`as_of`), from what had been learned by `known_at`.

    A statement over several services is a row of each, with the same `scope` (their codes, sorted, with `+` between) and number, so that nobody who may not
    see a service's messages sees its figures. The figures are by direction, name and part; `graces` are the hours of the durations that they follow.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    scope = models.TextField()
    number = models.PositiveIntegerField()
    from_day = models.DateField()
    to_day = models.DateField()
    basis = models.CharField(max_length=10, choices=Basis)
    as_of = models.DateTimeField()
    known_at = models.DateTimeField()
    is_final = models.BooleanField()
    method = models.TextField(blank=True)
    figures = models.JSONField()
    definitions = models.JSONField()
    graces = models.JSONField()
    coverage = models.JSONField()
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replacement", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = StatementQuerySet.as_manager()

    class Meta:
        triggers = [
            *APPEND_ONLY,
            pgtrigger.Trigger(name="next_number", operation=pgtrigger.Insert, when=pgtrigger.Before, func=NEXT_NUMBER),
            pgtrigger.Trigger(name="replaces_the_same", operation=pgtrigger.Insert, when=pgtrigger.Before, func=OF_THE_SAME),
        ]
        constraints = [
            models.UniqueConstraint(fields=["service", "scope", "number"], name="statement_number_once"),
            models.UniqueConstraint(fields=["service", "id"], name="statement_of_service"),
            WithinService(field="replaces", name="replaced_within_service"),
            models.CheckConstraint(condition=Q(to_day__gte=F("from_day")), name="statement_period_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(as_of__lte=F("at"), known_at__lte=F("at")), name="statement_tells_no_future"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="statement_basis_is_known"),
        ]

    @property
    def codes(self):
        return self.scope.split("+")
