"""Links to the same page with another query: everything a list shows is in its URL."""

from django.http import QueryDict


def replaced(query: QueryDict, **changes: str | int | None) -> str:
    """The query string with these parameters set; None takes one away. Empty parameters are left out. Begins with "?"."""
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = str(value)
    for name in [name for name, values in changed.lists() if not any(values)]:
        del changed[name]
    return "?" + changed.urlencode()
