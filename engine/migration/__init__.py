"""Running instances go on by another version of their diagram: planned, shown, applied, taken back.

`plan` looks at one instance and says what of it maps where and what cannot; `applying` does it inside a turn; `batch`
does it for many instances, each in a transaction of its own, and undoes it as long as nothing has happened since.
"""
