-- Run by the next migration, without blocking writers.
CREATE INDEX CONCURRENTLY messages_conversation_id_created_at_idx ON messages (conversation_id, created_at)
  WHERE conversation_id IS NOT NULL;
