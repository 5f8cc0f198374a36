"""What happens by the clock, in the order in which facts flow: imports into the ledger, and from there to the deliveries.

A ring that nobody has heard before the next one is dropped, so that a worker that was away finds one of each and not a pile.
"""

EVERY_MINUTE = 60.0

SCHEDULE = {
    "imports nobody works on are rung for again": "feeds.sweep",
    "deliveries that imports have touched are folded": "deliveries.reconcile_owed",
    "deliveries whose answer the clock has changed are looked at again": "deliveries.reconcile_due",
}


def beats() -> dict:
    """The schedule as Celery's beat wants it."""
    return {why: {"task": task, "schedule": EVERY_MINUTE, "options": {"expires": EVERY_MINUTE}} for why, task in SCHEDULE.items()}
