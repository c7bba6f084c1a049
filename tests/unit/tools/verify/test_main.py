"""The last lines count what holds, what does not, and what nobody knows."""

from tools.verify.__main__ import last_lines
from tools.verify.outcomes import Fact, Failed, Held, NotHere, Outcome
from tools.verify.trying import Result


def result(key: str, outcome: Outcome) -> Result:
    return Result(Fact(key=key, claim=key, check=lambda _subject: outcome), outcome)


def test_facts_that_were_not_tried_are_named_and_no_failure() -> None:
    held, untried = result("queues", Held()), result("budget", NotHere("no billing account"))
    assert list(last_lines([held, untried])) == [
        "1 of 2 facts hold.",
        "Not tried (1), so they may hold or not, which is no failure: budget.",
    ]
    failed = result("schema", Failed("0031", "old", "make deploy"))
    assert list(last_lines([held, failed])) == ["1 of 2 facts hold.", "Failed (1): schema."]
