from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY
from apps.deliveries.models import Channel, Reporter
from apps.walls.constraints import WithinService, points_within

TEXT_LIMIT = 1_000


class End(models.TextChoices):
    """How a handover ended, as the service that handed over is told."""

    ACCEPTED = "accepted", _("Taken over")
    DECLINED = "declined", _("Sent back")
    LAPSED = "lapsed", _("Came back unanswered")
    TAKEN_BACK = "taken_back", _("Taken back")


class OfServices(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))

    def in_services(self, services):
        return self.filter(service__in=services)


class Handover(models.Model):
    """A message that its service has offered to another until a moment. `reference` is its home at the time; `number` names it on both sides of the wall."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="handovers", db_constraint=False)
    event = models.OneToOneField("ledger.Event", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    number = models.CharField(max_length=40)
    to = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField()
    until = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference"), points_within("event_id", table="ledger_event")]
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="handover_of_service"),
            models.UniqueConstraint(fields=["service", "number"], name="handover_number_once"),
            models.CheckConstraint(name="handover_to_another", condition=~Q(to=F("service"))),
            models.CheckConstraint(name="handover_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="handover_ends_after_it_begins", condition=Q(until__gt=F("at"))),
        ]


class Recall(models.Model):
    """Whoever handed a message over wants it back. It is theirs again when the worker has found, across the wall, that the other service has not answered."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    handover = models.OneToOneField(Handover, on_delete=models.PROTECT, related_name="recall", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [WithinService(field="handover", name="recall_within_service")]


class Offer(models.Model):
    """The same as the other service sees it: whose it was, and as much of the message as tells whether it is theirs. No child, no reason, no event is in it."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=40)
    sender = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20, choices=Channel)
    day = models.DateField()
    reporter = models.CharField(max_length=10, choices=Reporter, blank=True)
    sender_reference = models.CharField(max_length=200)
    until = models.DateTimeField()
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="offer_of_service"),
            models.UniqueConstraint(fields=["service", "number"], name="offer_number_once"),
            models.CheckConstraint(name="offer_of_another", condition=~Q(sender=F("service"))),
        ]


class Reply(models.Model):
    """What the other service said. Taken over, `reference` is the message's home there, which it is known by until something else tells of it."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="reply", db_constraint=False)
    accepts = models.BooleanField()
    reason = models.TextField(blank=True)
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, null=True, related_name="taken_over", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference")]
        constraints = [
            WithinService(field="offer", name="handover_reply_within_service"),
            models.CheckConstraint(
                name="taken_over_or_sent_back_with_a_reason",
                condition=Q(accepts=True, reference__isnull=False) | Q(Q(accepts=False, reference__isnull=True), ~Q(reason="")),
            ),
        ]


class Recalled(models.Model):
    """The other service is told that an offer was taken back before it had answered: there is nothing to answer any more."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="recalled", db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [WithinService(field="offer", name="recalled_within_service")]


class Ending(models.Model):
    """How a handover ended, in the service that handed over: the other's answer brought back, taken back before there was one, or its time run out."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    handover = models.OneToOneField(Handover, on_delete=models.PROTECT, related_name="ending", db_constraint=False)
    event = models.OneToOneField("ledger.Event", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    end = models.CharField(max_length=10, choices=End)
    reason = models.TextField(blank=True)
    answered_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("event_id", table="ledger_event")]
        constraints = [
            WithinService(field="handover", name="ending_within_service"),
            models.CheckConstraint(name="ending_is_known", condition=Q(end__in=End.values)),
        ]
