"""Activities with an inside: sub-processes, calls, repeated activities (formal/2011-01-03, 10.2.5-10.2.8, 13.2)."""
