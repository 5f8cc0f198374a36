"""How entries are written, as functions: PostgreSQL then plans the statements once a connection and not once an entry, which costs as much as writing it."""

from django.db import migrations

# The head is written first: whoever writes to the chain next waits here, and then sees what was written. The first link has the chain's name in place of a
# hash before it. `services` come in order, so that two writers to several chains cannot each wait for the other.
CHAIN = """
CREATE FUNCTION audit_chain(services bigint[], texts text[], at timestamptz, actor text, person bigint, verb text, kind text, object bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    link record;
BEGIN
    FOR i IN 1 .. cardinality(services) LOOP
        INSERT INTO audit_head AS h (service_id, position, hash)
        VALUES (services[i], 1, sha256(sha256(convert_to('framme trail ' || coalesce(services[i]::text, 'national'), 'UTF8')) || convert_to(texts[i], 'UTF8')))
            ON CONFLICT (service_id) DO UPDATE SET position = h.position + 1, hash = sha256(h.hash || convert_to(texts[i], 'UTF8'))
        RETURNING h.position, h.hash INTO link;
        INSERT INTO audit_entry (at, service_id, actor, person_id, verb, kind, object_id, text, position, hash)
        VALUES (at, services[i], actor, person, verb, kind, object, texts[i], link.position, link.hash);
    END LOOP;
END
$$;
"""

READ = """
CREATE FUNCTION audit_read(services bigint[], texts text[], at timestamptz, actor text, person bigint, verb text, kind text, object bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
BEGIN
    FOR i IN 1 .. cardinality(services) LOOP
        INSERT INTO audit_entry (at, service_id, actor, person_id, verb, kind, object_id, text)
        VALUES (at, services[i], actor, person, verb, kind, object, texts[i])
        RETURNING id INTO entry;
        INSERT INTO audit_unsealed (entry_id, service_id) VALUES (entry, services[i]);
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_previews")]

    operations = [
        migrations.RunSQL(CHAIN, "DROP FUNCTION audit_chain"),
        migrations.RunSQL(READ, "DROP FUNCTION audit_read"),
    ]
