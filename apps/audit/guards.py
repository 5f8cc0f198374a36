"""What keeps a row that is a fact from being changed: triggers that refuse it for everybody. The grants refuse it for the role that the application runs as."""

import pgtrigger

REFUSE_UPDATE = pgtrigger.Protect(name="refuse_update", operation=pgtrigger.Update)
REFUSE_DELETE = pgtrigger.Protect(name="refuse_delete", operation=pgtrigger.Delete)
REFUSE_EMPTYING = pgtrigger.Trigger(
    name="refuse_emptying",
    operation=pgtrigger.Truncate,
    when=pgtrigger.Before,
    level=pgtrigger.Statement,
    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
)
APPEND_ONLY = [pgtrigger.Protect(name="refuse_change", operation=pgtrigger.Update | pgtrigger.Delete), REFUSE_EMPTYING]
