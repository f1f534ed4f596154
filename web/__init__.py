"""How people reach Banjie: HTTP API, the staff and admin app, command line. The program is put together here."""
