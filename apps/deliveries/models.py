from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.deliveries import tallying
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger.models import Direction


class Channel(models.TextChoices):
    """How the message travelled, by the strongest reference it carries."""

    PORTAL = "portal", _("National portal")
    ALTINN = "altinn", _("Altinn")
    SVARUT = "svarut", _("SvarUt")
    EFORMIDLING = "eformidling", _("eFormidling")
    CASE_SYSTEM = "case_system", _("Case system only")
    CALL = "call", _("Reporter's call only")
    HANDOVER = "handover", _("Handed over by another service")


class Reporter(models.TextChoices):
    PRIVATE = "private", _("Private")
    PUBLIC = "public", _("Public")
    UNKNOWN = "unknown", _("Unknown")


class Category(models.TextChoices):
    REPORT = "report", _("Report of concern")
    NOTICE = "notice", _("Notice")
    CASE_DOCUMENT = "case_document", _("Case document")
    OTHER = "other", _("Other document")
    UNKNOWN = "unknown", _("Unknown")


KNOWN_TO_CARRIERS = Q(direction=Direction.INBOUND, source_missing=False)
SEEKS = KNOWN_TO_CARRIERS & Q(state__in=[*NEEDS_A_PERSON, State.IN_TRANSIT])
ARRIVED_WITHOUT_CASE = KNOWN_TO_CARRIERS & Q(state=State.ARRIVED, case_count=0)


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))

    def in_services(self, services):
        return self.filter(service__in=services)

    def inbound(self):
        return self.filter(direction=Direction.INBOUND)

    def outbound(self):
        return self.filter(direction=Direction.OUTBOUND)

    def open(self):
        """Needs a person: in a worklist's state, so without a decision that stands."""
        return self.filter(state__in=NEEDS_A_PERSON)

    def waiting_for_a_look(self):
        return self.open().filter(look_waits=True)

    def covered(self):
        """The case system's data reach beyond the time it should have been registered by."""
        return self.filter(direction=Direction.INBOUND, waits_until__lt=F("service__coverage__reaches_at"))


class Delivery(models.Model):
    """One message's passage. Its id is the smallest home among its references; only reconciliation writes it."""

    id = models.BigIntegerField(primary_key=True)
    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    direction = models.CharField(max_length=10, choices=Direction)
    channel = models.CharField(max_length=20, choices=Channel)
    reporter = models.CharField(max_length=10, choices=Reporter, blank=True)
    category = models.CharField(max_length=20, choices=Category, default=Category.UNKNOWN)

    first_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    receipted_at = models.DateTimeField(null=True)
    available_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)
    last_registered_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    progress_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    unread_at = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    print_rejected_at = models.DateTimeField(null=True)
    children = models.SmallIntegerField(null=True)
    case_count = models.SmallIntegerField(default=0)
    is_late = models.BooleanField(null=True)
    source_missing = models.BooleanField(default=False)
    gone_at = models.DateTimeField(null=True)

    outcome = models.CharField(max_length=30, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_stands = models.BooleanField(default=False)
    look_waits = models.BooleanField(default=False)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.CharField(max_length=30, blank=True)
    child_known = models.BooleanField(default=False)

    state = models.CharField(max_length=20, choices=State)
    since = models.DateTimeField()
    waits_until = models.DateTimeField(null=True)
    review_at = models.DateTimeField(null=True)
    clock = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        triggers = tallying.TRIGGERS
        constraints = [models.CheckConstraint(name="delivery_state_is_known", condition=Q(state__in=State.values))]
        indexes = [
            # Holds what is counted week by week and channel by channel, so that the rows of a whole year are not read for it.
            models.Index(fields=["service", "-first_at", "-id"], include=["direction", "channel", "state"], name="delivery_by_service"),
            models.Index(fields=["service", "-since"], include=["direction", "state"], name="delivery_by_change"),
            models.Index(fields=["-first_at", "-id"], name="delivery_by_time"),
            # Holds all that a worklist is counted and put in order by, so that the rows themselves are read for one page only.
            models.Index(
                fields=["service", "state", "gone_at", "id"],
                include=["direction", "look_waits", "child_known", "first_at", "since", "waits_until", "reopened_at", "channel"],
                condition=Q(state__in=NEEDS_A_PERSON),
                name="delivery_open",
            ),
            # All that is open, of whatever state, in the order in which the desk walks along it.
            models.Index(
                fields=["service", "gone_at", "first_at", "id"],
                include=["direction", "state", "look_waits", "child_known"],
                condition=Q(state__in=NEEDS_A_PERSON),
                name="delivery_open_in_order",
            ),
            # What looks for its registration, and the registrations that nothing ties: each other's candidates (see `candidates`).
            models.Index(fields=["service", "first_at"], condition=SEEKS | ARRIVED_WITHOUT_CASE, name="delivery_seeking"),
            models.Index(fields=["service", "registered_at"], condition=Q(direction=Direction.INBOUND, source_missing=True), name="delivery_untied"),
            models.Index(fields=["review_at"], condition=Q(review_at__isnull=False), name="delivery_due"),
            # Few go from a service, and each may be known to its recipient's service too.
            models.Index(fields=["id"], condition=Q(direction=Direction.OUTBOUND), name="delivery_outbound"),
        ]


class TallyQuerySet(models.QuerySet):
    def of_any(self):
        """Without those that were and are no longer: their rows stay, with none."""
        return self.filter(number__gt=0)

    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))

    def in_services(self, services):
        return self.filter(service__in=services)


class Tally(models.Model):
    """How many deliveries there are that figures cannot tell apart, by the day in Oslo that any source first told of them. Triggers of Delivery keep it."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    direction = models.CharField(max_length=10, choices=Direction)
    channel = models.CharField(max_length=20, choices=Channel)
    category = models.CharField(max_length=20, choices=Category)
    state = models.CharField(max_length=20, choices=State)
    outcome = models.CharField(max_length=30, blank=True)
    is_late = models.BooleanField(null=True)
    look_waits = models.BooleanField()
    children = models.SmallIntegerField(null=True)
    is_seen = models.BooleanField()
    first_day = models.DateField()
    number = models.BigIntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "service",
                    "first_day",
                    "direction",
                    "channel",
                    "category",
                    "state",
                    "outcome",
                    "is_late",
                    "look_waits",
                    "children",
                    "is_seen",
                ],
                nulls_distinct=False,
                name="tally_once",
            ),
        ]


class Fold(models.Model):
    """What the ledger says of one delivery, before a state is given: never a table, but the shape that `states` speaks of and `folding` makes in SQL."""

    id = models.BigIntegerField(primary_key=True)
    service_id = models.BigIntegerField()
    direction = models.CharField(max_length=10)
    channel = models.CharField(max_length=20)
    reporter = models.CharField(max_length=10)
    category = models.CharField(max_length=20)
    first_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    receipted_at = models.DateTimeField(null=True)
    available_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)
    last_registered_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    progress_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    unread_at = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    print_rejected_at = models.DateTimeField(null=True)
    children = models.SmallIntegerField(null=True)
    case_count = models.SmallIntegerField()
    is_late = models.BooleanField(null=True)
    source_missing = models.BooleanField()
    gone_at = models.DateTimeField(null=True)
    # What people did, by the ledger's sequence (0: never), so that "after" means learned after.
    outcome = models.CharField(max_length=30)
    decided_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)
    untied_at = models.DateTimeField(null=True)
    another_at = models.DateTimeField(null=True)
    child_known = models.BooleanField()
    proposed_sequence = models.BigIntegerField()
    looked_sequence = models.BigIntegerField()
    decided_sequence = models.BigIntegerField()
    undone_sequence = models.BigIntegerField()
    removed_sequence = models.BigIntegerField()
    failed_sequence = models.BigIntegerField()
    withdrawn_sequence = models.BigIntegerField()
    called_sequence = models.BigIntegerField()
    tied_sequence = models.BigIntegerField()
    untied_sequence = models.BigIntegerField()
    another_sequence = models.BigIntegerField()
    # The clock at which the delivery is looked at, and the policies in force then.
    clock = models.DateTimeField()
    open_grace = models.DurationField()
    register_grace = models.DurationField()
    post_grace = models.DurationField()
    late_limit = models.DurationField()
    outbound_limit = models.DurationField()
    found_grace = models.DurationField()

    class Meta:
        managed = False
        db_table = "fold"
