"""Where the local Benchling warehouse is, and who may read it."""

from typing import Final

from localdev.stack.layout import HOST

DATABASE: Final = "benchling"
READER: Final = "benchling_reader"


def reader_url(port: int, database: str = DATABASE) -> str:
    """The address by which the function `benchling` reads the warehouse."""
    return f"postgresql+pg8000://{READER}@{HOST}:{port}/{database}?sslmode=disable"
