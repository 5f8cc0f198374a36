"""What keeps a row that is a fact from being changed: triggers that refuse it for everybody. The grants refuse it for the role that the application runs as."""

import pgtrigger

APPEND_ONLY = [
    pgtrigger.Protect(name="refuse_change", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="refuse_emptying",
        operation=pgtrigger.Truncate,
        when=pgtrigger.Before,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    ),
]
