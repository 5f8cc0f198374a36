from django.db import models

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY
from apps.ledger.models import Direction, Import, ImportState
from apps.walls.constraints import WithinService


class Feed(models.Model):
    """A configured source of one format for one service; its imports are those of the same service, format, direction and vantage."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="feeds")
    format = models.CharField(max_length=40)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.INBOUND)
    vantage = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "format", "direction", "vantage"], name="feed_once"),
            models.UniqueConstraint(fields=["service", "id"], name="feed_of_service"),
        ]


class Mapping(models.Model):
    """What a feed's files call our columns and words, as one person said; saying otherwise is another version, and each import keeps which it was read by."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="mappings", db_index=False, db_constraint=False)
    version = models.PositiveIntegerField()  # from 1
    said = models.JSONField()  # sources.mapping.Mapping, as plain values
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")  # unset: the operator, by a command
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["feed", "version"], name="mapping_version_once"),
            WithinService(field="feed", name="mapping_within_service"),
        ]


class Preview(models.Model):
    """What bringing in a file would do, as it was when that was tried and taken back; the file waits until a person says yes or no to it."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    feed_import = models.OneToOneField(Import, on_delete=models.PROTECT, related_name="preview", db_constraint=False, db_column="import_id")
    recognised = models.JSONField(default=list)  # why the file was taken for its format, as notices; empty when a person said what it is
    mapping = models.JSONField(null=True)  # the column mapping that is being tried, before it is kept as a version
    seen_at = models.DateTimeField(null=True)  # when it was tried; unset until then
    read = models.BigIntegerField(null=True)
    accepted = models.BigIntegerField(null=True)
    duplicate = models.BigIntegerField(null=True)
    rejected = models.BigIntegerField(null=True)
    findings = models.JSONField(default=dict)  # findings.find
    refusal = models.JSONField(null=True)  # why the file could not be read until its columns are mapped
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [WithinService(field="feed_import", name="preview_within_service")]


class RejectionQuerySet(models.QuerySet):
    def open(self):
        """Nobody has dealt with it, nor taken its file back as the wrong one: a report that nobody has read may stand in it."""
        return self.filter(dealt_with__isnull=True).exclude(feed_import__state=ImportState.UNDONE)

    def visible_to(self, user):
        return self.filter(service__in=visible_services(user, Permission.SEE_REJECTIONS))


class Rejection(models.Model):
    """A line that could not become an event: where it stands, why, and its allow-listed columns, redacted."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="rejections", db_index=False, db_constraint=False, db_column="import_id")
    line = models.IntegerField()
    code = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    raw = models.TextField(blank=True)

    objects = RejectionQuerySet.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["feed_import", "line"], name="rejected_line_once"),
            models.UniqueConstraint(fields=["service", "id"], name="rejection_of_service"),
            WithinService(field="feed_import", name="rejection_within_service"),
        ]


class KnownReceipt(models.Model):
    """A line that was accepted and carries no event: the receipt of another message. That it was read is all there is to say of it."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="known_receipts", db_index=False, db_constraint=False, db_column="import_id")
    line = models.IntegerField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["feed_import", "line"], name="known_receipt_once"),
            WithinService(field="feed_import", name="known_receipt_within_service"),
        ]


class DealtWith(models.Model):
    """A person's word that a rejected line needs nobody any more, and why; the line itself stays as it is."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    rejection = models.OneToOneField(Rejection, on_delete=models.PROTECT, related_name="dealt_with", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=1000)

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="dealt_with_says_why", condition=~models.Q(reason="")),
            WithinService(field="rejection", name="dealt_with_within_service"),
        ]
