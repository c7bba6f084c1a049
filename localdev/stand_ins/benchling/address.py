"""The address of the local Benchling warehouse, and the role that may read it."""

from typing import Final

from localdev.stack.layout import HOST

DATABASE: Final = "benchling"
READER: Final = "benchling_reader"


def reader_url(port: int, database: str = DATABASE) -> str:
    """The URL that the function `benchling` uses to read the warehouse."""
    return f"postgresql+pg8000://{READER}@{HOST}:{port}/{database}?sslmode=disable"
