"""Laboratories without rows, as copies of one."""

from collections.abc import Iterator

import pytest

from localdev.stand_ins.benchling.warehouse import fill_warehouse
from tests.support.benchling import Lab
from tests.support.database import Databases


@pytest.fixture(scope="session")
def empty_laboratory(databases: Databases) -> Iterator[str]:
    """The address of a warehouse without rows, to which nothing connects."""
    with databases.empty() as url:
        fill_warehouse(url, run_count=0)
        yield url


@pytest.fixture
def lab(databases: Databases, empty_laboratory: str) -> Iterator[Lab]:
    """A laboratory that a test fills."""
    with databases.copy_of(empty_laboratory) as url:
        made = Lab(url)
        yield made
        made.close()
