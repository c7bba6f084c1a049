"""Tables `prices`, what Google asks for machines and disks, and `run_costs`, what runs cost."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, ForeignKey, String, Text, text

from common.models.database import JSON_VALUE, MOMENT, Base, column


class PriceRow(Base):
    """A price in nano-dollars, in force from the day `since` until that of the next row; none is ever changed.

    `sku` names what it is for, such as `core/n2`; see domain/insight/cost/prices.py.
    """

    __tablename__ = "prices"

    region: ColumnElement[str] = column(Text, primary_key=True)
    sku: ColumnElement[str] = column(Text, primary_key=True)
    spot: ColumnElement[bool] = column(Boolean, primary_key=True)
    since: ColumnElement[date] = column(Date, primary_key=True)
    nanos: ColumnElement[int] = column(BigInteger)


class RunCostRow(Base):
    """The machine time of a run, summed up when machines are stored, and what it cost by the prices of its day.

    `sums` are usages, one for each process and kind of machine, without prices. `nanos` is NULL if nothing of the cost
    is known; `is_complete` is false if something is not.
    """

    __tablename__ = "run_costs"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    sums: ColumnElement[list[dict[str, Any]]] = column(JSON_VALUE)
    nanos: ColumnElement[int | None] = column(BigInteger, nullable=True)
    saved_nanos: ColumnElement[int | None] = column(BigInteger, nullable=True)
    basis: ColumnElement[str] = column(String(10), server_default=text("'none'"))
    is_complete: ColumnElement[bool] = column(Boolean, server_default=text("false"))
    summed_at: ColumnElement[datetime] = column(MOMENT)
