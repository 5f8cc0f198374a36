from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY
from apps.walls.constraints import WithinService, points_within


class Language(models.TextChoices):
    """What the recipient reads."""

    BOKMAL = "nb", _("Bokmål")
    NYNORSK = "nn", _("Nynorsk")


class Wording(models.Model):
    """A service's own words in one language, from `at` on. The newest holds; earlier letters keep theirs."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(max_length=2, choices=Language)
    version = models.IntegerField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "language", "version"], name="wording_version_once"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="wording_language_is_known"),
        ]


class Printing(models.Model):
    """Letters that one person printed at once: an address sheet and a cover letter for each message. `subject` and `body` are what stood in them."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(max_length=2, choices=Language)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [models.UniqueConstraint(fields=["service", "id"], name="printing_of_service")]


class LetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))


class Letter(models.Model):
    """One message on paper. `reference` is a home of the message; `place` its number on the printing's address sheet."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    printing = models.ForeignKey(Printing, on_delete=models.PROTECT, related_name="letters", db_index=False, db_constraint=False)
    place = models.IntegerField()
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="letters", db_index=False, db_constraint=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference")]
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="letter_of_service"),
            models.UniqueConstraint(fields=["printing", "place"], name="letter_in_its_place"),
            WithinService(field="printing", name="letter_within_service"),
        ]
        indexes = [models.Index(fields=["reference"], name="letter_by_reference")]

    @property
    def number(self):
        """By which the service and the recipient can name it."""
        return f"{self.printing_id}-{self.place}"


class Tracking(models.Model):
    """The number under which the post follows a letter. A second one is added to the first."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="trackings", db_constraint=False)
    number = models.CharField(max_length=40)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="tracking_once"),
            WithinService(field="letter", name="tracking_within_service"),
        ]
