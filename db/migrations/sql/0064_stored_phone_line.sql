-- Postgres computes a generated column at every update of a table that has triggers before updates, even if no column
-- of its expression changes. A trigger of the number's columns has the same result, and runs only if they are set.
ALTER TABLE customers ALTER COLUMN phone_e164 DROP EXPRESSION;

CREATE FUNCTION set_phone_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.phone_e164 := phone_line(NEW.phone);
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION set_phone_line() FROM PUBLIC;
CREATE TRIGGER set_phone_line BEFORE INSERT OR UPDATE OF phone, phone_e164 ON customers FOR EACH ROW
  EXECUTE FUNCTION set_phone_line();
