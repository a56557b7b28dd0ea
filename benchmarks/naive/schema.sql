-- Separate tables with a simple design and the obvious indexes.
CREATE TABLE naive_shops (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), phone text UNIQUE NOT NULL);
CREATE TABLE naive_customers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES naive_shops,
  phone text NOT NULL,
  opted_in boolean NOT NULL DEFAULT true,
  last_visit timestamptz,
  asked_at timestamptz
);
CREATE INDEX ON naive_customers (shop_id, last_visit DESC NULLS LAST);
CREATE INDEX ON naive_customers (phone);
CREATE TABLE naive_slots (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES naive_shops,
  status text NOT NULL DEFAULT 'open'
);
CREATE TABLE naive_offers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slot_id uuid NOT NULL REFERENCES naive_slots,
  customer_id uuid NOT NULL REFERENCES naive_customers,
  status text NOT NULL DEFAULT 'sent',
  expires_at timestamptz NOT NULL DEFAULT now() + interval '15 minutes',
  UNIQUE (slot_id, customer_id)
);
CREATE INDEX ON naive_offers (customer_id);
CREATE INDEX ON naive_offers (status, expires_at);
