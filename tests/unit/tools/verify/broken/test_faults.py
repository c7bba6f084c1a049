"""What verify-broken expects: a fact that exists, and words that name the fault."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from tools.verify.broken.__main__ import judged
from tools.verify.broken.faults import Misconfiguration, faults
from tools.verify.facts.table import FACTS, OF_RUNS
from tools.verify.outcomes import Failed, Held, Outcome
from tools.verify.trying import Result

PAUSED = Failed("the queue sluice-work is PAUSED", "runs stay pending", "gcloud tasks queues resume sluice-work")
FAULT = Misconfiguration(
    what="a queue that is paused",
    broken=lambda _breaker: nullcontext(),
    fact="queues",
    words=("PAUSED", "gcloud tasks queues resume"),
    also=("timer",),
)


def results(**outcomes: Outcome) -> list[Result]:
    return [Result(fact, outcomes[fact.key]) for fact in FACTS if fact.key in outcomes]


def test_a_fault_must_be_found_by_its_fact_and_named_by_its_advice() -> None:
    assert judged(FAULT, results(queues=PAUSED, roles=Held())) == ""
    assert judged(FAULT, results(queues=PAUSED, timer=PAUSED)) == ""


@pytest.mark.parametrize(
    ("outcomes", "complaint"),
    [
        ({"queues": Held()}, "[queues] held; failed: nothing"),
        ({"queues": Failed("it is PAUSED", "", "look")}, "[queues] does not say gcloud tasks queues resume"),
        ({"queues": PAUSED, "roles": PAUSED}, "roles failed as well"),
    ],
)
def test_anything_else_is_a_miss(outcomes: dict[str, Outcome], complaint: str) -> None:
    assert judged(FAULT, results(**outcomes)).startswith(complaint)


def test_there_are_enough_faults_and_each_expects_a_fact(tmp_path: Path) -> None:
    table, keys = list(faults(tmp_path)), {fact.key for fact in FACTS}
    assert len({fault.what for fault in table}) == len(table) >= 25
    for fault in table:
        assert {fault.fact, *fault.also} <= keys, fault.what
        assert all(fault.words), fault.what
        assert fault.runs == (fault.fact in OF_RUNS), fault.what
