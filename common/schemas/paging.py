"""What every list answers beside its entries."""

from pydantic import BaseModel


class Page(BaseModel):
    """One page of a list.

    `total` is exact up to 10,000 and then stays there with `total_capped`. `next_cursor` asks for the page that
    follows, at any depth; it is null on the last page. `page` is null when a cursor was followed.
    """

    total: int
    total_capped: bool = False
    page: int | None = None
    page_size: int
    next_cursor: str | None = None
