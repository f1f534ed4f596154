"""Tasks: units of work (formal/2011-01-03, 10.2.3, 13.2)."""
