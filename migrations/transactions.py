"""Migrations that commit each of their statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op


@contextmanager
def no_transaction() -> Iterator[None]:
    """Each statement of the block is a transaction of its own, so that none holds its locks until the end."""
    with op.get_context().autocommit_block():
        # Alembic has asked for the isolation level before it sets another, and with pg8000 that began a transaction.
        op.get_bind().connection.rollback()
        yield
