"""What is asked for over HTTP by other systems; each answer is JSON, and each refusal a problem in JSON."""

import json
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb
from apps.feeds import obtaining
from apps.feeds.api import description, handing_in
from apps.feeds.api.problems import Problem
from apps.feeds.forms import ENCODINGS
from apps.ledger import canaries

LARGEST_PUSH = 1 << 20
LARGEST_REFERENCE = 1 << 10
# By which reference the messages of a format travel.
NAMESPACES = {
    "portal-history": "portal",
    "portal-list": "portal",
    "svarut-status": "svarut",
    "svarut-history": "svarut",
    "svarinn": "svarut",
    "eformidling": "eformidling",
    "altinn": "altinn",
    "altinn-events": "altinn",
}
# What a source sends to find out whether anybody is there.
GREETINGS = (("event", "ping"), ("type", "platform.events.validatesubscription"))

View = Callable[..., HttpResponse]


def for_systems(*methods: str) -> Callable[[View], View]:
    """No session and no form: who asks proves it by a key."""

    def guard(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Problem(405, "method", f"Use {' or '.join(methods)}.", Allow=", ".join(methods))
                return view(request, *args, **kwargs)
            except Problem as problem:
                return problem.answer()

        return guarded

    return guard


@for_systems("POST")
def hand_in(request, name):
    """One file, or a zip of files, as the body of the request."""
    now = timezone.now()
    key = handing_in.authenticate(request)
    handing_in.feed_of(key, name)
    handing_in.limit(key, now=now)
    asked = {"file_name": request.GET.get("file_name", ""), "encoding": request.GET.get("encoding", ""), "reference": request.GET.get("reference", "")}
    if asked["encoding"] not in dict(ENCODINGS) or any("\0" in value or len(value) > 200 for value in asked.values()):
        raise Problem(400, "option", f"file_name and reference have at most 200 characters; encoding is one of {', '.join(filter(None, dict(ENCODINGS)))}.")
    handing_in.no_form(request)
    request_name = handing_in.request_name(request)
    with handing_in.body(request, largest=settings.FEED_FILE_LIMIT) as sent:
        answer, is_new = handing_in.once(
            key=key,
            request=request_name,
            asked=asked | {"sha256": sent.sha256},
            now=now,
            do=lambda: handing_in.receive(key=key, sent=sent, **asked, now=now),
        )
    return kept(answer, is_new)


def kept(answer, is_new):
    return HttpResponse(answer, status=202, content_type="application/json", headers={} if is_new else {"Idempotent-Replayed": "true"})


@for_systems("POST")
def register_canary(request, name):
    """The reference of a test message of our own, as JSON, before it is sent. The same again changes nothing."""
    now = timezone.now()
    key = handing_in.authenticate(request)
    feed = handing_in.feed_of(key, name)
    try:
        value = str(UUID(str(json.loads(request.read(LARGEST_REFERENCE))["reference"])))
        namespace = NAMESPACES[feed.format]
    except (ValueError, KeyError, TypeError, RecursionError):
        detail = f'Send {{"reference": "<UUID>"}}, by the key of a feed of one of these formats: {", ".join(NAMESPACES)}.'
        raise Problem(400, "no_reference", detail) from None
    try:
        made, _reference = canaries.register(service=key.service, namespace=namespace, value=value, by=None, now=now)
    except canaries.Known:
        return JsonResponse({"reference": value}, status=200)
    except (canaries.TooLate, canaries.Touched):
        detail = "A source has told of this reference already, so it may be a report. Two persons of the service can say that it is a test."
        raise Problem(409, "too_late", detail) from None
    about = (Kind.SERVICE, key.service_id)
    audit.record(verb=Verb.CANARY_SENT, by=Actor.SYSTEM, services=[key.service_id], about=about, now=now, channel=namespace, key=key.pk, canary=made.pk)
    return JsonResponse({"reference": value}, status=201)


@for_systems("GET")
def read_import(request, name, pk):
    """How an import of the feed stands."""
    key = handing_in.authenticate(request)
    handing_in.feed_of(key, name)
    found = handing_in.import_of(key, pk)
    audit.record(verb=Verb.VIEWED, by=Actor.SYSTEM, services=[key.service_id], about=(Kind.IMPORT, pk), now=timezone.now(), key=key.pk)
    return JsonResponse(handing_in.as_told(found))


@for_systems("POST")
def push(request, written):
    """What happened to a message, pushed by a source that can only be given an address: the key is part of it."""
    now = timezone.now()
    key = handing_in.authenticate(request, written)
    if key.feed.format not in obtaining.PUSHED:
        raise Problem(404, "not_pushed", "No source pushes to a feed of this format.")
    handing_in.limit(key, now=now)
    with handing_in.body(request, largest=LARGEST_PUSH) as sent:
        if is_greeting(sent.stream.read()):
            return JsonResponse({})
        sent.stream.seek(0)
        answer, is_new = handing_in.once(
            key=key,
            request=f"push-{sent.sha256}",
            asked={"sha256": sent.sha256},
            now=now,
            do=lambda: handing_in.receive(key=key, sent=sent, file_name="push.json", encoding="", reference="", now=now),
        )
    return kept(answer, is_new)


def is_greeting(body: bytes) -> bool:
    """Raises Problem for what is no JSON."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "not_json", "A push is one JSON object.") from None
    return isinstance(said, dict) and any(said.get(name) == value for name, value in GREETINGS)


@for_systems("GET", "HEAD")
def describe(request):
    return JsonResponse(description.described())
