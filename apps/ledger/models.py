import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY, REFUSE_DELETE, REFUSE_EMPTYING, REFUSE_UPDATE
from apps.ledger import codes
from apps.walls.constraints import WithinService, points_within

# The bytes of a file may go when a policy says so, and no sooner; nothing else about the file may be changed.
WHEN_DUE = """
IF OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL OR NEW.removed_at > clock_timestamp() + interval '1 hour'
   OR (NEW.id, NEW.service_id, NEW.sha256, NEW.size, NEW.stored_at) IS DISTINCT FROM (OLD.id, OLD.service_id, OLD.sha256, OLD.size, OLD.stored_at)
   OR EXISTS (SELECT FROM ledger_import i WHERE i.stored_id = OLD.id AND i.state IN ('received', 'running', 'needs_a_person', 'previewed'))
   OR NOT EXISTS (SELECT FROM registry_policy p
                   WHERE p.name = NEW.removed_by AND OLD.stored_at + p.hours * interval '1 hour' <= NEW.removed_at
                     AND coalesce(p.valid_from <= NEW.removed_at, true) AND coalesce(p.valid_to > NEW.removed_at, true))
THEN RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table before their bytes are due', TG_TABLE_NAME;
END IF;
RETURN NEW;
"""
WITH_ITS_FILE = """
IF EXISTS (SELECT FROM ledger_storedbytes s WHERE s.id = OLD.stored_id AND s.removed_at IS NULL)
THEN RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;
END IF;
RETURN OLD;
"""


class Direction(models.TextChoices):
    INBOUND = "inbound", _("To the service")
    OUTBOUND = "outbound", _("From the service")


class StoredBytes(models.Model):
    """A file as it came, named by its hash; the chunks hold it compressed and encrypted.

    When its time is over the chunks go and this row stays as their tombstone: when they went, and by which policy.
    """

    append_only = True
    updatable_columns = ("removed_at", "removed_by")

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    stored_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=40, blank=True)

    class Meta:
        triggers = [
            REFUSE_DELETE,
            REFUSE_EMPTYING,
            pgtrigger.Trigger(name="removed_when_due", when=pgtrigger.Before, operation=pgtrigger.Update, func=WHEN_DUE),
        ]
        constraints = [
            # The same file may come again after its bytes are gone, for instance with another encoding.
            models.UniqueConstraint(fields=["service", "sha256"], condition=Q(removed_at__isnull=True), name="bytes_stored_once"),
            models.CheckConstraint(condition=Q(removed_at__isnull=True) ^ ~Q(removed_by=""), name="removed_by_a_policy"),
            models.UniqueConstraint(fields=["service", "id"], name="bytes_of_service"),
        ]


class Chunk(models.Model):
    """A piece of a file. It goes only with all the others, once the file's row says that they do."""

    append_only = True
    removable = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    stored = models.ForeignKey(StoredBytes, on_delete=models.PROTECT, related_name="chunks", db_constraint=False)
    number = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        triggers = [
            REFUSE_UPDATE,
            REFUSE_EMPTYING,
            pgtrigger.Trigger(name="removed_with_its_file", when=pgtrigger.Before, operation=pgtrigger.Delete, func=WITH_ITS_FILE),
        ]
        constraints = [
            models.UniqueConstraint(fields=["stored", "number"], name="chunk_in_its_place"),
            WithinService(field="stored", name="chunk_within_service"),
        ]


# Foreign keys of the rows that imports append by the million are not constraints in the database: each would cost a look-up for every row.
# `verify` proves them instead (I2, I3, I10).


class ImportState(models.TextChoices):
    RECEIVED = "received", _("Received")
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    REFUSED = "refused", _("Refused")
    NEEDS_A_PERSON = "needs_a_person", _("Needs a person")
    PREVIEWED = "previewed", _("Waiting for a yes")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Taken back")


UNFINISHED = (ImportState.RECEIVED, ImportState.RUNNING, ImportState.NEEDS_A_PERSON)
UNREAD = (*UNFINISHED, ImportState.PREVIEWED)  # their bytes are still needed
GIVEN_UP = (ImportState.REFUSED, ImportState.CANCELLED, ImportState.UNDONE)  # the same file may come again
READ_WHOLE = (ImportState.COMPLETE, ImportState.UNDONE)  # every line has its fate


class ImportQuerySet(models.QuerySet):
    def in_services(self, services):
        return self.filter(service__in=services)

    def visible_to(self, user):
        return self.filter(service__in=visible_services(user, Permission.SEE_IMPORTS))

    def complete(self):
        return self.filter(state=ImportState.COMPLETE)

    def never_completed(self):
        return self.filter(state__in=UNFINISHED)

    def unread(self):
        """Neither read to their end nor given up: on their way, stopped, or waiting for a person's yes."""
        return self.filter(state__in=UNREAD)


class Import(models.Model):
    """One file of a feed, with its accounts: every line read is accepted, a duplicate, or rejected."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="imports")
    format = models.CharField(max_length=40)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.INBOUND)
    vantage = models.CharField(max_length=10, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=100, blank=True)
    mapping_version = models.PositiveIntegerField(default=0)  # of the feed's column mapping it is read by; 0: the columns as they stand
    file_name = models.CharField(max_length=200, blank=True)
    stored = models.ForeignKey(StoredBytes, on_delete=models.PROTECT, related_name="imports", db_constraint=False)

    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=ImportState, default=ImportState.RECEIVED)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)
    fence = models.IntegerField(default=0)

    counted = models.BigIntegerField(null=True)
    read = models.BigIntegerField(null=True)
    accepted = models.BigIntegerField(null=True)
    duplicate = models.BigIntegerField(null=True)
    rejected = models.BigIntegerField(null=True)
    warnings = models.JSONField(default=list)
    refusal = models.JSONField(null=True)
    reaches_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="complete_only_when_accounts_agree",
                condition=~Q(state__in=READ_WHOLE)
                | Q(
                    read__isnull=False,
                    accepted__isnull=False,
                    duplicate__isnull=False,
                    rejected__isnull=False,
                    counted__isnull=False,
                    finished_at__isnull=False,
                    counted=F("read"),
                    read=F("accepted") + F("duplicate") + F("rejected"),
                ),
            ),
            models.CheckConstraint(name="refused_says_why", condition=~Q(state=ImportState.REFUSED) | Q(refusal__isnull=False)),
            # The same bytes asked for in the same way are one import; a refused, cancelled or undone one may be tried again.
            models.UniqueConstraint(
                fields=["service", "stored", "format", "direction", "vantage", "encoding", "reference", "mapping_version"],
                condition=~Q(state__in=GIVEN_UP),
                name="same_file_once",
            ),
            models.UniqueConstraint(fields=["service", "id"], name="import_of_service"),
            WithinService(field="stored", name="import_within_service"),
        ]
        indexes = [
            models.Index(fields=["service", "-received_at"], name="import_by_service"),
            models.Index(fields=["state"], condition=Q(state__in=UNREAD), name="import_unfinished"),
        ]

    @property
    def is_unfinished(self):
        return self.state in UNREAD

    @property
    def is_on_its_way(self):
        return self.state in (ImportState.RECEIVED, ImportState.RUNNING)

    @property
    def is_complete(self):
        return self.state == ImportState.COMPLETE


class Undoing(models.Model):
    """An import taken back, because it was the wrong file: what it alone said counts no longer. Nothing that it brought is erased."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    feed_import = models.OneToOneField(Import, on_delete=models.PROTECT, related_name="undoing", db_constraint=False, db_column="import_id")
    learned_at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=1000)

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="undoing_says_why", condition=~Q(reason="")),
            WithinService(field="feed_import", name="undoing_within_service"),
        ]


class Reference(models.Model):
    """An identifier of a message. Its id is its home, a stable number given at first sight; `delivery` is the smallest home among those tied to it."""

    updatable_columns = ("delivery",)

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    namespace = models.CharField(max_length=20)
    value = models.CharField(max_length=200, db_collation="C")
    delivery = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "value", "namespace"], name="reference_known_once"),
            models.CheckConstraint(name="delivery_is_smallest_home", condition=Q(delivery__lte=F("id"))),
        ]
        indexes = [models.Index(fields=["delivery"], name="reference_by_delivery")]


class Said(models.QuerySet):
    def standing(self):
        """Said by a person, or by an import that was not undone (see `standing`)."""
        again = Repeat.objects.filter(**{self.model.repeated_as: OuterRef("pk")}, feed_import__undoing__isnull=True)
        undone = Undoing.objects.values("feed_import")
        return self.filter(Q(feed_import__isnull=True) | ~Q(feed_import__in=undone) | Exists(again))


class Tie(models.Model):
    """Two references that one record, or one person, says are the same message. What a record says stands; a person's tie may be undone."""

    append_only = True
    repeated_as = "tie"

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    one = models.BigIntegerField()
    other = models.BigIntegerField()
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False, db_column="import_id")
    line = models.IntegerField(null=True)
    learned_at = models.DateTimeField()

    objects = Said.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], condition=Q(feed_import__isnull=False), name="tie_said_once"),
            models.CheckConstraint(name="tie_between_two", condition=Q(one__lt=F("other"))),
        ]
        indexes = [models.Index(fields=["one", "other"], condition=Q(feed_import__isnull=True), name="tie_by_person")]


class Untie(models.Model):
    """A person's tie undone, by another fact: nothing is erased."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    tie = models.OneToOneField(Tie, on_delete=models.PROTECT, related_name="undone", db_constraint=False)
    learned_at = models.DateTimeField()

    class Meta:
        triggers = [*APPEND_ONLY, points_within("tie_id", table="ledger_tie")]


# What a person did, and what a caller or another service said that no carrier has told of: none is from a line of a file.
PERSON, CALL, HANDOVER = "person", "call", "handover"
FROM_PEOPLE = (PERSON, CALL, HANDOVER)


class Event(models.Model):
    """One fact about a message. Its id is the ledger's sequence: "learned after" means a higher id."""

    append_only = True
    repeated_as = "event"
    word = None  # by which its code is not the one that is stored (words.read)

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False, db_column="import_id")
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False)
    line = models.IntegerField(null=True)
    source = models.CharField(max_length=20)
    code = models.CharField(max_length=30)
    native = models.CharField(max_length=100)
    occurred_at = models.DateTimeField()
    learned_at = models.DateTimeField()
    by_day = models.BooleanField()
    zone_assumed = models.BooleanField()
    outbound = models.BooleanField()
    key = models.UUIDField()

    objects = Said.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "key"], name="event_once"),
            models.CheckConstraint(name="event_code_is_canonical", condition=Q(code__in=codes.ALL)),
            models.CheckConstraint(
                name="event_from_a_line_or_a_person", condition=Q(source__in=FROM_PEOPLE) | Q(feed_import__isnull=False, line__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="event_by_reference"),
            # Events of one import lie together on disk, and in the order of its lines, so a block range index finds them at almost no cost.
            BrinIndex(fields=["feed_import", "line"], name="event_by_import", pages_per_range=32, autosummarize=True),
            models.Index(fields=["service", "id"], condition=Q(source="person"), name="event_by_person"),
            # Few reports go by letter and few are touched by people, and both is asked of every report that is folded.
            models.Index(fields=["reference"], condition=Q(code="print_sent"), name="event_of_letter"),
            models.Index(fields=["reference"], condition=Q(source="person"), name="event_of_person"),
        ]


class Particulars(models.Model):
    """What records say about a message besides its events; kept apart because it may have to be deleted one day."""

    repeated_as = "particulars"

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="particulars", db_constraint=False, db_index=False)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, db_column="import_id")
    line = models.IntegerField()
    children = models.SmallIntegerField(null=True)
    reporter = models.CharField(max_length=10, blank=True)
    category = models.CharField(max_length=20, blank=True)
    attributes = models.JSONField(default=dict)
    learned_at = models.DateTimeField()
    digest = models.UUIDField()  # of all that it said, also when `attributes` are gone: the same words are not taken in again
    removed_at = models.DateTimeField(null=True)  # when the attributes went, because their time was over

    objects = Said.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference", "digest"], name="particulars_said_once")]


class Canary(models.Model):
    """Somebody's word that what travels under a reference is a test message of our own, or (not `is_one`) that it is none. See `canaries`."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    namespace = models.CharField(max_length=20)
    value = models.CharField(max_length=200, db_collation="C")
    is_one = models.BooleanField()
    beforehand = models.BooleanField()  # no source had told of it
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")  # unset when another system said so, by its key
    learned_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "canaries"
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="canary_of_service"),
            models.CheckConstraint(name="only_people_know_afterwards", condition=Q(by__isnull=False) | Q(is_one=True, beforehand=True)),
        ]
        indexes = [models.Index(fields=["service", "value", "namespace"], name="canary_by_reference")]


class Word(models.Model):
    """Somebody's word about a status that no format knows: what it means, or that it means nothing to us. The newest holds. See `words`."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    native = models.CharField(max_length=100)  # as the events have it
    code = models.CharField(max_length=30)
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    learned_at = models.DateTimeField()
    sequence = models.BigIntegerField()  # in the ledger's own: whether it was learned after what somebody decided

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="word_of_service"),
            # No carrier's word ever means that a message was registered.
            models.CheckConstraint(name="word_proves_no_registration", condition=Q(code__in=codes.SAYABLE)),
            models.CheckConstraint(name="word_says_why", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["service", "source", "native", "-id"], name="word_about_status")]


class Duplicate(models.Model):
    """A line that said only what was known: the fate of the line, and the event it repeats."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="duplicates", db_index=False, db_constraint=False, db_column="import_id")
    line = models.IntegerField()
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        triggers = APPEND_ONLY
        constraints = [models.UniqueConstraint(fields=["feed_import", "line"], name="duplicate_line_once")]


ONE_THING = (
    Q(event__isnull=False, tie__isnull=True, particulars__isnull=True)
    | Q(event__isnull=True, tie__isnull=False, particulars__isnull=True)
    | Q(event__isnull=True, tie__isnull=True, particulars__isnull=False)
)


class Repeat(models.Model):
    """What an import said and another had said first: should the first be undone, it stands by this one.

    The first event that a duplicate line repeats stands in Duplicate alone, until the import that it is from is undone.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, db_column="import_id")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    tie = models.ForeignKey(Tie, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    particulars = models.ForeignKey(Particulars, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        triggers = APPEND_ONLY
        constraints = [models.CheckConstraint(name="repeat_of_one_thing", condition=ONE_THING)]
        indexes = [
            models.Index(fields=["event"], condition=Q(event__isnull=False), name="repeat_of_event"),
            models.Index(fields=["tie"], condition=Q(tie__isnull=False), name="repeat_of_tie"),
            models.Index(fields=["particulars"], condition=Q(particulars__isnull=False), name="repeat_of_particulars"),
        ]


class Work(models.TextChoices):
    IMPORT = "import", _("Import the file")
    PREVIEW = "preview", _("Try the file without bringing it in")
    FOLD = "fold", _("Reconcile what the import touched")


WORK_ON_A_FILE = (Work.IMPORT, Work.PREVIEW)


class Owed(models.Model):
    """Work that must still be done. The broker only rings; this row is what is owed, and it goes in the transaction that does the work."""

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    work = models.CharField(max_length=10, choices=Work)
    feed_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="owed", db_column="import_id", db_constraint=False)
    part = models.IntegerField(default=0)
    homes = ArrayField(models.BigIntegerField(), default=list)  # what to reconcile: the references touched, a part of them in each row
    owed_since = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed_import", "work", "part"], name="owed_once"),
            WithinService(field="feed_import", name="owed_within_service"),
        ]


class Coverage(models.Model):
    """How far a service's case-system data reach: a report that should have been registered by then and is not, is missing."""

    service = models.OneToOneField("registry.Service", on_delete=models.PROTECT, primary_key=True, related_name="coverage")
    reaches_at = models.DateTimeField()


class Told(models.Model):
    """Up to when what a service has learned was told in figures that must come out the same for ever: nothing is learned at that time or before it any more."""

    updatable_columns = ("until",)

    service = models.OneToOneField("registry.Service", on_delete=models.PROTECT, primary_key=True, related_name="+")
    until = models.DateTimeField()
