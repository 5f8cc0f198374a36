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

-- The ways across, for national coordinators alone: figures of every service as numbers, which services' sources report, and the review of an incident. Who
-- asked, for what and when is kept.
CREATE TABLE IF NOT EXISTS wall.asked (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    person bigint NOT NULL,
    service bigint
);
ALTER TABLE wall.asked ADD COLUMN IF NOT EXISTS what text NOT NULL DEFAULT 'figures';

-- Called by the functions below and by nobody else: opens every service to a national coordinator, keeps who asked, and gives the scope to go back to.
DROP FUNCTION IF EXISTS wall.across(timestamptz);
CREATE OR REPLACE FUNCTION wall.across(what text, one bigint, asked_at timestamptz) RETURNS text
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
    INSERT INTO wall.asked (person, service, what) VALUES (scope[2]::bigint, one, across.what);
    PERFORM wall.open(scope[1], scope[2], '*');
    RETURN own;
END
$$;

-- Figures. A cell is how many messages of one kind (apps/reports/national.py) one service has; one from one to four is told without its number. Of hidden
-- cells sums are told. A county that hides at least {apart} cells of a kind has a sum of its own (a service lies in one county, or in the one named by all of its
-- counties), and all other counties have one together. A sum of k cells is told when it lies between k + 6 and 4k - 6, else not.
--
-- So nobody narrows a hidden cell down: not who knows one of the others, for the rest may still be anything from one to four; and not who knows these rules,
-- for no two sums share a cell, and whether a sum is told hangs on k and the sum alone. Every other number that is shown is worked out from what is told
-- here, so it tells nothing more; where it cannot be told it is a band. Asked of one service, the same cells are told as when all are asked for.
--
-- `sums` are the children of a cell's messages, as the figures add them up: of hidden cells none is told, and of others none from one to four.
--
--   of_service set: a cell, number null where it is hidden, with its service's county
--   of_service null, of_county set: the sum of a county's hidden cells; both null: that of all other counties'
DROP FUNCTION IF EXISTS wall.figures(bigint, timestamptz);
CREATE FUNCTION wall.figures(one bigint, at timestamptz) RETURNS TABLE (of_service bigint, of_county text, kind jsonb, number bigint, sums bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := wall.across('figures', one, figures.at);
BEGIN
    RETURN QUERY
        WITH counted AS (
            {figures}
             UNION ALL
            SELECT d.service_id, '"due"'::jsonb, count(*), NULL FROM deliveries_delivery d WHERE d.review_at < figures.at GROUP BY d.service_id
        ), lies AS (
            SELECT a.service_id, string_agg(DISTINCT m.county, ', ') AS county
              FROM registry_servicearea a
              JOIN registry_municipality m ON m.code = a.municipality_id
             WHERE a.valid_to IS NULL
                OR NOT EXISTS (SELECT FROM registry_servicearea n WHERE n.service_id = a.service_id AND n.valid_to IS NULL)
             GROUP BY a.service_id
        ), cell AS MATERIALIZED (
            SELECT c.service_id, coalesce(l.county, '') AS county, c.kind, c.number, c.sums, c.number BETWEEN 1 AND 4 AS is_hidden
              FROM counted c LEFT JOIN lies l ON l.service_id = c.service_id
             WHERE one IS NULL OR c.service_id = one
        ), hidden AS (
            SELECT h.kind, h.number, CASE WHEN count(*) OVER (PARTITION BY h.kind, h.county) >= {apart} THEN h.county END AS county
              FROM cell h WHERE h.is_hidden AND one IS NULL
        )
        SELECT c.service_id, c.county, c.kind, CASE WHEN NOT c.is_hidden THEN c.number END,
               CASE WHEN NOT c.is_hidden THEN ARRAY(SELECT CASE WHEN s.sum NOT BETWEEN 1 AND 4 THEN s.sum END
                                                      FROM unnest(c.sums) WITH ORDINALITY s (sum, place) ORDER BY s.place) END
          FROM cell c
         UNION ALL
        SELECT NULL, h.county, h.kind, sum(h.number)::bigint, NULL
          FROM hidden h GROUP BY h.county, h.kind HAVING sum(h.number) BETWEEN count(*) + 6 AND 4 * count(*) - 6;
    PERFORM set_config('framme.scope', own, true);
END
$$;

-- Which sources each service has, when a file of each was last complete, how often one is expected, and how far the case system's data reach. No message.
CREATE OR REPLACE FUNCTION wall.sources(at timestamptz) RETURNS TABLE (
    of_service bigint, format text, direction text, made_at timestamptz, latest_at timestamptz, expected_every smallint, expected_in text, reaches_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := wall.across('sources', NULL, sources.at);
BEGIN
    RETURN QUERY
        SELECT f.service_id, f.format::text, f.direction::text, f.created_at, i.latest_at, f.expected_every, f.expected_in::text, c.reaches_at
          FROM feeds_feed f
          LEFT JOIN ledger_coverage c ON c.service_id = f.service_id
          LEFT JOIN (
            SELECT n.service_id, n.format, n.direction, n.vantage, max(n.received_at) AS latest_at
              FROM ledger_import n WHERE n.state = 'complete' GROUP BY n.service_id, n.format, n.direction, n.vantage
          ) i ON (i.service_id, i.format, i.direction, i.vantage) = (f.service_id, f.format, f.direction, f.vantage);
    PERFORM set_config('framme.scope', own, true);
END
$$;

-- The review of an incident goes across services too, for national coordinators alone: how many messages it may concern, freezing them, and what became of
-- it, as numbers. What is frozen is written into each service behind its own part of the wall, and nothing of it comes out but that it was. The statements
-- are those of apps/incidents/cohort.py, which people of a service run within their own scope.

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
    own text := wall.across('cohort', NULL, asked_at);
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
    own text := wall.across('freeze', NULL, frozen_at);
    person bigint := split_part(own, '|', 2)::bigint;
BEGIN
    RETURN QUERY {freeze};
    PERFORM set_config('framme.scope', own, true);
END
$$;

DROP FUNCTION IF EXISTS wall.progress(bigint, timestamptz);
CREATE FUNCTION wall.progress(one bigint, asked_at timestamptz)
RETURNS TABLE (of_service bigint, task bigint, from_day date, to_day date, messages bigint, doubtful bigint, frozen timestamptz, answered timestamptz,
               lost bigint, manner text, asked date, replied date, patched date, reminded timestamptz, reminders bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    own text := wall.across('progress', NULL, asked_at);
BEGIN
    RETURN QUERY
        SELECT p.service_id, p.id, p.first_day, p.last_day, wall.told(p.number), wall.told(p.in_doubt), p.at, p.answered_at, wall.told(p.count),
               p.method::text, p.asked_on, p.replied_on, p.patched_on, p.reminded_at, p.reminders
          FROM ({progress}) AS p;
    PERFORM set_config('framme.scope', own, true);
END
$$;

REVOKE ALL ON SCHEMA wall FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA wall FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA wall FROM PUBLIC;
GRANT USAGE ON SCHEMA wall TO framme_runtime, framme_backup;
GRANT SELECT ON wall.asked TO framme_backup;
GRANT EXECUTE ON FUNCTION wall.enter(text), wall.held(), wall.everywhere(), wall.services() TO framme_runtime;
GRANT EXECUTE ON FUNCTION wall.figures(bigint, timestamptz), wall.sources(timestamptz) TO framme_runtime;
GRANT EXECUTE ON FUNCTION wall.cohort(bigint, timestamptz), wall.freeze(bigint, timestamptz), wall.progress(bigint, timestamptz) TO framme_runtime;
