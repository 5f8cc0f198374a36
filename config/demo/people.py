"""Who can sign in to the demo, and where they belong: each sees some of the services, nobody but the auditor all of them; the coordinator belongs to none and sees figures of all."""

from typing import NamedTuple

from apps.accounts.roles import Role
from config.demo.story import ALNA, ASKER, BERGEN, GRUNERLOKKA, KRISTIANSAND, LILLEHAMMER, PLACES, SANDEFJORD, SONDRE_NORDSTRAND, TROMSO, TRONDHEIM

PASSWORD = "framme-demo-2023"  # of invented people in a database of invented messages; `demo` prints it, nothing else knows it

OSLO = (GRUNERLOKKA, ALNA, SONDRE_NORDSTRAND)


class Person(NamedTuple):
    role: Role
    email: str
    name: str
    services: tuple[str, ...]


CASEWORKER = Person(Role.CASEWORKER, "mottak@example.no", "Marit Mottak", (BERGEN, SANDEFJORD, KRISTIANSAND, TRONDHEIM))
REVIEWER = Person(Role.REVIEWER, "kontroll@example.no", "Kjell Kontroll", (BERGEN, SANDEFJORD, KRISTIANSAND, TRONDHEIM, TROMSO, LILLEHAMMER))
MANAGER = Person(Role.MANAGER, "leder@example.no", "Lena Leder", (BERGEN, SANDEFJORD, ASKER, *OSLO))
ADMINISTRATOR = Person(Role.IMPORT_ADMINISTRATOR, "import@example.no", "Ivar Import", (BERGEN, SANDEFJORD, KRISTIANSAND, TROMSO, TRONDHEIM, ASKER))
AUDITOR = Person(Role.AUDITOR, "personvern@example.no", "Petra Personvern", tuple(place.service for place in PLACES))
COORDINATOR = Person(Role.NATIONAL_COORDINATOR, "nasjonal@example.no", "Nora Nasjonal", ())

PEOPLE = (CASEWORKER, REVIEWER, MANAGER, ADMINISTRATOR, AUDITOR, COORDINATOR)
