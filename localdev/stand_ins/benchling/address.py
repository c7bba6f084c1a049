"""The address of the local Benchling warehouse, and the role that may read it."""

from typing import Final

from localdev.stack.layout import HOST
from localdev.stack.postgres.server import role_password

DATABASE: Final = "benchling"
READER: Final = "benchling_reader"


def reader_url(port: int, database: str = DATABASE, *, password: str = "") -> str:
    """The URL that the function `benchling` uses to read the warehouse; `password` is the superuser's."""
    return f"postgresql+pg8000://{READER}:{role_password(password, READER)}@{HOST}:{port}/{database}?sslmode=disable"
