"""UserService: the table `users`. Every change is one statement, so that no concurrent change is lost."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Engine, Row, Text, cast, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.users.user import LOGIN_INTERVAL, User, default_display_name
from common.errors import NotFoundError
from common.models.users.users import UserRow
from common.services.postgres.engine import autocommit_connection, read
from common.services.users.stats import add_to_stats

_FIELDS = tuple(field.name for field in fields(User))
_COLUMNS = tuple(UserRow.__table__.columns[name] for name in _FIELDS)


class UserService:
    """Reads and writes users; `email` is always in lower case and verified. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get_or_create_user(self, email: str, *, at: datetime) -> User:
        """The user, created if new. Sets last_login_at to `at` unless it was set within LOGIN_INTERVAL."""
        row = upsert(UserRow).values(
            email=email, display_name=default_display_name(email), created_at=at, last_login_at=at
        )
        known = UserRow.last_login_at
        seen = row.on_conflict_do_update(
            index_elements=[UserRow.email],
            set_={"last_login_at": at},
            where=known.is_(None) | (known <= at - LOGIN_INTERVAL),
        )
        with autocommit_connection(self._engine) as connection:
            written = connection.execute(seen.returning(*_COLUMNS)).first()
            return _user_from(written) if written else _get(connection, email)

    def get_user(self, email: str) -> User:
        """The user. Raises NotFoundError."""
        return read(self._engine, lambda connection: _get(connection, email))

    def update_preferences(self, email: str, changes: Mapping[str, Any]) -> User:
        """Set preferences; None removes one, others stay. Raises NotFoundError."""
        return self.update_profile(email, preferences=changes)

    def update_profile(
        self, email: str, *, display_name: str | None = None, preferences: Mapping[str, Any] | None = None
    ) -> User:
        """Change the name (None keeps it) and preferences in one statement. Raises NotFoundError."""
        values: dict[str, Any] = {"preferences": _merged(preferences or {})}
        if display_name is not None:
            values["display_name"] = display_name
        statement = update(UserRow).where(UserRow.email == email).values(values).returning(*_COLUMNS)
        with autocommit_connection(self._engine) as connection:
            return _found(connection.execute(statement).first(), email)

    def update_stats(self, email: str, added: Mapping[str, int]) -> None:
        """Add to a user's stats in a separate transaction."""
        with autocommit_connection(self._engine) as connection:
            add_to_stats(connection, email, added)


def _merged(changes: Mapping[str, Any]) -> ColumnElement[Any]:
    """An expression for the stored preferences with `changes`; Postgres evaluates it on the newest row."""
    kept = {name: value for name, value in changes.items() if value is not None}
    removed = [name for name, value in changes.items() if value is None]
    left = UserRow.preferences.op("-", return_type=JSONB())(cast(removed, ARRAY(Text)))
    return left.concat(literal(kept, JSONB))


def _get(connection: Connection, email: str) -> User:
    return _found(connection.execute(select(*_COLUMNS).where(UserRow.email == email)).first(), email)


def _found(row: Row[Any] | None, email: str) -> User:
    if row is None:
        raise NotFoundError(f"no user has the email address {email}")
    return _user_from(row)


def _user_from(row: Row[Any]) -> User:
    return User(**{name: getattr(row, name) for name in _FIELDS})
