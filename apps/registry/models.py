from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


def period(range_field: type[models.Field], function: str) -> Func:
    """The validity of a row as one range, so that the database can refuse overlaps."""
    return Func(F("valid_from"), F("valid_to"), function=function, output_field=range_field())


ENDS_AFTER_IT_BEGINS = Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))


class DatedQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gt=day))


class Municipality(models.Model):
    """One municipality number; a municipality that was recoded has several, tied by the changes."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=100)
    county = models.CharField(max_length=100)
    orgnr = models.CharField(max_length=9, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["orgnr"], condition=~Q(orgnr=""), name="orgnr_of_one_municipality")]

    def __str__(self):
        return f"{self.code} {self.name}"


class Kind(models.TextChoices):
    RECODE = "recode", _("New number")
    MERGE = "merge", _("Merged")
    SPLIT = "split", _("Split")


class MunicipalityChange(models.Model):
    date = models.DateField()
    old = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="became")
    new = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="came_from")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["old", "new"], name="municipality_changed_once")]


class District(models.Model):
    """A part of a city (bydel). Its number matters only where districts have child-welfare services of their own."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="districts")
    number = models.CharField(max_length=2)
    name = models.CharField(max_length=100)
    has_own_service = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "number"], name="district_once")]


class Service(models.Model):
    """One child-welfare service: the unit that owns data. Ended services keep their data, so a service is never deleted."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=ENDS_AFTER_IT_BEGINS, name="service_ends_after_it_begins")]

    def __str__(self):
        return f"{self.name} ({self.code})"


class ServiceArea(models.Model):
    """What a service covers, and when: a whole municipality (or what its districts leave), or one district."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="areas")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    district = models.CharField(max_length=2, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    placed_by = models.CharField(max_length=254, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=ENDS_AFTER_IT_BEGINS, name="area_ends_after_it_begins"),
            ExclusionConstraint(
                name="area_in_one_service_at_a_time",
                expressions=[
                    ("municipality", RangeOperators.EQUAL),
                    ("district", RangeOperators.EQUAL),
                    (period(DateRangeField, "daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Policy(models.Model):
    """A duration that rules or carriers follow, in elapsed hours, for as long as it holds; with `of_hundred`, also a share of what comes in that time."""

    name = models.CharField(max_length=40)
    hours = models.PositiveIntegerField()
    of_hundred = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=ENDS_AFTER_IT_BEGINS, name="policy_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(of_hundred__isnull=True) | Q(of_hundred__lte=100), name="policy_share_is_of_hundred"),
            ExclusionConstraint(
                name="policy_one_at_a_time",
                expressions=[("name", RangeOperators.EQUAL), (period(DateTimeRangeField, "tstzrange"), RangeOperators.OVERLAPS)],
            ),
        ]
