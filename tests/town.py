"""The services there are from the beginning, and people put into them through the actions."""

from datetime import UTC, datetime
from types import SimpleNamespace

from apps.accounts import actions
from apps.registry import actions as registry
from apps.registry.models import Service

NOW = datetime(2024, 3, 1, 9, tzinfo=UTC)
PASSWORD = "en-lang-prøve-2024"


def service(code):
    return Service.objects.get(code=code)


def person(email, *places, is_superuser=False, is_demo=True):
    """Someone who holds these (service code, role) since NOW; a national role's code is "". A second factor is asked only of those who are not `is_demo`."""
    user = actions.create_person(email=email, full_name=email.split("@")[0].title(), password=PASSWORD, by=None, now=NOW, is_demo=is_demo)
    if is_superuser:
        user.is_superuser = True
        user.save(update_fields=["is_superuser"])
    for code, role in places:
        actions.grant(user=user, role=role, service=service(code) if code else None, by=None, now=NOW)
    return user


def founded():
    """Everything a test of people asks for, in one value."""
    registry.load_reference_data()
    return SimpleNamespace(person=person, service=service, now=NOW, password=PASSWORD)
