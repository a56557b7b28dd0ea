-- Contains only texts that `slots restored` recorded. The index is empty on a system that was never restored.
CREATE INDEX CONCURRENTLY messages_restored_idx ON messages (to_address) WHERE purpose = 'sent_before_restore';
