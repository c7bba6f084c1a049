"""Runs async tests."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def in_time(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of an async test; fails after ten seconds."""

    async def limited() -> _Result:
        async with asyncio.timeout(10):
            return await coroutine

    return asyncio.run(limited())
