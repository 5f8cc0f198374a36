from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY
from apps.deliveries.models import Channel
from apps.walls.constraints import WithinService

CHANNELS = [choice for choice in Channel.choices if choice[0] not in (Channel.CASE_SYSTEM, Channel.CALL)]


class Kind(models.TextChoices):
    OUTAGE = "outage", _("Outage: nothing came through")
    FAULT = "fault", _("Fault: messages may have been lost")


class Precision(models.TextChoices):
    """How exactly somebody knows when it began and ended; a month is the whole of it."""

    MINUTE = "minute", _("To the minute")
    DAY = "day", _("To the day")
    MONTH = "month", _("To the month")


class OutageQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(Q(service__isnull=True) | Q(service__in=visible_services(user, Permission.SEE_FIGURES)))

    def standing(self):
        """What nobody has corrected since, and nobody has taken back."""
        return self.filter(corrected__isnull=True, holds=True)


class Outage(models.Model):
    """A window in which a channel, or a case system in a version, let messages down: in one service, or in all that used it (no service).

    [`begins_at`, `ends_at`) as exactly as `precision` says; without an end it lasts. A correction that does not hold takes its forerunner back.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=20, choices=CHANNELS, blank=True)
    system = models.CharField(max_length=80, blank=True)
    version = models.CharField(max_length=40, blank=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    precision = models.CharField(max_length=10, choices=Precision)
    what = models.CharField(max_length=500)
    said_by = models.CharField(max_length=200)
    said_on = models.DateField()
    source = models.CharField(max_length=500)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected", db_constraint=False)
    holds = models.BooleanField(default=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OutageQuerySet.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="outage_of_service"),
            WithinService(field="corrects", name="outage_corrected_within_service"),
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("begins_at")), name="outage_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(channel="", system=""), name="outage_of_a_channel_or_a_system"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values, precision__in=Precision.values), name="outage_is_known"),
            models.CheckConstraint(condition=Q(holds=True) | Q(corrects__isnull=False), name="outage_taken_back_was_marked"),
        ]

    @property
    def is_corrected(self):
        return hasattr(self, "corrected")

    @property
    def last_day(self):
        """The last day of it in Oslo; None while it lasts."""
        return timezone.localdate(self.ends_at - timedelta(microseconds=1)) if self.ends_at else None


class Usage(models.Model):
    """A case system in a version that a service used from a day on; `patched_on` is when a fault of it was mended there, `ended_on` its last day."""

    updatable_columns = ("patched_on", "ended_on")

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    system = models.CharField(max_length=80)
    version = models.CharField(max_length=40, blank=True)
    adopted_on = models.DateField()
    patched_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "system", "version", "adopted_on"], name="usage_said_once"),
            models.CheckConstraint(condition=Q(patched_on__isnull=True) | Q(patched_on__gte=F("adopted_on")), name="patched_after_adoption"),
            models.CheckConstraint(condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("adopted_on")), name="usage_ends_after_adoption"),
        ]
        indexes = [models.Index(fields=["system", "version"], name="usage_by_system")]

    @property
    def named(self):
        return f"{self.system} {self.version}".strip()
