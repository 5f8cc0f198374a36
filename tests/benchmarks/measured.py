"""What the process that works measures itself by: seconds, the work of both processors, memory; and who asks for its pages."""

import os
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.accounts import actions as accounts
from apps.accounts.models import User
from apps.accounts.roles import NATIONAL, Role
from apps.registry.models import Service
from tests.universe import BERGEN

# Nothing is collected for a benchmark.
PLAIN_FILES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def worked(work: Callable[[], object]) -> dict[str, float]:
    before = cpu("default")
    return {"seconds": seconds(work), "cpu": cpu("default") - before}


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu(alias: str) -> float:
    """Seconds that this process and its server process have worked so far; what other programs take from the machine does not count."""
    connections[alias].ensure_connection()
    stat = Path(f"/proc/{connections[alias].connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
    return time.process_time() + (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def memory(field: str) -> float:
    """MB of this process, as the kernel counts them: VmRSS now, VmHWM at most so far."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def caseworker() -> User:
    return somebody(Role.CASEWORKER)


def somebody(role: Role) -> User:
    """The one person with this role in Bergen, or across services."""
    email = f"{role}@example.no"
    if found := User.objects.filter(email=email).first():
        return found
    now = timezone.now() - timedelta(days=1)
    made = accounts.create_person(email=email, full_name=role.label, password=secrets.token_urlsafe(16), by=None, now=now, is_demo=True)
    accounts.grant(user=made, role=role, service=None if role in NATIONAL else Service.objects.get(code=BERGEN), by=None, now=now)
    return made


def signed_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client
