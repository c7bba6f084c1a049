"""The fields that every list has besides its entries."""

from pydantic import BaseModel


class Page(BaseModel):
    """One page of a list.

    `total` is exact up to 10,000; beyond that it is 10,000 and `total_capped` is true. `next_cursor` leads to the next
    page and is null on the last one. `page` is null if the request had a cursor.
    """

    total: int
    total_capped: bool = False
    page: int | None = None
    page_size: int
    next_cursor: str | None = None
