-- The second wall between services, inside the database; the first is `visible_to` in Python. For a security officer to read from top to bottom.
--
-- Roles. framme_owner makes the tables. framme_definer owns what stands in this file, its keys included; nobody signs in as it. framme_runtime is what
-- pages, workers and commands run as: it owns nothing, has no BYPASSRLS, may call the functions granted at the end and read none of the keys.
-- framme_backup reads everything, for pg_dump alone.
--
-- Scope. Row-level security is forced on every table that holds a service's rows, by one policy that asks the functions below. A transaction first
-- enters a scope by a token that the application signed with a key from a file (a person's session, another system's key, owed work, or an operator's
-- command), and the scope holds until that transaction ends. It stands in the setting framme.scope with a MAC over the server process, the beginning of
-- the transaction, the actor and the services; the key of the MAC is known to these functions only. So whoever can inject SQL can neither make a token
-- nor change a scope, nor carry one to another transaction. Tokens are taken for five minutes, and never stand in the text of a statement.
--
--   FR001  no scope has been entered: an error before any row is looked for, so never fewer rows than there are
--   FR002  the token or the scope was not made by us, or is too old
--   FR003  the session, the person's access, the other system's key or the owed work is over
--
-- `manage.py setup` runs this file as framme_definer; it may be run again at any time.

CREATE TABLE IF NOT EXISTS wall.key (
    name text PRIMARY KEY,
    inside bytea NOT NULL,   -- the key of 64 bytes xor 0x36..., and
    outside bytea NOT NULL   -- xor 0x5c..., as HMAC (RFC 2104) wants it
);

-- These four are called by the functions below and by nobody else, which pin the search path for them too.

CREATE OR REPLACE FUNCTION wall.sealed(key_name text, said text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    key wall.key;
BEGIN
    SELECT * INTO STRICT key FROM wall.key k WHERE k.name = key_name;
    RETURN encode(sha256(key.outside || sha256(key.inside || convert_to(said, 'UTF8'))), 'hex');
END
$$;

-- What a scope belongs to: this server process and this transaction, which no other has begun at the same microsecond.
CREATE OR REPLACE FUNCTION wall.here() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT pg_backend_pid() || '|' || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint || '|'
$$;

CREATE OR REPLACE FUNCTION wall.open(kind text, actor text, services text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    said text := kind || '|' || actor || '|' || services;
BEGIN
    PERFORM set_config('framme.scope', said || '|' || wall.sealed('scope', wall.here() || said), true);
END
$$;

-- Kind, actor, services of the scope of this transaction.
CREATE OR REPLACE FUNCTION wall.verified() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    held text := current_setting('framme.scope', true);
    parts text[] := string_to_array(held, '|');
BEGIN
    IF coalesce(held, '') = '' THEN
        RAISE EXCEPTION 'no scope has been entered in this transaction' USING ERRCODE = 'FR001';
    END IF;
    IF cardinality(parts) <> 4 OR parts[4] IS DISTINCT FROM wall.sealed('scope', wall.here() || left(held, -length(parts[4]) - 1)) THEN
        RAISE EXCEPTION 'the scope of this transaction was not set by us' USING ERRCODE = 'FR002';
    END IF;
    RETURN parts[1:3];
END
$$;

-- Said to be immutable so that the planner calls it once for every statement it plans and keeps nothing of it for the rows: a policy is otherwise asked only of
-- a row, and without one a statement outside a scope would seem to find nothing. A plan that is kept is asked again by the two functions that follow.
CREATE OR REPLACE FUNCTION wall.held() RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM wall.verified();
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION wall.everywhere() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (wall.verified())[3] = '*';
END
$$;

CREATE OR REPLACE FUNCTION wall.services() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    services text := (wall.verified())[3];
BEGIN
    IF services <> '*' THEN
        RETURN QUERY SELECT unnest(string_to_array(services, ',')::bigint[]);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION wall.enter(token text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(token, '|');
    fields integer := cardinality(parts);
    at timestamptz;
    services text;
BEGIN
    IF fields < 5 OR parts[fields] IS DISTINCT FROM wall.sealed('token', left(token, -length(parts[fields]) - 1)) THEN
        RAISE EXCEPTION 'the token was not made by us' USING ERRCODE = 'FR002';
    END IF;
    IF abs(extract(epoch FROM clock_timestamp()) - parts[fields - 1]::bigint) > 300 THEN
        RAISE EXCEPTION 'the token is too old' USING ERRCODE = 'FR002';
    END IF;

    CASE parts[1]
    WHEN 'person' THEN
        at := parts[4]::timestamptz;
        PERFORM FROM public.accounts_user u, public.django_session s
          WHERE u.id = parts[2]::bigint AND u.is_active AND s.session_key = parts[3] AND s.expire_date > at;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'FR003';
        END IF;
        SELECT coalesce(string_agg(DISTINCT m.service_id::text, ','), '') INTO services
          FROM public.accounts_membership m
         WHERE m.user_id = parts[2]::bigint AND m.service_id IS NOT NULL AND m.valid_from <= at AND (m.valid_to IS NULL OR m.valid_to > at);
        PERFORM wall.open('person', parts[2], services);
    WHEN 'key' THEN
        PERFORM wall.open('key', parts[2], '*');  -- to see the row that says which service it opens
        SELECT k.service_id::text INTO services FROM public.feeds_key k
          WHERE k.id = parts[2]::bigint AND k.digest = parts[3] AND k.ended_at IS NULL AND k.expires_at > clock_timestamp();
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no such key, or it has ended' USING ERRCODE = 'FR003';
        END IF;
        PERFORM wall.open('key', parts[2], services);
    WHEN 'job' THEN
        PERFORM wall.open('job', parts[2], '*');  -- to see the row that says which service it is
        SELECT o.service_id::text INTO services FROM public.ledger_owed o WHERE o.id = parts[2]::bigint AND o.fence = parts[3]::integer;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this work is not owed any more, or somebody else has it' USING ERRCODE = 'FR003';
        END IF;
        PERFORM wall.open('job', parts[2], services);
    WHEN 'operator' THEN
        PERFORM wall.open('operator', parts[2], parts[3]);
    ELSE
        RAISE EXCEPTION 'the token is of no known kind' USING ERRCODE = 'FR002';
    END CASE;
END
$$;

-- The one way across: figures of every service for national coordinators, as numbers alone, and those from one to four not told. `cell` counts from 0 in the
-- order of apps/reports/figures.py; the last one is how many messages the clock has overtaken. Without a service each by itself and all together
-- (of_service is null). Who asked and when is kept.
CREATE TABLE IF NOT EXISTS wall.asked (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    person bigint NOT NULL,
    service bigint
);

CREATE OR REPLACE FUNCTION wall.figures(one bigint, at timestamptz) RETURNS TABLE (of_service bigint, of_direction text, cell integer, number bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := current_setting('framme.scope', true);
    scope text[] := wall.verified();
BEGIN
    PERFORM FROM accounts_membership m
      WHERE scope[1] = 'person' AND m.user_id = scope[2]::bigint AND m.role = ANY (ARRAY[{national_roles}])
        AND m.valid_from <= figures.at AND (m.valid_to IS NULL OR m.valid_to > figures.at);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'figures across services are for national coordinators' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO wall.asked (person, service) VALUES (scope[2]::bigint, one);
    PERFORM wall.open(scope[1], scope[2], '*');
    RETURN QUERY
        WITH counted AS MATERIALIZED (
            {figures}
        ), single AS (
            SELECT c.service_id, c.direction, n.place, n.number
              FROM counted c CROSS JOIN LATERAL unnest(c.cells) WITH ORDINALITY AS n (number, place)
             WHERE one IS NULL OR c.service_id = one
        ), told AS (
            SELECT s.service_id, s.direction, s.place, s.number FROM single s
             UNION ALL
            SELECT NULL, s.direction, s.place, sum(s.number)::bigint FROM single s WHERE one IS NULL GROUP BY s.direction, s.place
             UNION ALL
            SELECT NULL, '', {cells} + 1, count(*) FROM deliveries_delivery d WHERE d.review_at < figures.at AND (one IS NULL OR d.service_id = one)
        )
        SELECT t.service_id, t.direction::text, t.place::integer - 1, CASE WHEN t.number NOT BETWEEN 1 AND 4 THEN t.number END FROM told t;
    PERFORM set_config('framme.scope', own, true);
END
$$;

-- The review of an incident goes across services too, for national coordinators alone: how many messages it may concern, freezing them, and what became of
-- it, as numbers. What is frozen is written into each service behind its own part of the wall, and nothing of it comes out but that it was. The statements
-- are those of apps/incidents/cohort.py, which people of a service run within their own scope.

-- Called by the functions below and by nobody else: opens every service to a national coordinator, keeps who asked, and gives the scope to go back to.
CREATE OR REPLACE FUNCTION wall.across(asked_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    own text := current_setting('framme.scope', true);
    scope text[] := wall.verified();
BEGIN
    PERFORM FROM public.accounts_membership m
      WHERE scope[1] = 'person' AND m.user_id = scope[2]::bigint AND m.role = ANY (ARRAY[{national_roles}])
        AND m.valid_from <= asked_at AND (m.valid_to IS NULL OR m.valid_to > asked_at);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'what goes across services is for national coordinators' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO wall.asked (person) VALUES (scope[2]::bigint);
    PERFORM wall.open(scope[1], scope[2], '*');
    RETURN own;
END
$$;

CREATE OR REPLACE FUNCTION wall.told(number bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN number NOT BETWEEN 1 AND 4 THEN number END $$;

-- Before anything is frozen the criteria can be varied at will, and two exact numbers that differ by a day would give the day away: so tens, and 1-9 untold.
-- What is frozen is told exactly from five on: each service sees each freezing.
CREATE OR REPLACE FUNCTION wall.roughly(number bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN number NOT BETWEEN 1 AND 9 THEN (number + 5) / 10 * 10 END $$;

CREATE OR REPLACE FUNCTION wall.cohort(one bigint, asked_at timestamptz)
RETURNS TABLE (of_service bigint, from_day date, to_day date, messages bigint, doubtful bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := wall.across(asked_at);
BEGIN
    RETURN QUERY
        SELECT c.service, c.first_day, c.last_day, wall.roughly(c.number), wall.roughly(c.in_doubt)
          FROM ({cohort}) AS c (service, first_day, last_day, number, in_doubt);
    PERFORM set_config('framme.scope', own, true);
END
$$;

CREATE OR REPLACE FUNCTION wall.freeze(one bigint, frozen_at timestamptz) RETURNS TABLE (of_service bigint, task bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := wall.across(frozen_at);
    person bigint := split_part(own, '|', 2)::bigint;
BEGIN
    RETURN QUERY {freeze};
    PERFORM set_config('framme.scope', own, true);
END
$$;

CREATE OR REPLACE FUNCTION wall.progress(one bigint, asked_at timestamptz)
RETURNS TABLE (of_service bigint, task bigint, from_day date, to_day date, messages bigint, doubtful bigint, frozen timestamptz, answered timestamptz,
               lost bigint, manner text, asked date, replied date, patched date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := wall.across(asked_at);
BEGIN
    RETURN QUERY
        SELECT p.service_id, p.id, p.first_day, p.last_day, wall.told(p.number), wall.told(p.in_doubt), p.at, p.answered_at, wall.told(p.count),
               p.method::text, p.asked_on, p.replied_on, p.patched_on
          FROM ({progress}) AS p;
    PERFORM set_config('framme.scope', own, true);
END
$$;

REVOKE ALL ON SCHEMA wall FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA wall FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT USAGE ON SCHEMA wall TO framme_runtime, framme_backup;
GRANT SELECT ON wall.asked TO framme_backup;
GRANT EXECUTE ON FUNCTION wall.enter(text), wall.held(), wall.everywhere(), wall.services(), wall.figures(bigint, timestamptz) TO framme_runtime;
GRANT EXECUTE ON FUNCTION wall.cohort(bigint, timestamptz), wall.freeze(bigint, timestamptz), wall.progress(bigint, timestamptz) TO framme_runtime;
