"""`python -m tests.faults points|bugs|together|server|disk|processes|broker|backup|readers [--seed N] [--rounds N] [--step N] [--minutes N]`: exit 1 when something was lost or broken."""

import argparse
import os
import random
import socket
import sys
import tempfile
from pathlib import Path


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    asked.add_argument("fault", choices=["points", "bugs", "together", "server", "disk", "processes", "broker", "backup", "readers"])
    asked.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked.add_argument("--rounds", type=int, default=100)
    asked.add_argument("--minutes", type=float, default=24 * 60, help="begin no round, or point, after so many")
    asked.add_argument("--bug", help="of the bugs, only this one")
    asked.add_argument("--step", type=int, default=1, help="of the points, take every so many")
    given = asked.parse_args()
    set_up(broker=f"redis://127.0.0.1:{free_port()}/0" if given.fault == "broker" else "")
    from tests.faults import runs  # reads the settings, which read the environment

    print(f"seed {given.seed}", flush=True)
    broken = runs.RUNS[given.fault](given)
    print("nothing was lost or broken" if not broken else f"BROKEN: {broken}")
    return 1 if broken else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def set_up(*, broker: str = "") -> None:
    """A home of its own for the run, as an ordinary one is: nothing but the embedded database, and a broker where one is named."""
    os.environ["FRAMME_HOME"] = str(Path(tempfile.mkdtemp(prefix="framme-faults-")).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    if broker:
        os.environ["CELERY_BROKER_URL"] = broker
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
