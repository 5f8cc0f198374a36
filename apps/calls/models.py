from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY
from apps.deliveries.models import Reporter
from apps.walls.constraints import WithinService, points_within

# Whoever reports a concern is owed an answer within three weeks.
TO_ANSWER = timedelta(days=21)
TEXT_LIMIT = 4_000


class Way(models.TextChoices):
    """How the reporter says that they sent it."""

    PORTAL = "portal", _("National portal")
    ALTINN = "altinn", _("Altinn")
    SVARUT = "svarut", _("SvarUt")
    EFORMIDLING = "eformidling", _("eFormidling")
    LETTER = "letter", _("Letter")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    UNKNOWN = "unknown", _("They do not know")


class How(models.TextChoices):
    """How they were answered."""

    PHONE = "phone", _("Telephone")
    LETTER = "letter", _("Letter")
    PORTAL = "portal", _("Portal or digital mail")
    MEETING = "meeting", _("Meeting")


class CallQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))

    def in_services(self, services):
        return self.filter(service__in=services)

    def unanswered(self):
        return self.filter(answer__isnull=True)


class Call(models.Model):
    """One reporter's question. `reference` is the home of the message that it is about, which stays in the set whatever joins it; no child is named.

    `opens` says that no message fitted: the reference is the call's own, and the message is known by the call alone until something is tied to it.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="calls", db_index=False, db_constraint=False)
    event = models.OneToOneField("ledger.Event", on_delete=models.PROTECT, related_name="call", db_constraint=False)
    number = models.CharField(max_length=40)
    opens = models.BooleanField()
    first_day = models.DateField()
    last_day = models.DateField()
    way = models.CharField(max_length=20, choices=Way)
    reporter = models.CharField(max_length=10, choices=Reporter)
    note = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="calls")
    at = models.DateTimeField()

    objects = CallQuerySet.as_manager()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference"), points_within("event_id", table="ledger_event")]
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="call_of_service"),
            models.UniqueConstraint(fields=["service", "number"], name="call_number_once"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="call_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="call_way_is_known"),
        ]
        indexes = [models.Index(fields=["service", "-at"], name="call_by_service"), models.Index(fields=["reference"], name="call_by_reference")]

    @property
    def due_at(self):
        return self.at + TO_ANSWER


class Answer(models.Model):
    """What the reporter was told, and when. One for each call; what is said later is a note on the message."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="answer", db_constraint=False)
    day = models.DateField()
    how = models.CharField(max_length=10, choices=How)
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [WithinService(field="call", name="answer_within_service")]

    @property
    def is_in_time(self):
        return self.day <= (self.call.at + TO_ANSWER).date()
