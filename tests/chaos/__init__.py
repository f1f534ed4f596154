"""Chaos: real server processes that are killed while people work; then a checker reads the tables."""
