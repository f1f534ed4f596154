"""Events: what happens, and what it sets off (formal/2011-01-03, 10.4, 13.4)."""
