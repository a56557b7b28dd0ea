"""What the system remembers: the tables, the sessions, the queries and the migrations."""
