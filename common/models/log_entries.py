"""Tables `entries`, `entry_sources` and `entry_months`: the records of nextflow.log, numbered from 0 in file order.

`search_lines` has the lines of all runs that can be searched; they are dropped with the entries of their month.

The rows are kept small, because there are more of them than of everything else together: a run and its month are two
numbers, and what repeats in thousands of records is stored once.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from common.domain.runs.log_key import LogKey
from common.models.database import MOMENT, Base, column

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")


class LogEntryRow(Base):
    """One record; it ends before the byte `byte_end` of the file and begins where the one before it ends.

    `level` is an index in LEVELS. No foreign keys: checking them would slow down copying millions of rows, and runs and
    sources are never deleted. The table has one partition for each month (decision 11), with a unique index of
    run_number and number: a key of the whole table would have the month in each of its entries.
    """

    __tablename__ = "entries"

    byte_end: ColumnElement[int] = column(BigInteger)
    timestamp: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    month: ColumnElement[date] = column(Date, primary_key=True)
    run_number: ColumnElement[int] = column(Integer, primary_key=True, autoincrement=False)
    number: ColumnElement[int] = column(Integer, primary_key=True, autoincrement=False)
    source: ColumnElement[int] = column(Integer)
    level: ColumnElement[int | None] = column(SmallInteger, nullable=True)
    message: ColumnElement[str] = column(Text)

    # Warnings and errors are rare; entries of the other levels are frequent enough to be found without an index.
    __table_args__ = (
        Index("idx_entries_warnings", "run_number", "number", postgresql_where=text("level >= 3")),
        {"postgresql_partition_by": "LIST (month)"},
    )


class EntrySourceRow(Base):
    """What wrote an entry; unknown names are empty."""

    __tablename__ = "entry_sources"

    id: ColumnElement[int] = column(Integer, Identity(always=True), primary_key=True)
    thread: ColumnElement[str] = column(Text)
    logger: ColumnElement[str] = column(Text)

    __table_args__ = (UniqueConstraint("thread", "logger"),)


class EntryMonthRow(Base):
    """A partition of `entries`, and when it was made."""

    __tablename__ = "entry_months"

    month: ColumnElement[date] = column(Date, primary_key=True)
    made_at: ColumnElement[datetime] = column(MOMENT, server_default=func.now())


class SearchLineRow(Base):
    """A line: an entry of the log (`task` is empty), the diagnosis (`number` is -1), or output of a failed task.

    `text` has no secrets. `words` has the words of the text, and each again as one of the run's owner.
    """

    __tablename__ = "search_lines"

    at: ColumnElement[datetime] = column(MOMENT)
    month: ColumnElement[date] = column(Date, primary_key=True)
    run_number: ColumnElement[int] = column(Integer, primary_key=True, autoincrement=False)
    number: ColumnElement[int] = column(Integer, primary_key=True, autoincrement=False)
    level: ColumnElement[int | None] = column(SmallInteger, nullable=True)
    task: ColumnElement[str] = column(Text, primary_key=True)
    user_email: ColumnElement[str] = column(String(255))
    text: ColumnElement[str] = column(Text)
    words: ColumnElement[Any] = column(TSVECTOR)

    __table_args__ = (
        Index("idx_search_lines_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("idx_search_lines_at", "at", "run_number", "task", "number"),
        Index("idx_search_lines_user_email_at", "user_email", "at", "run_number", "task", "number"),
        {"postgresql_partition_by": "LIST (month)"},
    )


def level_name(level: ColumnElement[int | None]) -> ColumnElement[str | None]:
    """The name of a level."""
    names: ColumnElement[str] = literal_column(f"'{' '.join(LEVELS)}'")
    return func.split_part(names, literal_column("' '"), level + literal_column("1"))


def entries_of(key: LogKey) -> ColumnElement[bool]:
    """Whether an entry is of this log; the month tells Postgres the partition."""
    return (LogEntryRow.month == key.month) & (LogEntryRow.run_number == key.run_number)
