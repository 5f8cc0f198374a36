"""How people are told of alarms, by environment alone: the mail server, and the webhooks; the README has an example of each."""

import json
from email.utils import parseaddr
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from apps.watch import webhook

PATIENCE = 20  # seconds for a mail server's answer


def mail(env: environ.Env, *, hosts: list[str]) -> dict[str, Any]:
    """Django's settings of mail from EMAIL_URL (smtp+tls://user:password@host:587) and MAIL_FROM. Without EMAIL_URL no mail is sent, and pages say so."""
    own = next((host for host in hosts if not host.startswith((".", "*", "["))), "localhost")
    sender = env("MAIL_FROM", default=f"framme@{own}")
    if "@" not in parseaddr(sender)[1]:
        raise ImproperlyConfigured("MAIL_FROM is no mail address.")
    given = env("EMAIL_URL", default="")
    return {
        **(env.email_url_config(given) if given else {}),
        "SENDS_MAIL": bool(given),
        "EMAIL_TIMEOUT": PATIENCE,
        "DEFAULT_FROM_EMAIL": sender,
        "MAIL_NAME": parseaddr(sender)[1].rpartition("@")[2],
    }


def webhooks(env: environ.Env) -> tuple[webhook.Webhook, ...]:
    """The rows of ALARM_WEBHOOKS, given as JSON. Raises ImproperlyConfigured with a sentence."""
    try:
        return webhook.table(json.loads(env("ALARM_WEBHOOKS", default="[]")))
    except (ValueError, TypeError, AttributeError) as problem:
        raise ImproperlyConfigured(f"ALARM_WEBHOOKS cannot be used. {problem}") from problem
