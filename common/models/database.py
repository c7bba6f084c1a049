"""The base of all tables, and the naming convention for constraints.

Tables are declared as classes, but without SQLAlchemy's ORM: Sluice uses only its columns, and importing it takes a
twentieth of a cold start.
"""

from typing import Any, ClassVar, Final

from sqlalchemy import Column, DateTime, MetaData, Table
from sqlalchemy.dialects.postgresql import JSONB

NAMING_CONVENTION = {
    "ix": "idx_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
MOMENT: Final = DateTime(timezone=True)
JSON_VALUE: Final = JSONB(none_as_null=True)  # None is stored as NULL and not as JSON null


def column(*arguments: Any, nullable: bool = False, **options: Any) -> Any:  # noqa: ANN401 its declaration has the type
    """A column, NOT NULL unless it is `nullable`, named as its attribute unless the first argument is a name."""
    return Column(*arguments, nullable=nullable, **options)


class _ClassOfTable(type):
    """Lets statements take the class for its table: update(RunRow)."""

    __table__: Table

    def __clause_element__(cls) -> Table:
        return cls.__table__


class Base(metaclass=_ClassOfTable):
    """Base of all tables; the columns are class attributes. `__table_args__` may end with the table's options."""

    metadata: ClassVar = MetaData(naming_convention=NAMING_CONVENTION)
    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[Any, ...]] = ()

    def __init_subclass__(cls) -> None:
        columns = []
        for name, own in vars(cls).items():
            if isinstance(own, Column):
                own.name = own.name or name
                own.key = own.key or name
                columns.append(own)
        arguments, options = list(cls.__table_args__), {}
        if arguments and isinstance(arguments[-1], dict):
            options = arguments.pop()
        cls.__table__ = Table(cls.__tablename__, Base.metadata, *columns, *arguments, **options)
