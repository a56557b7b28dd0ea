-- Sets the shop of a row that an external tool inserts with only the performer and the service.
CREATE FUNCTION shop_of_the_performer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.shop_id := (SELECT shop_id FROM performers WHERE id = NEW.performer_id);
  RETURN NEW;
END $$;
CREATE TRIGGER shop_of_the_performer BEFORE INSERT ON performer_services FOR EACH ROW
  WHEN (NEW.shop_id IS NULL) EXECUTE FUNCTION shop_of_the_performer();
