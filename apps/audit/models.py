from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from apps.audit.guards import APPEND_ONLY
from apps.audit.verbs import READS, Actor, Kind, Verb


class Entry(models.Model):
    """One thing that somebody saw or did. `text` is what is hashed; the other columns repeat it so that it can be found, and `verify` compares them.

    It is service data: `service_id` is the service whose data or work it is about. Null is what belongs to no service (signing in, accounts, attempts
    that were denied to somebody who belongs nowhere): a person sees those of the people of the services whose trail they may see.
    A write has a position in the chain of its service and a hash; a read has neither, and is sealed into the chain later.
    """

    append_only = True

    at = models.DateTimeField()
    service_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=10, choices=Actor)
    person_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=30, choices=Verb)
    kind = models.CharField(max_length=10, choices=Kind, blank=True)
    object_id = models.BigIntegerField(null=True)
    text = models.TextField()
    position = models.BigIntegerField(null=True)
    hash = models.BinaryField(null=True)

    class Meta:
        verbose_name_plural = "entries"
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(name="trail_verb_is_known", condition=Q(verb__in=Verb.values)),
            models.CheckConstraint(name="trail_kind_is_known", condition=Q(kind__in=["", *Kind.values])),
            models.CheckConstraint(
                name="only_a_person_is_named", condition=Q(actor=Actor.PERSON, person_id__isnull=False) | (~Q(actor=Actor.PERSON) & Q(person_id__isnull=True))
            ),
            models.CheckConstraint(
                name="writes_are_chained_and_reads_are_not",
                condition=Q(verb__in=sorted(READS), position__isnull=True, hash__isnull=True)
                | (~Q(verb__in=sorted(READS)) & Q(position__isnull=False, hash__isnull=False)),
            ),
            models.UniqueConstraint(
                name="one_link_at_each_position", fields=["service_id", "position"], condition=Q(position__isnull=False), nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["service_id", "-id"], name="trail_by_service"),
            models.Index(fields=["verb", "-id"], condition=Q(position__isnull=False), name="trail_by_deed"),
            models.Index(fields=["person_id", "-id"], condition=Q(person_id__isnull=False), name="trail_by_person"),
            models.Index(fields=["kind", "object_id", "-id"], condition=Q(object_id__isnull=False), name="trail_by_object"),
            # Entries come in the order of their times, nearly; so a day is found at almost no cost.
            BrinIndex(fields=["at"], name="trail_by_time", pages_per_range=32, autosummarize=True),
        ]


class Head(models.Model):
    """The last link of a service's chain, or of the national one (null). Writing it is what makes writers of one chain wait for each other."""

    updatable_columns = ("position", "hash")

    service_id = models.BigIntegerField(null=True)
    position = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_head_a_chain", fields=["service_id"], nulls_distinct=False)]


class Unsealed(models.Model):
    """A read that no seal holds yet; the row goes when one does, as owed work does."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    service_id = models.BigIntegerField(null=True)
