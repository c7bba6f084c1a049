"""What a stream brought is judged."""

from dataclasses import dataclass
from typing import cast

import pytest

from tools.verify.deployment import Deployment, Json
from tools.verify.facts.runs import streams_flow
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Outcome
from tools.verify.trial import Stream


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial whose run has completed."""

    stream: Stream

    def completed(self) -> Json:
        return {}


def judged(stream: Stream) -> Outcome:
    subject = Subject(cast(Deployment, None))
    subject.__dict__["trial"] = Ended(stream)
    return streams_flow(subject)


@pytest.mark.parametrize(
    ("stream", "seen"),
    [
        (Stream(0.0, [], 1.0, "refused"), "brought nothing refused"),
        (Stream(0.0, [(1.0, "progress", {})], 2.0), "cut off after 2 s"),  # no event with its time
    ],
)
def test_a_stream_without_an_end_does_not_hold(stream: Stream, seen: str) -> None:
    outcome = judged(stream)
    assert isinstance(outcome, Failed)
    assert seen in outcome.seen
