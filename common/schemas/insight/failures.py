"""Answers about failures that were seen before."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, model_validator

from common.domain.diagnosis.causes import CauseClass
from common.domain.text.secrets import hide_value
from common.schemas.paging import Page
from common.schemas.texts import ShownText


class FailureInfo(BaseModel):
    """One failure: its cause, the process without its scope, and the line that proves the cause.

    `…` stands in the line for what differs between runs: paths, ids, numbers, times. It is empty if the cause says it
    all; `process` is null if no task failed.
    """

    fingerprint: str
    cause: CauseClass
    process: ShownText | None
    line: ShownText
    times: int
    first_at: datetime
    last_at: datetime
    run_ids: list[str]


class FailureList(Page):
    """A page of failures, the one that was seen last first; `run_ids` are the newest five runs of each."""

    failures: list[FailureInfo]


class FailedRun(BaseModel):
    """A run with the failure; `at` is when it failed, or when its failure showed."""

    run_id: str
    name: ShownText | None
    user_email: str
    at: datetime


class HelpfulChange(BaseModel):
    """What a recovery changed: a parameter, a line of the config, or what first attempts of the process asked for.

    Memory and disk are in bytes, time in ms. A line that was removed has no `after`, one that was added no `before`.
    """

    kind: Literal["param", "config", "request"]
    name: ShownText
    before: Any
    after: Any

    @model_validator(mode="after")
    def _without_secrets(self) -> Self:
        self.before, self.after = hide_value(self.name, self.before), hide_value(self.name, self.after)
        return self


class Overcome(BaseModel):
    """The recovery that completed last, of the run `parent_run_id` with this failure, and what it changed."""

    run_id: str
    parent_run_id: str
    changes: list[HelpfulChange]


class SimilarFailures(BaseModel):
    """How often the failure of a run was seen in the runs that the caller may see.

    `runs` are the newest 20. `fingerprint` is null if nothing is known of the failure; then it is like no other.
    """

    fingerprint: str | None
    cause: CauseClass
    process: ShownText | None
    line: ShownText
    times: int
    first_at: datetime
    last_at: datetime
    runs: list[FailedRun]
    overcome: Overcome | None
