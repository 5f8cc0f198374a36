from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import visible_services
from apps.audit.guards import APPEND_ONLY
from apps.deliveries.states import State
from apps.ledger.models import Direction
from apps.outages.models import CHANNELS
from apps.walls.constraints import WithinService, points_within

TEXT_LIMIT = 4_000


class Method(models.TextChoices):
    """How a service looked for what it answered."""

    EACH = "each", _("Each message was looked for in the case system")
    LIST = "list", _("A list of the carrier was held against the case system")
    SUPPLIER = "supplier", _("The supplier searched")
    SAMPLE = "sample", _("A sample was looked for")


class Teller(models.TextChoices):
    SUPPLIER = "supplier", _("Supplier")
    SERVICE = "service", _("Service or municipality")
    PRESS = "press", _("Press")
    AUTHORITY = "authority", _("Authority")


class Unit(models.TextChoices):
    REPORTS = "reports", _("reports of concern")
    NOTICES = "notices", _("notices")
    MESSAGES = "messages", _("messages")
    CHILDREN = "children", _("children")
    MUNICIPALITIES = "municipalities", _("municipalities")
    SERVICES = "services", _("services")


class OfServices(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user))


class Review(models.Model):
    """What one incident may have hit, as criteria: which messages, of services that used which case system, on which days (both included, Oslo).

    It belongs to no service and names no message. An empty channel, version or list of services means any; an empty case system means that the fault was
    not one of a case system. What the criteria give is frozen service by service as tasks.
    """

    append_only = True

    title = models.CharField(max_length=200)
    direction = models.CharField(max_length=10, choices=Direction)
    channel = models.CharField(max_length=20, choices=CHANNELS, blank=True)
    system = models.CharField(max_length=80, blank=True)
    version = models.CharField(max_length=40, blank=True)
    services = ArrayField(models.BigIntegerField(), default=list)
    begins = models.DateField()
    ends = models.DateField()
    due_on = models.DateField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("begins")), name="review_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(channel="", system=""), name="review_of_a_channel_or_a_system"),
        ]


class Freeze(models.Model):
    """That a review's messages were frozen in all services, once."""

    append_only = True

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="freeze")
    tasks = models.IntegerField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY


class Loss(models.Model):
    """The message whose proven loss a review began with."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="loss")
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="+", db_constraint=False)

    objects = OfServices.as_manager()

    class Meta:
        verbose_name_plural = "losses"
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference")]


class Task(models.Model):
    """What one service has to look for: its messages of a review as they were at `at`, `number` of them, of which `in_doubt` needed a person then.

    From the first to the last day on which the fault may have hit it, both included.
    """

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="tasks")
    first_day = models.DateField()
    last_day = models.DateField()
    number = models.IntegerField()
    in_doubt = models.IntegerField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="task_of_service"),
            models.UniqueConstraint(fields=["review", "service"], name="frozen_once_in_a_service"),
            models.CheckConstraint(condition=Q(in_doubt__gte=0, number__gte=F("in_doubt")), name="in_doubt_is_a_part"),
        ]


class Member(models.Model):
    """One message of a frozen cohort, by the home of its reference, which stays in the set whatever joins it; and its state then."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="members", db_index=False, db_constraint=False)
    reference = models.ForeignKey("ledger.Reference", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    state = models.CharField(max_length=20, choices=State)

    class Meta:
        triggers = [*APPEND_ONLY, points_within("reference_id", table="ledger_reference")]
        constraints = [
            models.UniqueConstraint(fields=["task", "reference"], name="member_once"),
            WithinService(field="task", name="member_within_service"),
        ]


class Answer(models.Model):
    """How many of its messages a service found to be lost, and how it looked. The latest stands; earlier ones stay."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="answers", db_constraint=False)
    count = models.IntegerField()
    method = models.CharField(max_length=10, choices=Method)
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            WithinService(field="task", name="answer_of_task_within_service"),
            models.CheckConstraint(condition=Q(count__gte=0), name="answer_is_no_less_than_none"),
        ]


class Question(models.Model):
    """What a service asked its supplier about its task, and on which day."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="questions", db_constraint=False)
    day = models.DateField()
    text = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfServices.as_manager()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="question_of_service"),
            WithinService(field="task", name="question_within_service"),
        ]


class Reply(models.Model):
    """What the supplier answered, and on which day."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="reply", db_constraint=False)
    day = models.DateField()
    text = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"
        triggers = APPEND_ONLY
        constraints = [WithinService(field="question", name="reply_within_service")]


class Claim(models.Model):
    """A number that somebody said in public, on which day and where it can be found: kept beside what was counted here, and never counted itself."""

    append_only = True

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="claims")
    number = models.IntegerField()
    unit = models.CharField(max_length=20, choices=Unit)
    teller = models.CharField(max_length=10, choices=Teller)
    said_by = models.CharField(max_length=200)
    said_on = models.DateField()
    source = models.CharField(max_length=500)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = APPEND_ONLY
        constraints = [models.CheckConstraint(condition=Q(number__gte=0), name="claim_is_no_less_than_none")]
