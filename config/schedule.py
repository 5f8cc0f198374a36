"""What happens by the clock, in the order in which facts flow: imports into the ledger, and from there to the deliveries.

A ring that nobody has heard before the next one is dropped, so that a worker that was away finds one of each and not a pile.
"""

EVERY_MINUTE, EVERY_HOUR, EVERY_DAY = 60.0, 3600.0, 86400.0

SCHEDULE = {
    "files that lie in the watched folders are received": "feeds.sweep_inbox",
    "carriers whose time has come are asked": "feeds.fetch_due",
    "imports nobody works on are rung for again": "feeds.sweep",
    "deliveries that imports have touched are folded": "deliveries.reconcile_owed",
    "deliveries whose answer the clock has changed are looked at again": "deliveries.reconcile_due",
    "what is handed over to another service, and what it answers, is carried across": "handovers.carry",
    "what another service has taken over is proposed as passed on": "decisions.conclude_taken_over",
    "what people have read is sealed into the trail": "audit.seal",
    "somebody looks at everything, raises alarms, and that they did is written down": "watch.beat",
    "managers are reminded of breaches that the authority was not told of": "breaches.remind",
    "people are told of alarms, and reminded": "watch.send",
}
HOURLY = {
    "of what was closed in a week that is over, some is drawn for another look": "decisions.draw",
    "people are reminded of openings that soon hold no longer": "readiness.remind",
    "services that have not answered in the review of an incident are reminded": "incidents.remind",
    "where the trail has come to is signed and kept outside the database": "audit.anchor",
    "sessions that are over, what was typed in them, and attempts that no longer count are forgotten": "accounts.forget_ended",
}
DAILY = {
    "files and attributes that must not be kept longer are removed": "feeds.remove_due",
}


def beats() -> dict:
    """The schedule as Celery's beat wants it."""
    paced = ((SCHEDULE, EVERY_MINUTE), (HOURLY, EVERY_HOUR), (DAILY, EVERY_DAY))
    return {why: {"task": task, "schedule": pace, "options": {"expires": pace}} for tasks, pace in paced for why, task in tasks.items()}
