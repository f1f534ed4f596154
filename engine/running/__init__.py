"""What all elements share while a turn runs: moving tokens, scopes, variables, timers, subscriptions, throwing."""
