from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY

REASON_LIMIT = 500
LONGEST = timedelta(days=366)  # that a channel is said not to be used; then it is said anew, or it is used


class Channel(models.TextChoices):
    """Where messages wait until somebody with the right access opens them."""

    ALTINN = "altinn", _("Altinn")
    PORTAL = "portal", _("National portal")
    SVARUT = "svarut", _("SvarUt")
    EFORMIDLING = "eformidling", _("eFormidling")
    CASE_SYSTEM = "case_system", _("Case system")


class OfServices(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))


class Proof(models.Model):
    """One person opened a channel of the service on a day, or (`is_over`) can no longer. The newest of a person and channel holds, until `expires_on`."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20, choices=Channel)
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    proven_on = models.DateField()
    expires_on = models.DateField(null=True)
    is_over = models.BooleanField(default=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="proof_channel_is_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(name="proof_expires_after_it", condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("proven_on"))),
        ]
        indexes = [models.Index(fields=["service", "channel", "person", "-id"], name="proof_by_person")]


class Unused(models.Model):
    """A service says that it does not use a channel from the day `since` until `until`, both Oslo's and included, or (`is_over`) that it does all the same.

    The newest of a channel holds. Never for ever: for a year at most.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20, choices=Channel)
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=REASON_LIMIT)
    is_over = models.BooleanField(default=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        verbose_name_plural = "unused"
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="unused_channel_is_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="unused_for_a_year_at_most", condition=Q(until__gte=F("since"), until__lte=F("since") + models.Value(LONGEST, models.DurationField()))
            ),
            models.CheckConstraint(name="unused_for_a_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["service", "channel", "-id"], name="unused_by_channel")]
