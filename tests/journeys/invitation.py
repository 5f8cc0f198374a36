"""Makes the people of the journey in the running program's own database, from `manage.py shell`."""

from django.utils import timezone

from apps.accounts import actions as accounts
from apps.accounts.roles import Role
from apps.registry.models import Service
from tests.journeys.people import COORDINATOR, MANAGER, PASSWORD, PEOPLE


def invite():
    bergen, now = Service.objects.get(code="4601"), timezone.now()
    for email, (name, role) in PEOPLE.items():
        user = accounts.create_person(email=email, full_name=name, password=PASSWORD, by=None, now=now, is_demo=True)
        accounts.grant(user=user, role=Role(role), service=bergen, by=None, now=now)
    nina = accounts.create_person(email=COORDINATOR, full_name="Nina Nes", password=PASSWORD, by=None, now=now, is_demo=True)
    accounts.grant(user=nina, role=Role.NATIONAL_COORDINATOR, service=None, by=None, now=now)
    mads = accounts.create_person(email=MANAGER, full_name="Mads Moe", password=PASSWORD, by=None, now=now, is_demo=True)
    accounts.grant(user=mads, role=Role.MANAGER, service=Service.objects.get(code="1103"), by=None, now=now)
