from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from apps.accounts.roles import NATIONAL, Role

# Recovery codes are for the day when these are lost; alone they are none.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class UserQuerySet(models.QuerySet):
    def with_second_factor(self):
        """`has_second_factor`: whether the person has set up an authenticator app or a passkey."""
        return self.annotate(has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email=email.strip().lower())


class User(AbstractBaseUser):
    """A person who signs in by e-mail address. What they may do comes from memberships alone.

    Only the people that `demo` made are `is_demo`: of them no second factor is asked. Who `has_first_password` still signs in with what a manager gave.
    """

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=150)
    language = models.CharField(max_length=5, blank=True)
    uses_keys = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    has_first_password = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="email_in_lower_case")]

    def __str__(self):
        return self.full_name or self.email

    @property
    def is_staff(self):
        return self.is_superuser


class MembershipQuerySet(models.QuerySet):
    def at(self, moment):
        return self.not_over(moment).filter(valid_from__lte=moment)

    def not_over(self, moment):
        """Those that hold, and those that will."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=moment), Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")))


class Membership(models.Model):
    """One role of a person in a service, from a moment until it is ended. National roles belong to no service.

    What an identity provider's claims gave (`from_claims`) they take again at a later sign-in; what a manager gave, only a manager ends.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    service = models.ForeignKey("registry.Service", on_delete=models.PROTECT, related_name="memberships", null=True, blank=True)
    role = models.CharField(max_length=30, choices=Role)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    from_claims = models.BooleanField(default=False)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
            models.CheckConstraint(
                condition=Q(service__isnull=True, role__in=sorted(NATIONAL)) | Q(Q(service__isnull=False), ~Q(role__in=sorted(NATIONAL))),
                name="only_national_roles_without_service",
            ),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="membership_ends_after_it_begins"),
            ExclusionConstraint(
                name="role_held_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (Coalesce("service_id", Value(0)), RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Func(F("valid_from"), F("valid_to"), function="tstzrange", output_field=DateTimeRangeField()), RangeOperators.OVERLAPS),
                ],
            ),
        ]


# What a browser says of itself names its forebears too: the first that fits is meant.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Linux", "Linux"))


class SignIn(models.Model):
    """A session that a person began by signing in, for as long as it may still be open: so that they can see it and end it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    source = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=200)

    @property
    def browser(self):
        """What the browser says of itself, in two words."""
        found = [next((name for sign, name in signs if sign in self.device), "") for signs in (BROWSERS, SYSTEMS)]
        return ", ".join(filter(None, found)) or self.device
