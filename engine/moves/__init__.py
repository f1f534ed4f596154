"""Steps back and repairs: return to an earlier step, withdraw one's own act, an administrator's moves of tokens.

`lineage` reads from the history which token comes from which; `back` works out what an act led to and what going back
to it takes away; `placing` does it inside a turn; `door` is where the office asks. Compensation is never triggered,
variables keep what was written last, and what was done stays in the history.
"""
