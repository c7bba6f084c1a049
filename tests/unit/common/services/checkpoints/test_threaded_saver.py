"""Asynchronous graphs use the same checkpoints. The conformance tests cover each method."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.types import Command
from sqlalchemy import Engine

from common.services.checkpoints.store import CheckpointStore
from common.services.checkpoints.threaded_saver import ThreadedSaver
from tests.support.checkpoints.graphs import approval_graph, state_of, steps_graph, thread


class _ThreadRecorder(ThreadedSaver):
    """Records in which threads its methods run."""

    def __init__(self) -> None:
        super().__init__()
        self.called_in: list[threading.Thread] = []

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        self.called_in.append(threading.current_thread())
        return None

    def list(self, config: RunnableConfig | None, **arguments: Any) -> Iterator[CheckpointTuple]:  # noqa: ANN401 as in list
        self.called_in.append(threading.current_thread())
        yield from ()


def test_methods_do_not_block_the_event_loop() -> None:
    saver = _ThreadRecorder()

    async def ask() -> None:
        assert await saver.aget_tuple(thread()) is None
        assert [found async for found in saver.alist(None)] == []

    asyncio.run(ask())
    assert len(saver.called_in) == 2
    assert threading.main_thread() not in saver.called_in


def test_an_asynchronous_call_continues_what_a_synchronous_one_began(emptied_engine: Engine) -> None:
    graph = approval_graph(CheckpointStore(emptied_engine))
    graph.invoke({"pipeline": "rnaseq"}, thread())
    asyncio.run(graph.ainvoke(Command(resume="yes"), thread()))
    assert state_of(graph, thread())["messages"] == ["shall I run rnaseq?", "submitted"]


def test_history_can_be_read_asynchronously(emptied_engine: Engine) -> None:
    graph = steps_graph(CheckpointStore(emptied_engine), "one", "two")

    async def run() -> list[Any]:
        await graph.ainvoke({"steps": []}, thread())
        return [one.values async for one in graph.aget_state_history(thread())]

    assert asyncio.run(run())[:2] == [{"steps": ["one", "two"]}, {"steps": ["one"]}]
