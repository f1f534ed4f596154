"""The revisions, in one line, each valid on SQLite and on PostgreSQL. A released one is never changed."""
