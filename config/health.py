"""What machines ask: `/healthz` whether this process lives, `/readyz` whether everything behind it works, `/metrics` the same as figures for Prometheus.

Answered before anything else, outside of sessions and scopes, so that they answer when nothing else does. Figures are for whoever holds METRICS_TOKEN.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from apps.watch import queries
from apps.watch.models import Pulse


class Health:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/healthz": alive, "/readyz": ready, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answers.get(request.path, self.get_response)(request)


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """503 with what does not hold; that feeds are behind or a file needs a person is told, but is no fault of the machine."""
    checks = queries.checks(now=timezone.now())
    is_ready = all(check.holds for check in checks if not check.is_told)
    told = {"ready": is_ready, "checks": [{"name": check.name, "ok": check.holds, **check.found} for check in checks]}
    return JsonResponse(told, status=200 if is_ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """404 where nobody has set a token, and for whoever does not have it."""
    held, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not held or not secrets.compare_digest(held.encode(), given.encode()):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(Figures(timezone.now()))  # type: ignore[arg-type]  # whatever has `collect`
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures:
    """The last pulse as Prometheus wants it. A figure that nobody knows is left out and is not zero."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        for check in queries.checks(now=self.now):
            yield gauge(f"framme_{check.name}_ok", "Whether this holds", int(check.holds))
        pulse = queries.pulse()
        if pulse:
            yield from self.of(pulse)

    def of(self, pulse: Pulse) -> Iterator[Metric]:
        yield gauge("framme_pulse_age_seconds", "Since the worker looked at everything", self.since(pulse.at))
        yield gauge("framme_owed", "Pieces of work that are owed", pulse.owed)
        yield gauge("framme_imports_needing_a_person", "Imports that go on only when somebody sees to them", pulse.needs_a_person)
        yield gauge("framme_feeds_late", "Feeds of which the expected file has not come", pulse.late)
        yield gauge("framme_feeds_silent", "Feeds that have been silent for two of their rhythms", pulse.silent)
        yield gauge("framme_alarms", "Alarms that stand", pulse.alarms)
        if pulse.owed_since:
            yield gauge("framme_oldest_owed_age_seconds", "Since the oldest owed work came to be", self.since(pulse.owed_since))
        if pulse.complete_at:
            yield gauge("framme_complete_import_age_seconds", "Since an import was last complete", self.since(pulse.complete_at))

    def since(self, at: datetime) -> float:
        return (self.now - at).total_seconds()


def gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
