"""The first gates, in Redis: they make the common case cheap. Postgres, the last guard, stands behind each."""
