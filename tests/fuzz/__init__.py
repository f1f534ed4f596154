"""Broken and hostile files: read and run, and nothing but typed refusals and incidents may come of it (`make fuzz`)."""
