"""Tries the facts one after the other."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import requests

from tools.verify.deployment import ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Fact, Failed, FaultError, Held, NotHere, NotTriedError, Outcome

_MARKS = {Held: "held", Failed: "FAILED", NotHere: "not here"}


@dataclass(frozen=True, slots=True)
class Result:
    """A fact and what became of it."""

    fact: Fact
    outcome: Outcome

    def as_json(self) -> dict[str, Any]:
        outcome = _MARKS[type(self.outcome)].lower().replace(" ", "_")
        return {"fact": self.fact.key, "claim": self.fact.claim, "outcome": outcome} | asdict(self.outcome)

    def lines(self) -> Iterator[str]:
        """One line, and three more if the fact does not hold."""
        match self.outcome:
            case Held(detail):
                yield f"  held      {self.fact.claim}{f' ({detail})' if detail else ''}"
            case NotHere(reason):
                yield f"  not here  {self.fact.claim}: {reason}"
            case Failed(seen, means, do):
                yield f"  FAILED    {self.fact.claim} [{self.fact.key}]"
                yield f"            seen:  {seen}"
                yield f"            means: {means}"
                yield f"            do:    {do}"


def try_facts(subject: Subject, facts: Sequence[Fact], *, without: Collection[str] = ()) -> Iterator[Result]:
    """Each fact with its outcome, as soon as it is known; a fact whose needs do not hold is not tried."""
    for fact in facts:
        if fact.key in without:
            yield Result(fact, NotHere("left out"))
            continue
        lacking = [key for key in fact.needs if key in subject.failed]
        if lacking:
            reason = subject.failed[fact.key] = subject.failed[lacking[0]]
            yield Result(fact, NotHere(f"not tried, because [{reason}] does not hold"))
            continue
        result = Result(fact, _outcome_of(fact, subject))
        if isinstance(result.outcome, Failed):
            subject.failed[fact.key] = fact.key
        yield result


def _outcome_of(fact: Fact, subject: Subject) -> Outcome:
    try:
        return fact.check(subject)
    except FaultError as error:
        return error.failed
    except NotTriedError as error:
        return NotHere(str(error))
    except (ServiceRefusedError, requests.RequestException) as error:
        return Failed(
            str(error),
            "a part does not answer, or refuses whoever verifies",
            "check that it runs, that its API is enabled, and that you have the role Owner or Viewer of the project",
        )
    except (KeyError, TypeError, ValueError) as error:
        return Failed(
            f"an answer does not have the form that verify expects: {error!r}",
            "nobody knows whether it holds: something else answers, or verify does not know Google's answer",
            f"WITHOUT={fact.key} leaves it out; report it with the output of make verify",
        )
