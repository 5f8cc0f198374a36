"""One settings module for every way of running; what differs comes from the environment.

The environment is $FRAMME_HOME, DATABASE_URL, CELERY_BROKER_URL, SECRET_KEY, ALLOWED_HOSTS, DEBUG, CONNECTORS, METRICS_TOKEN, EMAIL_URL,
MAIL_FROM, ALARM_WEBHOOKS, HTTPS_PROXY, NO_PROXY and the OIDC variables: nothing else.
"""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from config import alarms, broker, connectors, embedded, logs, oidc, schedule

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

HOME = Path(env("FRAMME_HOME", default=str(BASE_DIR / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
DATABASE_URL = env("DATABASE_URL", default="")
ONE_MACHINE = not DATABASE_URL  # nobody named a server, so this machine keeps its own

LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=sorted(LOOPBACK))
# A key is required where a real server is named; one machine keeps its own in a file that only it can read.
SECRET_KEY = env("SECRET_KEY", default="") or (embedded.secret(HOME, "secret-key") if ONE_MACHINE else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY must be set when DATABASE_URL names a database server")
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # whoever holds it may read the figures about Framme itself

INSTALLED_APPS = [
    "config",
    "apps.incidents",
    "apps.breaches",
    "apps.statements",
    "apps.readiness",
    "apps.reports",
    "apps.watch",
    "apps.trail",
    "apps.worklists",
    "apps.decisions",
    "apps.calls",
    "apps.letters",
    "apps.outages",
    "apps.handovers",
    "apps.deliveries",
    "apps.feeds",
    "apps.ledger",
    "apps.accounts",
    "apps.registry",
    "apps.audit",
    "apps.walls",
    "apps.ui",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "pgtrigger",
    "csp",
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "config.told.Told",
    "config.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "config.browser.Permissions",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.transaction.OneTransaction",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.accounts.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.accounts.presence.Presence",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.accounts.first_password.Replaced",
    "apps.accounts.second_factor.Required",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.forms_only.FormsOnly",
]

LOGGING_CONFIG = "config.logs.configure"
LOGGING = logs.SETTINGS

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.header.header",
            ],
        },
    }
]

DATABASES = embedded.databases(home=HOME, url=DATABASE_URL)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.lockout.Refusal", "apps.accounts.backend.Passwords"]  # who is locked out is refused before anything is compared
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "apps.accounts.adapter.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "login": "apps.accounts.forms.SignIn",
    "change_password": "apps.accounts.forms.NewPassword",
    "reauthenticate": "apps.accounts.forms.PasswordAgain",
}
ACCOUNT_SESSION_REMEMBER = False  # a shared machine must not keep anybody signed in
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # counted in the database by axes, below: a process's own memory forgets, and knows nothing of the others
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # for how long a sign-in counts as fresh enough for exports and grants

# Where a provider says who people are: apps.accounts.oidc. Nothing that it says is kept but its own number for the person.
vars().update(oidc.settings(env))
SOCIALACCOUNT_ADAPTER = "apps.accounts.oidc.Adapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # by a link: a form would need the provider's address in the policy of every page

# A second factor is asked of everybody but the demo's people: apps.accounts.second_factor.
MFA_ADAPTER = "apps.accounts.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # a municipality's people come from one address
MFA_TOTP_ISSUER = "Framme"
MFA_TOTP_TOLERANCE = 1  # a code is good for half a minute before and after its own, for phones whose clock is a little off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever invites a person vouches for the address; no mail is sent
MFA_FORMS = {
    "authenticate": "apps.accounts.forms.Code",
    "reauthenticate": "apps.accounts.forms.CodeAgain",
    "reauthenticate_webauthn": "apps.accounts.forms.PasskeyAgain",
    "activate_totp": "apps.accounts.forms.FirstCode",
    "add_webauthn": "apps.accounts.forms.NewPasskey",
    "edit_webauthn": "apps.accounts.forms.PasskeyName",
}

# Whoever guesses is locked out, account and source apart: apps.accounts.lockout says how many attempts each has.
AXES_HANDLER = "apps.accounts.lockout.Attempts"
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or somebody who goes on guessing would keep the account's owner out for ever
AXES_USERNAME_CALLABLE = "apps.accounts.lockout.account"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.lockout.source"
AXES_SENSITIVE_PARAMETERS = ["login", "code", "credential", "csrfmiddlewaretoken"]  # besides the password
AXES_CLIENT_STR_CALLABLE = "apps.accounts.lockout.somebody"
AXES_DISABLE_ACCESS_LOG = True  # the trail tells who signed in
AXES_VERBOSE = False

# A session ends after so many seconds without a request, and so many after it began: apps.accounts.presence.
SESSION_COOKIE_AGE = 15 * 60
SESSION_LONGEST = 8 * 60 * 60
SESSION_WARNING = 2 * 60

LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")]  # each in itself
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Europe/Oslo"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATICFILES_DIRS = [BASE_DIR / "static" / "built", BASE_DIR / "static" / "css", BASE_DIR / "static" / "js"]

# Uploads go to disk beyond this size; nothing larger than the limit is read at all.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["apps.feeds.uploads.StopAtLimit", *global_settings.FILE_UPLOAD_HANDLERS]
FEED_FILE_LIMIT = 2 * 1024**3
# Where other systems may put files, in a folder for each feed: apps.feeds.inbox.
INBOX = HOME / "inbox"
# The way out to carriers and webhooks, where machines may not go out by themselves.
OUTBOUND_PROXY = connectors.outbound_proxy(env)
# What is fetched from carriers without files: apps.feeds.fetching. No page and no answer can add an address to these.
CONNECTIONS = connectors.connections(env, proxy=OUTBOUND_PROXY)
# How people are told of alarms: apps.watch.telling. No page can add an address to the webhooks.
vars().update(alarms.mail(env, hosts=ALLOWED_HOSTS))
ALARM_WEBHOOKS = alarms.webhooks(env)
# What the stored bytes are encrypted with: never in the database. Several machines must hold the same file.
BYTES_KEY = embedded.secret(HOME, "bytes-key")
# What the trail's anchors are signed with, and where those are that `verify` holds the trail against: never in the database either.
ANCHOR_KEY = embedded.secret(HOME, "anchor-key")
ANCHORS = HOME / "anchors"
# What scopes are asked for with, of the wall inside the database: likewise the same on every machine.
WALL_KEY = embedded.secret(HOME, "wall-key")

# The broker is a doorbell; what is owed stands in the database. So a ring is tried once and quickly, and no answer is kept.
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")
if not CELERY_BROKER_URL:
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = broker.options(HOME / "broker")
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 2 * 60 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # kilobytes; the pipeline needs less than 200 MB, so this ends what leaks
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its lines go the way of all others
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = schedule.beats()

# What answers only to this machine's own names cannot be reached from another one, and needs no TLS.
IS_PUBLIC = not LOOPBACK.issuperset(ALLOWED_HOSTS)
OWN_ADDRESS = f"{'https' if IS_PUBLIC else 'http'}://{next((host for host in ALLOWED_HOSTS if host not in LOOPBACK and host[0] not in '.*'), 'localhost:8000')}"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PUBLIC
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if IS_PUBLIC else 0  # the reverse proxy that ends TLS says who asked, in the last part of X-Forwarded-For
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PUBLIC
CSRF_COOKIE_HTTPONLY = True  # our scripts find the token in the page
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PUBLIC
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# security.W021 wants the whole domain in the browsers' preload list: that is for the owner of the domain to ask for. axes.W002 wants the
# middleware that answers 429 instead of the sign-in page, where the reason is said.
SILENCED_SYSTEM_CHECKS = ["axes.W002", "security.W021"] + ([] if IS_PUBLIC else [f"security.{number}" for number in ("W004", "W008", "W012", "W016")])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
