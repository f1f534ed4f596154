"""What the tests stand on: a PostgreSQL server, a browser that complains, the real program as a process."""
