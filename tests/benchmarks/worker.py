"""The process that is measured: prepares a database, imports files, copies events, asks for pages; prints what it saw as one line of JSON."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import Sum
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit import actions as audit
from apps.audit import verification
from apps.audit.models import Entry
from apps.audit.verbs import Kind, Verb
from apps.deliveries import actions as deliveries
from apps.deliveries import candidates
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.ledger import queries as facts
from apps.ledger.hindsight import snapshot
from apps.ledger.models import Event, Import, ImportState, Owed, Reference, Work
from apps.registry.actions import load_reference_data
from apps.registry.models import Service
from apps.walls import scope
from config import grants
from tests.benchmarks import copied, counted
from tests.benchmarks.measured import PLAIN_FILES, caseworker, cpu, memory, seconds, signed_in, worked
from tests.pages import asked
from tests.universe import BERGEN

BLOCK = 1 << 20
MOMENT = 0.02
TURN = 100  # transactions at a time: the kernel counts a server process's work in hundredths of a second
WITHOUT_WALL = "ALTER TABLE ledger_event NO FORCE ROW LEVEL SECURITY"  # the owner reads what the floor is made of


def prepare() -> dict[str, object]:
    call_command("migrate", database="owner", verbosity=0)
    grants.grant(using="owner")
    load_reference_data()
    return {}


def behind(days: str) -> Callable[[], datetime]:
    """A clock that goes so many days behind."""
    return lambda: timezone.now() - timedelta(days=int(days))


def receive(listed: str, days_ago: str) -> dict[str, object]:
    """Take in the files, as uploads do."""
    begun, worked, clock = time.perf_counter(), cpu("default"), behind(days_ago)
    for service, format, path in json.loads(listed):
        with Path(path).open("rb") as stream:
            feeds.receive_file(service=Service.objects.get(code=service), format=format, file_name=path, stream=stream, by="benchmark", now=clock())
    return {"seconds": time.perf_counter() - begun, "cpu": cpu("default") - worked}


def preview(listed: str) -> dict[str, object]:
    """Seconds from the first byte of a file to the page that shows its preview, and from the yes to its end."""
    service, format, path = json.loads(listed)
    client = signed_in(caseworker())
    begun, worked = time.perf_counter(), cpu("default")
    with Path(path).open("rb") as stream:
        given = {"service": Service.objects.get(code=service), "format": format, "file_name": path, "stream": stream, "by": "benchmark", "is_previewed": True}
        feed_import = feeds.receive_file(**given, now=timezone.now()).feed_import
    shown = feeds.run(feed_import_id=feed_import.pk, clock=timezone.now)
    with override_settings(STORAGES=PLAIN_FILES):
        page = client.get(f"/imports/{feed_import.pk}/")
    seen, work = time.perf_counter(), cpu("default") - worked
    if (shown.state, page.status_code) != (ImportState.PREVIEWED, 200):
        raise SystemExit(f"{path} is {shown.state}: {shown.refusal}; its page answered {page.status_code}")
    feeds.approve(feed_import=shown, by=None, now=timezone.now())
    begun_again = time.perf_counter()
    done = feeds.run(feed_import_id=feed_import.pk, clock=timezone.now)
    return {"rows": done.read, "shown": seen - begun, "work": work, "brought_in": time.perf_counter() - begun_again, "peak": memory("VmHWM")}


def work_off(days_ago: str) -> dict[str, object]:
    """Import what was received and reconcile what that touched, as each process of the worker does: the imports were rung for first.

    When it began and ended, and the most memory that the process had.
    """
    begun, worked, resting, clock = time.time(), cpu("default"), memory("VmRSS"), behind(days_ago)
    while Owed.objects.exists():
        for owed in facts.unclaimed(work=Work.IMPORT, now=clock()):
            feeds.run(feed_import_id=owed.feed_import_id, clock=clock)
        deliveries.reconcile_owed(now=clock(), waits_for_files=True)
        time.sleep(MOMENT)  # another process may be at what is left
    return {"begun": begun, "ended": time.time(), "cpu": cpu("default") - worked, "resting": resting, "peak": memory("VmHWM")}


def accounts_of_all() -> dict[str, object]:
    """How many rows were read, and of how many messages they told; it is an error when an import is not complete."""
    if wrong := Import.objects.exclude(state=ImportState.COMPLETE).first():
        raise SystemExit(f"{wrong.file_name} is {wrong.state}: {wrong.refusal}")
    return Import.objects.aggregate(rows=Sum("read")) | {"messages": Delivery.objects.count()}


def copy_rows() -> dict[str, object]:
    """COPY the ledger's events, value by value as psycopg writes them, into the table of `floor`."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(WITHOUT_WALL)
        cursor.execute("SELECT * FROM ledger_event ORDER BY id")
        events = cursor.fetchall()

    def write(copy) -> None:  # type: ignore[no-untyped-def]
        for event in events:
            copy.write_row(event)

    return {"events": len(events)} | floor(write)


def copy_text() -> dict[str, object]:
    """The same as text that was made before: less than any program can do that has values."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(WITHOUT_WALL)
        with cursor.copy("COPY (SELECT * FROM ledger_event ORDER BY id) TO STDOUT") as copy:
            text = b"".join(copy)

    def write(copy) -> None:  # type: ignore[no-untyped-def]
        for start in range(0, len(text), BLOCK):
            copy.write(text[start : start + BLOCK])

    return floor(write)


def floor(write: Callable[[object], None]) -> dict[str, object]:
    """Seconds that a COPY takes into a typed and logged table that has the ledger's columns, its unique index and nothing else."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE floor (LIKE ledger_event)")
        cursor.execute("CREATE UNIQUE INDEX ON floor (service_id, key)")
        begun, worked = time.perf_counter(), cpu("owner")
        with cursor.copy("COPY floor FROM STDIN") as copy:
            write(copy)
        taken = {"seconds": time.perf_counter() - begun, "cpu": cpu("owner") - worked}
        cursor.execute("DROP TABLE floor")
    return taken


def settled_down() -> dict[str, object]:
    """Vacuum and analyse, as the server would have by itself after a while."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {}


def ask_for_pages(rounds: str) -> dict[str, object]:
    """Median milliseconds of a worklist's first page and of the same rows by hand, asked for by turns; the page's queries; and how many times the other's work,
    of both processes, the page is, which other programs on the machine change less.
    """
    client, page, by_hand = Client(headers={"host": "localhost"}), "/worklists/inbound/unconfirmed/", "/by-hand/"
    client.force_login(caseworker())
    with override_settings(ROOT_URLCONF="tests.benchmarks.by_hand", STORAGES=PLAIN_FILES):
        for address in (page, by_hand):
            client.get(address)
        with CaptureQueriesContext(connections["default"]) as captured:
            shown = client.get(page)
        queries = asked(captured)
        if shown.status_code != 200:
            raise SystemExit(f"{page} answered {shown.status_code}")
        taken: dict[str, list[float]] = {page: [], by_hand: []}
        works = dict.fromkeys(taken, 0.0)
        for _ in range(int(rounds)):
            for address, times in taken.items():
                one = worked(lambda address=address: client.get(address))
                times.append(one["seconds"] * 1000)
                works[address] += one["cpu"]
    opened, everything = Delivery.objects.open().count(), Delivery.objects.count()
    times = {"page": median(taken[page]), "by_hand": median(taken[by_hand]), "work": works[page] / works[by_hand]}
    return {"queries": queries, "open": opened, "deliveries": everything} | times


def walk_along(rounds: str) -> dict[str, object]:
    """Milliseconds of both processors, by place along a list: an item's page beside it, and the way from one to the next; and their queries."""
    client = signed_in(caseworker())
    taken: dict[str, dict[str, float]] = {}
    with override_settings(STORAGES=PLAIN_FILES):
        for slug in ("unconfirmed", "open"):
            listed = f"/worklists/inbound/{slug}/"
            opened = Delivery.objects.open().order_by("first_at").values_list("pk", flat=True)
            along = [opened[place] for place in range(0, opened.count(), max(1, opened.count() // int(rounds)))]
            pages = {"the item's page": "/deliveries/{}/?list=" + listed, "on to the next": listed + "next/?after={}"}
            for name, page in pages.items():
                client.get(page.format(along[0]))
                with CaptureQueriesContext(connections["default"]) as captured:
                    client.get(page.format(along[0]))
                queries = asked(captured)
                works = sorted(worked(lambda page=page, pk=pk: client.get(page.format(pk)))["cpu"] * 1000 for pk in along)
                taken[f"{slug}, {name}"] = {"queries": queries, "median": median(works), "slow": works[len(works) * 95 // 100]}
    return {"taken": taken, "open": Delivery.objects.open().count(), "deliveries": Delivery.objects.count()}


def take_out(kind: str) -> dict[str, object]:
    """A list of every delivery as a file: its rows and bytes, the work of it, and the memory of this process at rest and at most."""
    client = signed_in(caseworker())
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]  # as if just signed in
    session["account_authentication_methods_user"] = str(caseworker().pk)
    session.save()
    with override_settings(STORAGES=PLAIN_FILES):
        client.get("/deliveries/")
        resting, worked_before = memory("VmRSS"), cpu("default")
        file = client.get("/deliveries/", {"format": kind})
        if file.status_code != 200 or not file.streaming:
            raise SystemExit(f"the list answered {file.status_code}")
        size = sum(map(len, file.streaming_content))
    return {"rows": Delivery.objects.count(), "size": size, "cpu": cpu("default") - worked_before, "resting": resting, "peak": memory("VmHWM")}


def keep_a_trail(writes: str, reads: str) -> dict[str, object]:
    """Seconds, and of both processors together, that it takes to chain writes in one transaction and in one each, read, seal, and verify all of it."""
    service, by = Service.objects.get(code=BERGEN), caseworker()

    def write(count: int) -> None:
        for number in range(count):
            audit.record(
                verb=Verb.DECIDED, by=by, services=[service.pk], about=(Kind.DELIVERY, number + 1), now=timezone.now(), outcome="lost", code="proposed"
            )

    def write_together() -> None:
        with transaction.atomic():
            write(int(writes))

    def read() -> None:
        for number in range(int(reads)):
            audit.record(verb=Verb.VIEWED, by=by, services=[service.pk], about=(Kind.DELIVERY, number + 1), now=timezone.now())

    def verify() -> None:
        if wrong := [*verification.broken_chains(), *verification.broken_seals()]:
            raise SystemExit(wrong[0])

    write(20)  # so that everything is prepared
    steps = {"together": write_together, "apart": lambda: write(int(writes)), "read": read, "sealed": lambda: audit.seal(now=timezone.now())}
    taken = {name: worked(step) for name, step in steps.items()}
    with snapshot():
        return {"entries": Entry.objects.count(), "taken": taken | {"verified": worked(verify)}}


def view_deliveries(rounds: str, a_minute: str) -> dict[str, object]:
    """Median milliseconds of a delivery's page with the trail and without, by turns, and of the one call; views come as they would in so many a minute.

    And what the pages work, which other programs on the machine do not change: milliseconds of both processes together, on the average.
    """
    client = signed_in(caseworker())
    pages = [f"/deliveries/{pk}/" for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True)[: int(rounds)]]
    calls: list[float] = []
    taken: dict[str, list[float]] = {"told": [], "untold": []}
    work = {"told": 0.0, "untold": 0.0}
    record = audit.record

    def timed(**told: object) -> None:
        calls.append(seconds(lambda: record(**told)) * 1000)

    with override_settings(STORAGES=PLAIN_FILES):
        if (first := client.get(pages[0])).status_code != 200:
            raise SystemExit(f"{pages[0]} answered {first.status_code}")
        for page in pages:
            begun = time.monotonic()
            for name, call in (("told", timed), ("untold", lambda **_told: None)):
                audit.record = call
                one = worked(lambda page=page: client.get(page))
                taken[name].append(one["seconds"] * 1000)
                work[name] += one["cpu"] * 1000 / len(pages)
            time.sleep(max(0.0, 60 / int(a_minute) - (time.monotonic() - begun)))
    audit.record = record
    times = {name: median(each) for name, each in taken.items()} | {"call": median(calls), "slow_call": sorted(calls)[len(calls) * 95 // 100]}
    return times | {f"work_{name}": each for name, each in work.items()}


def in_scopes(count: str) -> dict[str, object]:
    """Milliseconds of work (CPU of this process and its server process) of a transaction of three look-ups, without the wall and in scopes of two kinds, by turns."""
    with connections["owner"].cursor() as cursor:
        for table in ("deliveries_delivery", "ledger_reference", "ledger_event"):
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    ids = list(Delivery.objects.values_list("pk", flat=True)[: int(count)])
    client = Client()
    client.force_login(caseworker())
    person = scope.person(user=caseworker().pk, session=client.session.session_key)
    worked = {"bare": 0.0, "operator": 0.0, "person": 0.0}
    for start in range(0, len(ids), TURN):
        for way in worked:
            alias = "owner" if way == "bare" else "default"
            with scope.acting(person) if way == "person" else nullcontext():
                before = cpu(alias)
                for pk in ids[start : start + TURN]:
                    look_up(pk, using=alias)
                worked[way] += cpu(alias) - before
    return {way: seconds * 1000 / len(ids) for way, seconds in worked.items()}


def suggest(telling: str) -> dict[str, object]:
    """The nearest registration of every report that seeks one: seconds, CPU seconds, and how many; with "told" each by its references, and every state."""
    begun, worked_before = time.perf_counter(), cpu("default")
    with transaction.atomic():
        found = candidates.suggestions(services=list(Service.objects.values_list("pk", flat=True)), now=timezone.now())
    done = {"seconds": time.perf_counter() - begun, "cpu": cpu("default") - worked_before, "found": len(found), "peak": memory("VmHWM")}
    done |= {"seeking": Delivery.objects.filter(source_missing=False).count(), "registrations": Delivery.objects.filter(source_missing=True).count()}
    if telling != "told":
        return done
    names = dict(Reference.objects.values_list("pk", "value"))
    states = dict(Delivery.objects.filter(source_missing=False).values_list("pk", "state"))
    suggested = [(names[one.report], names[one.registration], one.gap, one.rivals.is_alone, one.rivals.are_too_many) for one in found]
    return done | {"suggested": suggested, "states": {names[pk]: state for pk, state in states.items()}}


def look_up(pk: int, *, using: str) -> None:
    with transaction.atomic(using=using):
        Delivery.objects.using(using).get(pk=pk)
        list(Reference.objects.using(using).filter(delivery=pk))
        list(Event.objects.using(using).filter(reference__delivery=pk))


WORK = {
    "prepare": prepare,
    "receive": receive,
    "preview": preview,
    "work_off": work_off,
    "accounts": accounts_of_all,
    "copy_rows": copy_rows,
    "copy_text": copy_text,
    "vacuum": settled_down,
    "pages": ask_for_pages,
    "figures": counted.ask_for_figures,
    "look_back": counted.look_back,
    "look_back_again": counted.look_back_again,
    "take_out": take_out,
    "copy_deliveries": copied.deliveries,
    "copy_everything": copied.everything,
    "hear_again": copied.heard_again,
    "desk": walk_along,
    "trail": keep_a_trail,
    "views": view_deliveries,
    "scopes": in_scopes,
    "suggest": suggest,
}


@scope.operator(by="benchmark")
def main() -> None:
    print("ready", flush=True)
    sys.stdin.read()
    print(json.dumps(WORK[sys.argv[1]](*sys.argv[2:])))
