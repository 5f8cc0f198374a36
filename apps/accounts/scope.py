"""What one person may do at one moment, as a value: worked out once for a request, then only asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.accounts.roles import NATIONAL, ROLE_PERMISSIONS, SUPERUSER_PERMISSIONS, Permission, Role
from apps.registry.models import Service


@dataclass(frozen=True)
class Scope:
    """The roles a person holds, each with the id of its service (None for a national role); and those services by id, so that nobody need ask for them."""

    held: frozenset[tuple[int | None, Role]] = frozenset()
    is_superuser: bool = False
    named: Mapping[int, Service] = field(default_factory=dict, compare=False)

    @property
    def belongs_somewhere(self) -> bool:
        return bool(self.held) or self.is_superuser

    @property
    def roles(self) -> list[Role]:
        """In the order of the table, each once."""
        mine = {role for _service, role in self.held}
        return [role for role in Role if role in mine]

    def everywhere(self, permission: Permission) -> bool:
        """For every service there is, those of tomorrow included."""
        nationally = any(permission in ROLE_PERMISSIONS[role] for role in self.roles if role in NATIONAL)
        return nationally or (self.is_superuser and permission in SUPERUSER_PERMISSIONS)

    def services(self, permission: Permission) -> list[int]:
        """The ids of the services where a role of that very service gives the permission."""
        return sorted({service for service, role in self.held if service is not None and permission in ROLE_PERMISSIONS[role]})

    def may(self, permission: Permission, service_id: int | None = None) -> bool:
        """In this service; without one, in any."""
        mine = self.services(permission)
        return self.everywhere(permission) or (service_id in mine if service_id is not None else bool(mine))
