-- The clock, the range type for uuids, and the dashboard's role. The tables require them.

-- A default is bound to its function when the table is created, whereas the body of a function is resolved when it
-- runs. Through this function, defaults use a clock in a schema that tests place before pg_catalog in the search
-- path.
CREATE FUNCTION clock_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

-- With ranges that contain a single uuid, EXCLUDE can compare uuids for equality without the extension btree_gist.
CREATE TYPE uuidrange AS RANGE (subtype = uuid);

-- The token has 130 random bits: 122 of the first uuid and 8 of the second. Links to customers require at least 128.
CREATE FUNCTION random_token() RETURNS text LANGUAGE sql VOLATILE AS
  $$SELECT left(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 34)$$;

-- Removes separators. Returns null if the result does not have the format E.164.
CREATE FUNCTION e164(phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$SELECT substring(regexp_replace(phone, '[\s().\-]', '', 'g') FROM '^\+[1-9][0-9]{6,14}$')$$;

-- Roles belong to the whole server. A migration of another database may have created this role, or be creating it
-- now.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'slots_dashboard') THEN
    CREATE ROLE slots_dashboard NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
-- From Postgres 16 on, the creator of a role can manage it, but needs this grant to assume it with SET ROLE.
DO $$
DECLARE
  needed text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF NOT pg_has_role(current_user, 'slots_dashboard', needed) THEN
    GRANT slots_dashboard TO CURRENT_USER;
  END IF;
END $$;
