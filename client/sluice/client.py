"""The service, for scripts and notebooks.

sluice = Sluice.from_environment()
run = sluice.submit(pipeline="nf-core/scrnaseq", version="2.7.1", sheet=Path("samplesheet.csv"))
run.wait(timeout=86_400)
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

from sluice.api import Api, Records
from sluice.decoding import Json, RecordT, member
from sluice.errors import InputError, NotFoundError
from sluice.models.failures import FailureInfo, SearchHit
from sluice.models.pipelines import PipelineInfo, PipelineSchema, ValidationResult
from sluice.models.runs import RunResponse
from sluice.models.sizing import PipelineAdviceResponse
from sluice.models.users import UserResponse
from sluice.run import Run
from sluice.settings import Settings
from sluice.signin.choice import sign_in_for
from sluice.state import State
from sluice.transport import Transport
from sluice.vocabulary import LAST

_RUN_ID: Final = re.compile(r"run-[0-9a-f]{8}")
_NTH: Final = re.compile(r"@-([1-9][0-9]{0,3})")
_PREFIX: Final = re.compile(r"(run-)?[0-9a-f]{0,8}")


class Sluice:
    """A client of one service. All methods raise SluiceError; use it with `with`, or call `close`."""

    def __init__(self, api: Api) -> None:
        self.api = api

    @classmethod
    def from_environment(cls, server: str | None = None) -> "Sluice":
        """The service at `server`, or at SLUICE_URL, or of the last `sluice login`. Raises InputError without one."""
        settings = Settings.from_environment(os.environ, server)
        state = State(settings.state)
        return cls(Api(Transport(settings.server, sign_in_for(settings, state)), state))

    def close(self) -> None:
        self.api.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def me(self) -> UserResponse:
        """The signed-in user."""
        return self.api.decode(UserResponse, self.api.get("/api/users/me"))

    def runs(
        self, *, status: str | None = None, pipeline: str | None = None, search: str | None = None,
        since: datetime | None = None, all_users: bool = False, page_size: int = 100,
    ) -> Records[RunResponse]:  # fmt: skip
        """Runs, newest first: your own, or those of `all_users` for an administrator; `since` has a time zone."""
        query = {
            "status": status,
            "pipeline": pipeline,
            "search": search,
            "created_after": since and since.isoformat(),
            "all": _flag(all_users),
            "page_size": page_size,
        }
        return self._records(RunResponse, "/api/runs", "runs", query)

    def run(self, reference: str = LAST) -> Run:
        """The run with this id or beginning of an id; `@last` is your newest, `@-2` the one before it.

        Raises NotFoundError if there is none, InputError if several ids begin so.
        """
        if _RUN_ID.fullmatch(reference):
            return Run(self.api, reference)
        nth = _NTH.fullmatch("@-1" if reference == LAST else reference)
        if nth:
            return Run(self.api, self._nth_newest(int(nth[1])))
        return Run(self.api, self._only_run_like(reference))

    def submit(  # noqa: PLR0913 the fields of the request
        self, *, pipeline: str, version: str | None = None, sheet: str | Path,
        params: Mapping[str, Any] | None = None, config: str | Path | None = None, name: str | None = None,
        source_ngs_runs: Sequence[str] = (), source_project: str | None = None, notify: bool | None = None,
    ) -> Run:  # fmt: skip
        """Start a run; `sheet` and `config` are files, or text with a line break. Raises InputError.

        `source_ngs_runs` and `source_project` say what in Benchling the samples are from, `notify` whether you are told
        of the run: as your preferences say if it is None.

        If the connection breaks before the answer, repeat the call with the same inputs: there will be one run.
        """
        body = {
            "pipeline": pipeline,
            "pipeline_version": version,
            "samplesheet_csv": _text_of(sheet),
            "params": dict(params or {}),
            "config_content": None if config is None else _text_of(config),
            "name": name,
            "source_ngs_runs": list(source_ngs_runs) or None,
            "source_project": source_project,
            "notify": notify,
        }
        given = {field: value for field, value in body.items() if value is not None}
        made, was_there = self.api.create("/api/runs", given)
        return Run(self.api, str(member(made, "run_id")), created=made, was_there=was_there)

    def check(
        self, *, pipeline: str, version: str | None = None, sheet: str | Path | None = None,
        params: Mapping[str, Any] | None = None, config: str | Path | None = None,
    ) -> ValidationResult:  # fmt: skip
        """What `submit` would find wrong with these inputs; stores nothing."""
        body = {
            "pipeline_version": version,
            "samplesheet_csv": None if sheet is None else _text_of(sheet),
            "params": dict(params or {}),
            "config_content": None if config is None else _text_of(config),
        }
        given = {name: value for name, value in body.items() if value is not None}
        return self.api.decode(ValidationResult, self.api.ask(f"{_pipeline_path(pipeline)}/validate", given))

    def pipelines(self) -> list[PipelineInfo]:
        """The pipelines that can be run."""
        return [self.api.decode(PipelineInfo, one) for one in member(self.api.get("/api/pipelines"), "pipelines")]

    def pipeline(self, name: str, version: str | None = None) -> PipelineSchema:
        """The parameters and the columns of the samplesheet of one release, or of the default one."""
        found: Json = self.api.get(f"{_pipeline_path(name)}/schema", {"version": version})
        return self.api.decode(PipelineSchema, found)

    def advice(self, pipeline: str, version: str | None = None) -> PipelineAdviceResponse:
        """What the tasks of a pipeline should ask for, from the runs of this family of releases that you may see."""
        found: Json = self.api.get(f"{_pipeline_path(pipeline)}/advice", {"version": version})
        return self.api.decode(PipelineAdviceResponse, found)

    def failures(
        self, *, since: datetime | None = None, all_users: bool = False, page_size: int = 100
    ) -> Records[FailureInfo]:
        """The failures of your runs, each once, the one seen last first; of the last 90 days without `since`."""
        query = {"since": since and since.isoformat(), "all": _flag(all_users), "page_size": page_size}
        return self._records(FailureInfo, "/api/failures", "failures", query)

    def search(
        self, words: str, *, since: datetime | None = None, cause: str | None = None, all_users: bool = False,
        page_size: int = 100,
    ) -> Records[SearchHit]:  # fmt: skip
        """Warnings, errors, reasons of failures and output of failed tasks that have all `words`, in all your runs."""
        query = {
            "q": words,
            "since": since and since.isoformat(),
            "cause": cause,
            "all": _flag(all_users),
            "page_size": page_size,
        }
        return self._records(SearchHit, "/api/search", "hits", query)

    def sheet_from_benchling(self, ngs_run: str, *, version: str | None = None, complete: bool = False) -> str:
        """A samplesheet (CSV) with the read files of an NGS run; `complete` refuses a run that lacks some."""
        query = {"version": version, "complete": _flag(complete)}
        return self.api.get_text(f"/api/benchling/runs/{quote(ngs_run, safe='')}/samplesheet", query)

    def _records(self, kind: type[RecordT], path: str, key: str, query: Mapping[str, Any]) -> Records[RecordT]:
        def found() -> Iterator[RecordT]:
            for page in self.api.pages(path, query):
                yield from (self.api.decode(kind, one) for one in member(page, key))

        return Records(found)

    def _nth_newest(self, count: int) -> str:
        newest = list(islice(self.runs(page_size=min(count, 100)), count))
        if len(newest) < count:
            have = f"you have {len(newest)} so far" if newest else "you have none yet; `sluice submit` starts one"
            raise NotFoundError(f"there is no {LAST if count == 1 else f'@-{count}'} run: {have}")
        return newest[-1].run_id

    def _only_run_like(self, reference: str) -> str:
        if not reference or not _PREFIX.fullmatch(reference):
            raise InputError(f"{reference!r} is no run; give an id, the beginning of one, @last or @-2")
        start = reference if reference.startswith("run-") else f"run-{reference}"
        alike = [run.run_id for run in self.runs(search=start) if run.run_id.startswith(start)]
        if not alike:
            raise NotFoundError(f"none of your runs begins with {start}")
        if len(alike) > 1:
            raise InputError(f"{len(alike)} of your runs begin with {start}: {', '.join(alike[:5])}")
        return alike[0]


def _flag(is_set: bool) -> str | None:
    return "true" if is_set else None


def _pipeline_path(name: str) -> str:
    owner, slash, short = name.partition("/")
    if not slash:
        raise InputError(f"{name!r} is no pipeline; its name has the form nf-core/scrnaseq")
    return f"/api/pipelines/{quote(owner, safe='')}/{quote(short, safe='')}"


def _text_of(given: str | Path) -> str:
    """The text of the file, or the text itself: that is what has a line break. Raises InputError."""
    if isinstance(given, str) and "\n" in given:
        return given
    try:
        return Path(given).read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"there is no file {given}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{given} cannot be read as text: {error}") from error
