"""Where everything is kept: tables, unit of work, types. Knows nothing of the rooms above it."""
