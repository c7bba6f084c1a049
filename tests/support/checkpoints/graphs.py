"""Small LangGraph graphs without a language model, for tests of their checkpoints."""

import operator
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import interrupt

Graph = CompiledStateGraph[Any, Any, Any, Any]


class Chat(TypedDict, total=False):
    """A conversation about a run that needs approval."""

    messages: Annotated[list[AnyMessage], add_messages]
    is_agreed: bool
    pipeline: str


class Steps(TypedDict):
    """The nodes that have run, in order."""

    steps: Annotated[list[str], operator.add]


def thread(name: str = "chat-1", **more: object) -> RunnableConfig:
    """The config of a conversation; `more` is added to its `configurable`."""
    return {"configurable": {"thread_id": name, **more}}


def approval_graph(saver: BaseCheckpointSaver[str]) -> Graph:
    """A graph that proposes a run, waits for yes or no, and then submits the run or not."""

    def propose(state: Chat) -> Chat:
        return {"messages": [AIMessage(f"shall I run {state['pipeline']}?")]}

    def ask(state: Chat) -> Chat:
        return {"is_agreed": interrupt({"question": "run it?"}) == "yes"}

    def act(state: Chat) -> Chat:
        return {"messages": [AIMessage("submitted" if state["is_agreed"] else "not submitted")]}

    graph: StateGraph[Chat, None, Chat, Chat] = StateGraph(Chat)
    graph.add_node("propose", propose)
    graph.add_node("ask", ask)
    graph.add_node("act", act)
    graph.add_edge(START, "propose")
    graph.add_edge("propose", "ask")
    graph.add_edge("ask", "act")
    graph.add_edge("act", END)
    return graph.compile(checkpointer=saver)


def steps_graph(saver: BaseCheckpointSaver[str], *names: str) -> Graph:
    """A graph that runs one node after the other; each adds its name to the state."""
    graph = StateGraph(Steps)
    for before, name in zip((START, *names), names, strict=False):
        graph.add_node(name, lambda _state, name=name: {"steps": [name]})
        graph.add_edge(before, name)
    return graph.compile(checkpointer=saver)


def nested_graph(saver: BaseCheckpointSaver[str]) -> Graph:
    """A graph whose node `inner` is a graph that waits for an answer between two of its nodes."""

    def ask(state: Steps) -> Steps:
        return {"steps": [f"told {interrupt('how many?')}"]}

    inner: StateGraph[Steps, None, Steps, Steps] = StateGraph(Steps)
    inner.add_node("look", lambda _state: {"steps": ["look"]})
    inner.add_node("ask", ask)
    inner.add_edge(START, "look")
    inner.add_edge("look", "ask")
    outer = StateGraph(Steps)
    outer.add_node("begin", lambda _state: {"steps": ["begin"]})
    outer.add_node("inner", inner.compile())
    outer.add_node("end", lambda _state: {"steps": ["end"]})
    outer.add_edge(START, "begin")
    outer.add_edge("begin", "inner")
    outer.add_edge("inner", "end")
    return outer.compile(checkpointer=saver)


def delta_graph(saver: BaseCheckpointSaver[str], *, snapshot_frequency: int) -> Graph:
    """A graph with a delta channel, of which checkpoints store only the new values."""

    def join(value: list[str], writes: Sequence[list[str]]) -> list[str]:
        return [*value, *(value for values in writes for value in values)]

    channel: DeltaChannel[list[str]] = DeltaChannel(join, snapshot_frequency=snapshot_frequency)

    class Notes(TypedDict):
        notes: Annotated[list[str], channel]

    graph = StateGraph(Notes)
    graph.add_node("reply", lambda state: {"notes": [f"reply {len(state['notes'])}"]})
    graph.add_edge(START, "reply")
    return graph.compile(checkpointer=saver)


def state_of(graph: Graph, config: RunnableConfig) -> Mapping[str, Any]:
    """The values of a conversation, with messages as texts."""
    values: dict[str, Any] = dict(graph.get_state(config).values)
    if "messages" in values:
        values["messages"] = [message.content for message in values["messages"]]
    return values
