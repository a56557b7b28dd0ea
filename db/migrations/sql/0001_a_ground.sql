-- What the tables stand on: the clock, the range that compares uuids, the dashboard's role.

-- Defaults are bound to a function when a table is made; a function body is bound when it runs. Through this
-- one, defaults obey a clock that is shifted by a schema placed before pg_catalog in the search path.
CREATE FUNCTION clock_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

-- A one-point range of uuids gives EXCLUDE its equality without the extension btree_gist.
CREATE TYPE uuidrange AS RANGE (subtype = uuid);

-- 122 random bits of one uuid and 8 of a second: what a link to a customer must hold at least is 128.
CREATE FUNCTION random_token() RETURNS text LANGUAGE sql VOLATILE AS
  $$SELECT left(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 34)$$;

-- Separators that people type are dropped; what is then not E.164 is no number that can be texted.
CREATE FUNCTION e164(phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$SELECT substring(regexp_replace(phone, '[\s().\-]', '', 'g') FROM '^\+[1-9][0-9]{6,14}$')$$;

-- A role belongs to the whole server: another database of it may have made it already, even at this moment.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'slots_dashboard') THEN
    CREATE ROLE slots_dashboard NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
-- From 16 on, the role that makes another may manage it but not yet be it.
DO $$
DECLARE
  needed text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF NOT pg_has_role(current_user, 'slots_dashboard', needed) THEN
    GRANT slots_dashboard TO CURRENT_USER;
  END IF;
END $$;
