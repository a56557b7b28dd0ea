-- Texts that a person must handle: one conversation for each phone line and channel.
CREATE TABLE conversations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  channel text NOT NULL DEFAULT 'sms',
  -- The number in the carrier's format, to which replies are sent. `line` is the same for all forms of the number.
  address text NOT NULL,
  line text NOT NULL GENERATED ALWAYS AS (coalesce(phone_line(address), address)) STORED,
  customer_id uuid REFERENCES customers (id) ON DELETE SET NULL,
  status text NOT NULL DEFAULT 'open',
  unread integer NOT NULL DEFAULT 0,
  assigned_to uuid REFERENCES staff (id) ON DELETE SET NULL,
  last_message_at timestamptz NOT NULL DEFAULT clock_now(),
  last_reply_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT conversations_line_key UNIQUE (shop_id, channel, line),
  CONSTRAINT conversations_channel_known CHECK (channel IN ('sms', 'whatsapp')),
  CONSTRAINT conversations_status_known CHECK (status IN ('open', 'done')),
  CONSTRAINT conversations_unread_not_negative CHECK (unread >= 0)
);
CREATE INDEX conversations_shop_id_status_last_message_at_idx ON conversations (shop_id, status, last_message_at DESC);
CREATE INDEX conversations_unread_idx ON conversations (shop_id) WHERE unread > 0;
CREATE INDEX conversations_customer_id_idx ON conversations (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX conversations_assigned_to_idx ON conversations (assigned_to) WHERE assigned_to IS NOT NULL;

ALTER TABLE messages ADD COLUMN conversation_id uuid REFERENCES conversations (id) ON DELETE SET NULL;

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON conversations TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
GRANT SELECT, UPDATE (status, unread, assigned_to, last_reply_at) ON conversations TO slots_dashboard;

-- A page can only add replies to conversations of its own shop, addressed to the number of the conversation.
GRANT INSERT (id, shop_id, customer_id, channel, purpose, purpose_key, to_address, from_address, body, segments,
  conversation_id) ON messages TO slots_dashboard;
CREATE POLICY page_writes_reply ON messages AS RESTRICTIVE FOR INSERT TO slots_dashboard WITH CHECK (
  purpose = 'staff_reply' AND purpose_key = 'staff_reply:' || id
  AND EXISTS (SELECT FROM conversations c
               WHERE c.id = conversation_id AND c.shop_id = (SELECT this_shop()) AND c.address = to_address
                 AND c.channel = messages.channel AND c.customer_id IS NOT DISTINCT FROM messages.customer_id)
  AND EXISTS (SELECT FROM shops s WHERE s.id = (SELECT this_shop()) AND from_address IN (s.sms_from, s.whatsapp_from)));
CREATE POLICY page_adds_send_message ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'send_message' THEN
    EXISTS (SELECT FROM messages m WHERE m.id = (args ->> 0)::uuid AND m.shop_id = (SELECT this_shop())
              AND m.purpose = 'staff_reply')
  ELSE false END);
