"""Revisions of the tables, run by `storage.schema`; a new one is made by `make migration M="what changes"`."""
