from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.queries import visible_services
from apps.accounts.roles import Permission
from apps.audit.guards import APPEND_ONLY
from apps.walls.constraints import WithinService

REASON_LIMIT = 1_000


class Pulse(models.Model):
    """What the worker found when it last looked at everything, as it does each minute: numbers of all services together. One row, for its age is the signal.

    `owed_since` is when the oldest work that is still owed came to be, `complete_at` when an import last was complete, `untold_since` since when somebody
    should have been told of an alarm; unset when there is none.
    """

    at = models.DateTimeField()
    owed = models.IntegerField()
    owed_since = models.DateTimeField(null=True)
    needs_a_person = models.IntegerField()
    late = models.IntegerField()
    silent = models.IntegerField()
    complete_at = models.DateTimeField(null=True)
    alarms = models.IntegerField(default=0)
    untold_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="pulse_is_one", condition=Q(id=1))]


class Stream(models.TextChoices):
    """What is counted day by day."""

    FEED = "feed", _("The messages that a feed speaks of")
    SERVICE = "service", _("The messages to the service, by every way")
    CONFIRMED = "confirmed", _("The share that the case system confirms")
    READ = "read", _("The share that is read in time")


class What(models.TextChoices):
    """What an alarm is about. Those that are urgent are told at night too: what they speak of can be too late in the morning."""

    OVERDUE = "overdue", _("An expected file has not come")
    QUIET = "quiet", _("Fewer messages than usual")
    UNCONFIRMED = "unconfirmed", _("The case system confirms a smaller share than usual")
    UNREAD = "unread", _("More messages than usual lie unread")
    UNRECONCILED = "unreconciled", _("Not held against the case system for half the time that the copies are kept")
    NEVER_COMPLETED = "never_completed", _("An import was never completed")
    OWED = "owed", _("Work has waited too long")
    CANARY = "canary", _("A test message of our own has not arrived")
    SAME_WAY = "same_way", _("Many services hear nothing by the same way")


URGENT = frozenset({What.UNRECONCILED, What.OWED})


class Level(models.TextChoices):
    """How bad it is. What knows no two levels stands."""

    LATE = "late", pgettext_lazy("alarm", "Late")
    SILENT = "silent", _("Silent")
    STANDS = "stands", _("Needs a look")


class Watched(models.QuerySet):
    def visible_to(self, user):
        return self.filter(service__in=visible_services(user, Permission.SEE_IMPORTS))

    def open(self):
        return self.filter(ended_at__isnull=True)

    def of_all_services(self):
        return self.filter(service__isnull=True)

    def in_services(self, services):
        return self.filter(service__in=services)


class Rhythm(models.Model):
    """One stream of a service, counted day by day from `first_day` to the day before it was counted, and what stands out in it (rhythm.Verdict).

    `amiss` counts those of each day that went wrong, for shares; `nil_days` are days of which the source said that there was nothing. Derived: may be
    counted again at any time. `level` is empty while nothing stands out; `verdict` is empty while there is too little history.
    """

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="+")
    stream = models.CharField(max_length=10, choices=Stream)
    feed = models.ForeignKey("feeds.Feed", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)
    counted_at = models.DateTimeField()
    first_day = models.DateField()
    counts = ArrayField(models.IntegerField(), default=list)
    amiss = ArrayField(models.IntegerField(), default=list)
    nil_days = ArrayField(models.DateField(), default=list)
    level = models.CharField(max_length=10, choices=Level, blank=True)
    verdict = models.JSONField(default=dict)
    patience = models.JSONField(default=dict)

    objects = Watched.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "stream", "feed"], name="rhythm_once", nulls_distinct=False),
            models.CheckConstraint(
                name="rhythm_of_a_feed_names_it", condition=Q(stream=Stream.FEED, feed__isnull=False) | Q(~Q(stream=Stream.FEED), feed=None)
            ),
            WithinService(field="feed", name="rhythm_within_service"),
        ]


class Alarm(models.Model):
    """Something that somebody must see to, raised and ended by the beat: once for each cause while it stands. Figures only, never what a message says.

    Of one service, or (none) of all of them: then national coordinators are told, and whoever belongs somewhere reads it on the status page.

    `since` is when it began, `raised_at` when it was noticed. `acknowledged_until` is until when somebody has taken it on; then it is told again.
    """

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, null=True, related_name="alarms")
    what = models.CharField(max_length=20, choices=What)
    feed = models.ForeignKey("feeds.Feed", on_delete=models.PROTECT, null=True, related_name="alarms", db_constraint=False)
    feed_import = models.ForeignKey("ledger.Import", on_delete=models.PROTECT, null=True, related_name="alarms", db_column="import_id", db_constraint=False)
    level = models.CharField(max_length=10, choices=Level)
    since = models.DateTimeField()
    raised_at = models.DateTimeField()
    figures = models.JSONField(default=dict)
    waits_since = models.DateTimeField()  # since when nobody has taken it on
    acknowledged_until = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = Watched.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="alarm_of_service"),
            models.CheckConstraint(name="alarm_of_all_services_is_of_the_same_way", condition=Q(service__isnull=False) | Q(what=What.SAME_WAY)),
            models.UniqueConstraint(
                fields=["service", "what", "feed", "feed_import"], condition=Q(ended_at__isnull=True), name="alarm_once_while_open", nulls_distinct=False
            ),
            models.CheckConstraint(name="alarm_ends_after_it_begins", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("raised_at"))),
            WithinService(field="feed", name="alarm_of_feed_within_service"),
            WithinService(field="feed_import", name="alarm_of_import_within_service"),
        ]
        indexes = [models.Index(fields=["service", "-raised_at"], name="alarm_by_service")]

    @property
    def is_urgent(self):
        return self.what in URGENT

    @property
    def is_open(self):
        return self.ended_at is None


class Act(models.TextChoices):
    RAISED = "raised", _("Raised")
    CHANGED = "changed", _("Became another level")
    TOLD = "told", _("Told")
    ACKNOWLEDGED = "acknowledged", _("Taken on")
    CAME_BACK = "came_back", _("Not taken on any more")
    ESCALATED = "escalated", _("Told to the manager")
    ENDED = "ended", _("Ended")


class Step(models.Model):
    """What happened to an alarm: by the beat, or by a person. `until` ends what was taken on; `person` is whom it was told."""

    append_only = True

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="steps", db_constraint=False)
    act = models.CharField(max_length=15, choices=Act)
    at = models.DateTimeField()
    level = models.CharField(max_length=10, choices=Level, blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    way = models.CharField(max_length=10, blank=True)

    class Meta:
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["service", "id"], name="step_of_alarm_of_service"),
            models.CheckConstraint(
                name="taken_on_by_somebody_with_an_end", condition=~Q(act=Act.ACKNOWLEDGED) | Q(Q(by__isnull=False, until__isnull=False), ~Q(reason=""))
            ),
            # Nothing is muted for ever: seven days at most (actions.LONGEST).
            models.CheckConstraint(
                name="taken_on_for_a_week_at_most", condition=Q(until__isnull=True) | Q(until__lte=F("at") + models.Value("7 days", models.DurationField()))
            ),
            WithinService(field="alarm", name="step_of_alarm_within_service"),
        ]


class Way(models.TextChoices):
    MAIL = "mail", _("Mail")
    WEBHOOK = "webhook", _("Webhook")


class Fate(models.TextChoices):
    OWED = "owed", _("Owed")
    SENT = "sent", _("Sent")
    NEEDLESS = "needless", _("Needless: what it would tell of had ended")


class Reminds(models.TextChoices):
    """What somebody is reminded of though it is no alarm; `subject` is then the id of it."""

    BREACH = "breach", _("A breach that the authority was not told of")
    ACCESS = "access", _("An opening that soon holds no longer")
    REVIEW = "review", _("The review of an incident that waits for the service's answer")
    UNUSED = "unused", _("A channel that is said not to be used, and soon no longer")


class Telling(models.Model):
    """Something that somebody must be told, written down before it is sent and owed until it was: by mail to a person, or by webhook. Counts and links only.

    Of one step each person is told once; a daily digest has no step and is of a `day`; a reminder is of a `subject` on one `occasion`, and its `figures` are
    numbers, times and words of closed lists. `tries` above one says that it may have reached them before.
    """

    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, null=True, related_name="+")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="tellings", db_constraint=False)
    day = models.DateField(null=True)
    reminds = models.CharField(max_length=10, choices=Reminds, blank=True)
    subject = models.BigIntegerField(null=True)
    occasion = models.CharField(max_length=10, blank=True)
    figures = models.JSONField(default=dict)
    way = models.CharField(max_length=10, choices=Way)
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=300, blank=True)  # of a webhook; it must still stand in the settings when it is sent
    fate = models.CharField(max_length=10, choices=Fate, default=Fate.OWED)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    failure = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "way", "person", "address"], condition=Q(step__isnull=False), name="told_once", nulls_distinct=False),
            models.CheckConstraint(name="telling_of_all_services_is_of_an_alarm", condition=Q(service__isnull=False) | Q(step__isnull=False)),
            models.UniqueConstraint(fields=["service", "day", "person"], condition=Q(step__isnull=True), name="digest_once"),
            models.UniqueConstraint(fields=["reminds", "subject", "occasion", "person"], condition=~Q(reminds=""), name="reminded_once"),
            models.CheckConstraint(
                name="telling_of_one_cause",
                condition=Q(step__isnull=False, day=None, reminds="") | Q(step=None, day__isnull=False, reminds="") | Q(Q(step=None, day=None), ~Q(reminds="")),
            ),
            models.CheckConstraint(
                name="reminder_says_of_what", condition=Q(reminds="", subject=None, occasion="") | Q(~Q(reminds=""), ~Q(occasion=""), subject__isnull=False)
            ),
            models.CheckConstraint(
                name="mail_to_a_person", condition=Q(way=Way.MAIL, person__isnull=False, address="") | Q(Q(way=Way.WEBHOOK, person=None), ~Q(address=""))
            ),
            models.CheckConstraint(name="sent_says_when", condition=Q(fate=Fate.SENT, sent_at__isnull=False) | Q(~Q(fate=Fate.SENT), sent_at=None)),
            WithinService(field="step", name="telling_within_service"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(fate=Fate.OWED), name="telling_owed")]


class Arrangement(models.Model):
    """How a service wants to be told; without a row as the defaults say."""

    service = models.OneToOneField("registry.Service", on_delete=models.PROTECT, primary_key=True, related_name="+")
    escalate_after = models.PositiveSmallIntegerField(default=24)  # hours
    escalate_urgent_after = models.PositiveSmallIntegerField(default=4)  # hours
    wants_digest = models.BooleanField(default=True)
