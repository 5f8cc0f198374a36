"""Keeping the tally of deliveries: triggers that add and take away as rows of deliveries come, change and go, whatever statement it was that wrote them."""

import pgtrigger

# What tells deliveries apart in figures, and in the overview by channel and day: a day in Oslo, so that weeks can be summed.
OF_ROW = {
    "service_id": "service_id",
    "direction": "direction",
    "channel": "channel",
    "category": "category",
    "state": "state",
    "outcome": "outcome",
    "is_late": "is_late",
    "look_waits": "look_waits",
    "children": "children",
    "is_seen": "opened_at IS NOT NULL OR registered_at IS NOT NULL",
    "first_day": "(first_at AT TIME ZONE 'Europe/Oslo')::date",
}
COLUMNS = ", ".join(OF_ROW)
CAME = f"SELECT {', '.join(OF_ROW.values())}, 1 FROM became"
WENT = f"SELECT {', '.join(OF_ROW.values())}, -1 FROM was"

KEEP = f"""
INSERT INTO deliveries_tally AS t ({COLUMNS}, number)
SELECT {COLUMNS}, sum(number)
  FROM ({{rows}}) AS moved ({COLUMNS}, number)
 GROUP BY {COLUMNS}
HAVING sum(number) <> 0
    ON CONFLICT ({COLUMNS}) DO UPDATE SET number = t.number + EXCLUDED.number;
RETURN NULL;
"""


def kept(name: str, operation: pgtrigger.Operation, *rows: str, **referencing: str) -> pgtrigger.Trigger:
    """One for each kind of statement: PostgreSQL gives the rows of only one kind to a trigger."""
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(**referencing),
        func=KEEP.format(rows=" UNION ALL ".join(rows)),
    )


TRIGGERS = [
    kept("tally_came", pgtrigger.Insert, CAME, new="became"),
    kept("tally_changed", pgtrigger.Update, CAME, WENT, old="was", new="became"),
    kept("tally_went", pgtrigger.Delete, WENT, old="was"),
]

GROUPED = ", ".join(map(str, range(1, len(OF_ROW) + 1)))
# The tally of what there was before there was a tally.
FIRST = f"INSERT INTO deliveries_tally ({COLUMNS}, number) SELECT {', '.join(OF_ROW.values())}, count(*) FROM deliveries_delivery GROUP BY {GROUPED}"

# Where it is not what there is, by how many too many.
WRONG = f"""
SELECT 'tally ' || concat_ws(' ', {COLUMNS}) || ': ' || sum(number)
  FROM (SELECT {COLUMNS}, number FROM deliveries_tally
         UNION ALL SELECT {", ".join(OF_ROW.values())}, -count(*) FROM deliveries_delivery GROUP BY {GROUPED}) AS held
 GROUP BY {COLUMNS}
HAVING sum(number) <> 0
"""
