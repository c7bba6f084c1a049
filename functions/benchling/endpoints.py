"""The addresses of what the laboratory has sequenced: NGS runs, their libraries, a samplesheet made of them."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Request, Response

from common.domain.runs.access import Caller
from common.domain.sequencing.ngs_run import NgsRunLibraries
from common.domain.sequencing.samplesheet import sheet_names, sheet_of
from common.errors import BenchlingError, ConflictError, TooLargeError
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
class _SheetWanted:
    version: str | None
    complete: bool


def _wanted_runs(query: Query) -> NgsRunFilter:
    return NgsRunFilter(
        name=query.text("name", longest=_LONGEST_NAME, about="A part of the NGS run's name, letter case aside."),
        instrument=query.text("instrument", longest=_LONGEST_NAME, about="The name of the sequencer."),
        project=query.text("project", longest=_LONGEST_NAME, about="A project that libraries on the run belong to."),
        completed_from=query.day("completed_from", about="Only runs that were completed on this day or later."),
        completed_to=query.day("completed_to", about="Only runs that were completed on this day or earlier."),
        page_size=query.integer("page_size", 25, low=1, high=100, about="How many NGS runs a page holds."),
        cursor=query.text("cursor", longest=_LONGEST_CURSOR, about="The next_cursor of the page before."),
    )


def _wanted_sheet(query: Query) -> _SheetWanted:
    about = "A version of nf-core/scrnaseq that the sheet is for; the default one when left out."
    return _SheetWanted(
        version=query.text("version", longest=20, about=about),
        complete=query.flag("complete", about="Answer 409 rather than a sheet that leaves unpaired files out."),
    )


class BenchlingEndpoints:
    """Whoever is signed in may read; `identify` turns the headers of a request into its caller.

    Names of NGS runs hold anything, slashes included: percent-encode them as one part of the path.
    """

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        benchling: BenchlingService,
        registry: PipelineRegistry,
        *,
        ready: Callable[[], None],
        project: str | None = None,
    ) -> None:
        self._identify = identify
        self._benchling = benchling
        self._registry = registry
        self.routes = Routes(
            {
                ("GET", "/api/benchling/runs"): self.list_runs,
                ("GET", "/api/benchling/runs/<anything:ngs_run>/samples"): self.samples,
                ("GET", "/api/benchling/runs/<anything:ngs_run>/samplesheet"): self.samplesheet,
                ("GET", "/api/benchling/metadata"): self.metadata,
            },
            ready=ready,
            project=project,
        )

    @Operation("list_ngs_runs", {200: NgsRunListResponse}, query=_wanted_runs, errors=(BenchlingError,), etag=True)
    def list_runs(self, request: Request) -> Response:
        """NGS runs that Benchling knows, newest first."""
        self._identify(request.headers)
        wanted = read_query(request.args.items(multi=True), _wanted_runs)
        page = self._benchling.list_runs(wanted)
        answer = NgsRunListResponse(
            runs=[NgsRunInfo.model_validate(run) for run in page.runs],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if wanted.cursor else 1,
            page_size=wanted.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer)

    @Operation(
        "get_ngs_run_samples",
        {200: NgsRunSamplesResponse},
        query=no_parameters,
        errors=(BenchlingError, TooLargeError),
        etag=True,
    )
    def samples(self, request: Request, ngs_run: str) -> Response:
        """The libraries of an NGS run, with their files paired by lane.

        Files without a partner are told with each library, and why they have none.
        """
        self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
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
        query=_wanted_sheet,
        errors=(BenchlingError, ConflictError, TooLargeError),
        etag=True,
    )
    def samplesheet(self, request: Request, ngs_run: str) -> Response:
        """A samplesheet for nf-core/scrnaseq, ready to be submitted, of the libraries of an NGS run.

        It has a row for each lane with both reads. How many files it leaves out for want of a partner stands in the
        header X-Unpaired-Files. 409 when it would have no row, or none that the pipeline takes.
        """
        self._identify(request.headers)
        wanted = read_query(request.args.items(multi=True), _wanted_sheet)
        release = self._registry.get_pipeline(PIPELINE, wanted.version)
        found = self._benchling.libraries_of(ngs_run)
        if wanted.complete:
            _require_complete(found)
        sheet = sheet_of(found.libraries)
        if faults := self._registry.read_samplesheet(PIPELINE, release.version, sheet).faults:
            raise ConflictError(f"no samplesheet can be made of this NGS run: {faults[0].message}")
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

        They are at most five minutes old, or marked stale: while Benchling is away, old ones are better than none.
        """
        self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        known = self._benchling.known_names()
        answer = BenchlingMetadata.model_validate({**known.names, "as_of": known.as_of, "stale": known.is_stale})
        return with_etag(request, answer)


def _require_complete(found: NgsRunLibraries) -> None:
    if found.unpaired_count:
        first = next(file for library in found.libraries for file in library.reads.unpaired)
        told = f"{first.path or 'a file'}: {first.reason}"
        raise ConflictError(f"{found.unpaired_count} files of this NGS run have no partner, such as {told}")
    if empty := [library.name for library in found.libraries if not library.reads.lanes]:
        raise ConflictError(f"{len(empty)} libraries of this NGS run have no reads, such as {empty[0]}")
