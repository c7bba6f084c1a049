"""The endpoints for NGS runs in Benchling, their libraries, and samplesheets made from them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flask import Request, Response

from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.runs.access import Caller
from common.domain.sequencing.ngs_run import NgsRunLibraries
from common.domain.sequencing.samplesheet import sheet_names, sheet_of
from common.errors import BenchlingError, ConflictError, TooLargeError, TooManyRequestsError
from common.schemas.benchling import (
    BenchlingMetadata,
    NgsRunInfo,
    NgsRunListResponse,
    NgsRunSamplesResponse,
    samples_of,
)
from common.services.benchling.service import BenchlingService, NgsRunFilter
from common.services.pipelines.registry import PipelineRegistry
from common.web.answers import with_etag
from common.web.callers.identity import HeaderLists
from common.web.callers.limits import UserRate
from common.web.describing import Operation, Text
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Routes

PIPELINE = "nf-core/scrnaseq"
SHEET_TYPE = "text/csv; charset=utf-8"
LEFT_OUT_HEADER = "X-Unpaired-Files"

_LONGEST_NAME, _LONGEST_CURSOR = 255, 1_000
_EXAMPLE_SHEET = (
    "sample,fastq_1,fastq_2\n"
    "pbmc_1,gs://lab-sequencing/NB0231/pbmc_1_S1_L001_R1_001.fastq.gz,"
    "gs://lab-sequencing/NB0231/pbmc_1_S1_L001_R2_001.fastq.gz\n"
)


@dataclass(frozen=True, slots=True)
class _SheetQuery:
    version: str | None
    complete: bool


def _runs_query(query: Query) -> NgsRunFilter:
    return NgsRunFilter(
        name=query.text("name", longest=_LONGEST_NAME, about="Part of the NGS run's name, in any letter case."),
        instrument=query.text("instrument", longest=_LONGEST_NAME, about="The name of the sequencer."),
        project=query.text("project", longest=_LONGEST_NAME, about="The name of a project with libraries on the run."),
        completed_from=query.day("completed_from", about="Only runs completed on this day or later."),
        completed_to=query.day("completed_to", about="Only runs completed on this day or earlier."),
        page_size=query.integer("page_size", 25, low=1, high=100, about="Number of NGS runs on a page."),
        cursor=query.text("cursor", longest=_LONGEST_CURSOR, about="The next_cursor of the previous page."),
    )


def _sheet_query(query: Query) -> _SheetQuery:
    about = "The version of nf-core/scrnaseq; the default version if omitted."
    return _SheetQuery(
        version=query.text("version", longest=20, about=about),
        complete=query.flag("complete", about="Answer 409 if the sheet would omit unpaired files."),
    )


class BenchlingEndpoints:
    """Everyone who is signed in may read; `identify` returns the caller from a request's headers.

    The name of an NGS run may have any character, even a slash: percent-encode it as one part of the path.
    """

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        benchling: BenchlingService,
        registry: PipelineRegistry,
        *,
        searches: UserRate,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._identify = identify
        self._benchling = benchling
        self._registry = registry
        self._searches = searches
        self.routes = Routes(
            {
                ("GET", "/api/benchling/runs"): self.list_runs,
                ("GET", "/api/benchling/runs/<anything:ngs_run>/samples"): self.samples,
                ("GET", "/api/benchling/runs/<anything:ngs_run>/samplesheet"): self.samplesheet,
                ("GET", "/api/benchling/metadata"): self.metadata,
            },
            ready=ready,
            project=project,
            origins=origins,
        )

    @Operation(
        "list_ngs_runs",
        {200: NgsRunListResponse},
        query=_runs_query,
        errors=(BenchlingError, TooManyRequestsError),
        etag=True,
    )
    def list_runs(self, request: Request) -> Response:
        """NGS runs in Benchling, newest first."""
        caller = self._identify(request.headers)
        query = read_query(request.args.items(multi=True), _runs_query)
        if query.name:
            self._searches.take(caller.email)
        page = self._benchling.list_runs(query)
        answer = NgsRunListResponse(
            runs=[NgsRunInfo.model_validate(run) for run in page.runs],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if query.cursor else 1,
            page_size=query.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer)

    @Operation(
        "get_ngs_run_samples",
        {200: NgsRunSamplesResponse},
        query=no_parameters,
        errors=(BenchlingError, TooLargeError, TooManyRequestsError),
        etag=True,
    )
    def samples(self, request: Request, ngs_run: str) -> Response:
        """The libraries of an NGS run, with their files paired by lane.

        Each library also lists its files without a partner, with the reason.
        """
        caller = self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        self._searches.take(caller.email)
        found = self._benchling.libraries_of(ngs_run)
        answer = NgsRunSamplesResponse(
            ngs_run=found.name,
            instrument=found.instrument,
            completed_on=found.completed_on,
            total=len(found.libraries),
            unpaired_count=found.unpaired_count,
            samples=samples_of(found.libraries, sheet_names(found.libraries)),
        )
        return with_etag(request, answer)

    @Operation(
        "get_ngs_run_samplesheet",
        {200: Text("text/csv", _EXAMPLE_SHEET)},
        query=_sheet_query,
        errors=(BenchlingError, ConflictError, TooLargeError, TooManyRequestsError),
        etag=True,
    )
    def samplesheet(self, request: Request, ngs_run: str) -> Response:
        """A samplesheet for nf-core/scrnaseq with the libraries of an NGS run, ready to submit.

        It has one row per lane with both reads. The header X-Unpaired-Files is the number of files omitted because they
        have no partner. The answer is 409 if no valid samplesheet can be made.
        """
        caller = self._identify(request.headers)
        query = read_query(request.args.items(multi=True), _sheet_query)
        self._searches.take(caller.email)
        release = self._registry.get_pipeline(PIPELINE, query.version)
        found = self._benchling.libraries_of(ngs_run)
        if query.complete:
            _require_complete(found)
        sheet = sheet_of(found.libraries)
        if faults := read_sample_sheet(sheet, release).faults:
            raise ConflictError(f"no samplesheet can be made from this NGS run: {faults[0].message}")
        headers = {LEFT_OUT_HEADER: str(found.unpaired_count)}
        return with_etag(request, sheet.encode(), headers, content_type=SHEET_TYPE)

    @Operation(
        "get_benchling_metadata",
        {200: BenchlingMetadata},
        query=no_parameters,
        errors=(BenchlingError,),
        etag=True,
    )
    def metadata(self, request: Request) -> Response:
        """Names of projects, instruments, kits and methods.

        They are at most five minutes old, or marked as stale while Benchling does not answer.
        """
        self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        known = self._benchling.known_names()
        answer = BenchlingMetadata.model_validate({**known.names, "as_of": known.as_of, "stale": known.is_stale})
        return with_etag(request, answer)


def _require_complete(found: NgsRunLibraries) -> None:
    if found.unpaired_count:
        first = next(file for library in found.libraries for file in library.reads.unpaired)
        example = f"{first.path or 'a file'}: {first.reason}"
        raise ConflictError(f"{found.unpaired_count} files of this NGS run have no partner, for example {example}")
    if empty := [library.name for library in found.libraries if not library.reads.lanes]:
        raise ConflictError(f"{len(empty)} libraries of this NGS run have no reads, for example {empty[0]}")
