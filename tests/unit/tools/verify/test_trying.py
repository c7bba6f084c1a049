"""Facts are tried in order; one whose needs do not hold is not tried."""

from typing import Any, cast

import pytest
import requests

from tools.verify.deployment import Deployment, ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.facts.table import FACTS
from tools.verify.outcomes import Fact, Failed, FaultError, Held, NotHere, NotTriedError, Outcome
from tools.verify.trying import try_facts

FAILED = Failed("the queue is PAUSED", "runs stay pending", "gcloud tasks queues resume sluice-work")


def fact(key: str, outcome: Outcome | Exception, *, needs: tuple[str, ...] = ()) -> Fact:
    def check(_subject: Any) -> Outcome:  # noqa: ANN401 facts take any subject
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Fact(key=key, claim=f"claim of {key}", check=check, needs=needs)


def tried(*facts: Fact, without: tuple[str, ...] = ()) -> dict[str, Outcome]:
    subject = Subject(cast(Deployment, None))
    return {result.fact.key: result.outcome for result in try_facts(subject, facts, without=without)}


def test_a_fact_whose_need_fails_is_not_tried() -> None:
    assert tried(fact("queues", FAILED), fact("run", Held(), needs=("queues",)), fact("other", Held())) == {
        "queues": FAILED,
        "run": NotHere("not tried, because [queues] does not hold"),
        "other": Held(),
    }


def test_a_need_that_is_not_here_keeps_nobody_back() -> None:
    outcomes = tried(fact("image", NotTriedError("no registry")), fact("run", Held(), needs=("image",)))
    assert outcomes == {"image": NotHere("no registry"), "run": Held()}


def test_a_fact_can_be_left_out() -> None:
    assert tried(fact("benchling", FAILED), without=("benchling",)) == {"benchling": NotHere("left out")}


@pytest.mark.parametrize("error", [ServiceRefusedError("storage", 403, "denied"), requests.ConnectionError("refused")])
def test_a_service_that_refuses_or_is_away_is_a_fault(error: Exception) -> None:
    outcome = tried(fact("buckets", error))["buckets"]
    assert isinstance(outcome, Failed)
    assert str(error) in outcome.seen


def test_a_fault_is_printed_with_what_was_seen_what_it_means_and_what_to_do() -> None:
    subject = Subject(cast(Deployment, None))
    (result,) = try_facts(subject, [fact("queues", FaultError(FAILED.seen, FAILED.means, FAILED.do))])
    assert list(result.lines()) == [
        "  FAILED    claim of queues [queues]",
        f"            seen:  {FAILED.seen}",
        f"            means: {FAILED.means}",
        f"            do:    {FAILED.do}",
    ]
    assert result.as_json() == {
        "fact": "queues",
        "claim": "claim of queues",
        "outcome": "failed",
        "seen": FAILED.seen,
        "means": FAILED.means,
        "do": FAILED.do,
    }


def test_every_need_is_a_fact_that_is_tried_before() -> None:
    before = set[str]()
    for each in FACTS:
        assert set(each.needs) <= before, each.key
        before.add(each.key)
    assert len(before) == len(FACTS)


def test_an_answer_of_another_form_does_not_end_the_others() -> None:
    outcomes = tried(fact("gateway", KeyError("defaultHostname")), fact("queues", Held()))
    assert isinstance(outcomes["gateway"], Failed)
    assert "KeyError('defaultHostname')" in outcomes["gateway"].seen
    assert "WITHOUT=gateway" in outcomes["gateway"].do
    assert outcomes["queues"] == Held()
