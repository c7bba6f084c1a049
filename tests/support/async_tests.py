"""Runs async tests, and what they wait for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def in_time(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of an async test; fails after a minute."""

    async def limited() -> _Result:
        async with asyncio.timeout(60):
            return await coroutine

    return asyncio.run(limited())


async def until(claim: Callable[[], object]) -> None:
    """Wait until `claim` holds. A pause of fixed length may end too early on a busy machine."""
    while not claim():  # noqa: ASYNC110 what tests look at has no event to wait for
        await asyncio.sleep(0.005)


async def until_alone() -> None:
    """Wait until no task but this one is left."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
