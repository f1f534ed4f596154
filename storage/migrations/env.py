"""What Alembic runs: the revisions, inside the transaction that `storage.schema` has begun."""

from alembic import context

from storage.schema import OPTIONS

context.configure(connection=context.config.attributes["connection"], **OPTIONS)
context.run_migrations()
