from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY
from apps.ledger.models import Direction, Import, ImportState
from apps.walls.constraints import WithinService


class Days(models.TextChoices):
    """What a cadence counts in."""

    ALL = "all", _("days")
    WORKING = "working", _("working days")


class FeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user, Permission.SEE_IMPORTS))


class Feed(models.Model):
    """A configured source of one format for one service; its imports are those of the same service, format, direction and vantage.

    `expected_every` so many days a file should come, and `responsible` is the member of the service who sees to it; both unset until somebody says so.
    """

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="feeds")
    format = models.CharField(max_length=40)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.INBOUND)
    vantage = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()
    expected_every = models.PositiveSmallIntegerField(null=True)
    expected_in = models.CharField(max_length=10, choices=Days, default=Days.ALL)
    responsible = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    objects = FeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "format", "direction", "vantage"], name="feed_once"),
            models.UniqueConstraint(fields=["service", "id"], name="feed_of_service"),
            models.CheckConstraint(name="feed_expected_in_some_days", condition=Q(expected_every__isnull=True) | Q(expected_every__gt=0)),
            models.CheckConstraint(name="feed_days_are_known", condition=Q(expected_in__in=Days.values)),
        ]


class Mishap(models.Model):
    """What went wrong on a feed's way in: a file of its folder that was not received, or an answer of a carrier that cannot be trusted as it is."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="mishaps", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    code = models.CharField(max_length=40)  # of reasons.py
    details = models.JSONField(default=dict)

    class Meta:
        triggers = APPEND_ONLY
        constraints = [WithinService(field="feed", name="mishap_within_service")]
        indexes = [models.Index(fields=["feed", "-at"], name="mishap_by_feed")]


class Fetching(models.Model):
    """How far a connector has come with a feed: where its next run begins, and who runs it now. The cursor moves with the bytes that it passed, or not at all."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed = models.OneToOneField(Feed, on_delete=models.PROTECT, related_name="fetching", db_constraint=False)
    cursor = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)  # when the last run ended
    failure = models.JSONField(null=True)  # why it did not come to its end, as a code and details; unset when it did
    lease_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=0)

    class Meta:
        constraints = [WithinService(field="feed", name="fetching_within_service")]


class Key(models.Model):
    """What another system proves with that it may hand in files of one feed. Only a hash of it is kept, so it can be shown once and never again."""

    updatable_columns = ("ended_by", "ended_at")

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="keys", db_constraint=False)
    name = models.CharField(max_length=100)  # of the system, as who made it calls it
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="key_of_service"),
            models.CheckConstraint(
                name="key_ended_by_somebody", condition=Q(ended_at__isnull=True, ended_by__isnull=True) | Q(ended_at__isnull=False, ended_by__isnull=False)
            ),
            WithinService(field="feed", name="key_within_service"),
        ]


class Handover(models.Model):
    """One request by which another system handed something in, by the name that it gave the request: asked again, it gets the same answer."""

    updatable_columns = ("answer",)

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="handovers", db_index=False, db_constraint=False)
    request = models.CharField(max_length=255)  # the Idempotency-Key
    fingerprint = models.CharField(max_length=64)  # of all that was asked, the file included
    at = models.DateTimeField()
    answer = models.TextField(blank=True)  # as it was written; empty while it is being worked out

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "request"], name="handed_over_once"),
            WithinService(field="key", name="handover_within_service"),
        ]
        indexes = [models.Index(fields=["key", "-at"], name="handover_by_key")]


class Taken(models.Model):
    """A file of a watched folder that is dealt with and perhaps not moved away yet; the row goes once it is."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="taken", db_index=False, db_constraint=False)
    file_name = models.CharField(max_length=200)
    mark = models.CharField(max_length=100)  # which file of the folder it is: inbox.mark
    is_refused = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "mark"], name="taken_once"),
            WithinService(field="feed", name="taken_within_service"),
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
        """Nobody has dealt with it, repaired it or taken its file back as the wrong one: a report that nobody has read may stand in it."""
        repaired = RepairedLine.objects.filter(rejection=OuterRef("pk")).released()
        return self.filter(~Exists(repaired), dealt_with__isnull=True).exclude(feed_import__state=ImportState.UNDONE)

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


class Repair(models.Model):
    """Rejected lines of an import that a person corrected; the corrected lines are an import of their own, with its own accounts."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    of = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="repairs", db_constraint=False)
    feed_import = models.OneToOneField(Import, on_delete=models.PROTECT, related_name="repair", db_constraint=False, db_column="import_id")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="repair_of_another", condition=~models.Q(of=models.F("feed_import"))),
            models.UniqueConstraint(fields=["service", "id"], name="repair_of_service"),
            WithinService(field="of", name="repaired_within_service"),
            WithinService(field="feed_import", name="repair_within_service"),
        ]


class Place(models.Model):
    """A person's word about a number that no register knows: that the files of this service mean the service's own by it, or no longer."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)  # a municipality's, or with a blank and the district's
    is_own = models.BooleanField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [models.UniqueConstraint(fields=["service", "id"], name="place_of_service")]


class RepairedLineQuerySet(models.QuerySet):
    def released(self):
        """Its repair was read and stands, and did not reject it again."""
        again = Rejection.objects.filter(feed_import=OuterRef("repair__feed_import"), line=OuterRef("line"))
        return self.filter(~Exists(again), repair__feed_import__state=ImportState.COMPLETE)


class RepairedLine(models.Model):
    """A rejected line, and the line of the repair's file in which it stands corrected."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    repair = models.ForeignKey(Repair, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False)
    line = models.IntegerField()
    rejection = models.ForeignKey(Rejection, on_delete=models.PROTECT, related_name="repaired", db_constraint=False)

    objects = RepairedLineQuerySet.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["repair", "line"], name="repaired_line_once"),
            WithinService(field="repair", name="repaired_line_within_service"),
            WithinService(field="rejection", name="line_repaired_within_service"),
        ]
