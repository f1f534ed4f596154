"""The HTTP API: one module a subject. Every function is who may, then `web.acts` or a reading of the office."""
