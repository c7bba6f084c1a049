"""The plan of nf-core/scrnaseq 2.7.1: the tasks for given samples and parameters, with their dependencies.

Process names, tags and dependencies are those of the pipeline.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from localdev.nextflow_simulator.inputs import InputError, Params, Sample
from localdev.nextflow_simulator.pipeline import processes as scrnaseq
from localdev.nextflow_simulator.pipeline.processes import ALIGNERS, Process

PIPELINE = "nf-core/scrnaseq"
_GENOME_PARAMS = ("genome", "fasta", "gtf")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """A task of the plan. Its `inputs` and those of the tasks before it decide whether a result can be reused."""

    key: str
    process: Process
    tag: str  # empty when the process has none
    label: str  # the text in brackets after the process name; may be empty
    after: tuple[str, ...]  # keys of the tasks whose results it reads
    inputs: tuple[str, ...]
    stages_sheet: bool = False  # it reads the samplesheet, which Nextflow copies to the work directory

    @property
    def name(self) -> str:
        return f"{self.process.name} ({self.label})" if self.label else self.process.name


def plan_of(samples: Sequence[Sample], params: Params, sheet: str = "") -> tuple[TaskPlan, ...]:
    """All tasks, in an order that respects the dependencies; `sheet` identifies the samplesheet. Raises InputError."""
    return tuple(_Plan(samples, params, sheet).tasks())


class _Plan:
    def __init__(self, samples: Sequence[Sample], params: Params, sheet: str) -> None:
        self._samples, self._params, self._sheet = samples, params, sheet
        aligner = str(params.get("aligner") or "alevin")
        if aligner not in ALIGNERS:
            raise InputError(f"The aligner {aligner!r} is not one of {', '.join(ALIGNERS)}.")
        self._aligner = ALIGNERS[aligner]
        self._genome = PurePosixPath(str(params.get("fasta") or f"{params.get('genome') or 'genome'}.fa")).name
        self._gtf = PurePosixPath(str(params.get("gtf") or "genes.gtf")).name
        self._reports: list[str] = []  # keys of the tasks that MultiQC reads
        self._matrices: list[TaskPlan] = []

    def tasks(self) -> Iterator[TaskPlan]:
        """The tasks of the reference, then of each sample, then those that combine all samples."""
        reference = list(self._reference())
        yield from reference
        for sample in self._samples:
            yield from self._of_sample(sample, tuple(task.key for task in reference[-1:]))
        matrices = [task.key for task in self._matrices]
        yield self._task(scrnaseq.CONCAT_H5AD, after=matrices, label="1", inputs=[self._sheet])
        if not self._params.get("skip_multiqc"):
            yield self._task(scrnaseq.MULTIQC, after=self._reports)

    def _reference(self) -> Iterator[TaskPlan]:
        """The tasks that unpack, filter and index the reference; alignment depends on the last one."""
        unpacked = []
        for process, file in ((scrnaseq.GUNZIP_FASTA, self._genome), (scrnaseq.GUNZIP_GTF, self._gtf)):
            if file.endswith(".gz"):
                unpacked.append(self._task(process, tag=file, uses=_GENOME_PARAMS))
        yield from unpacked
        before = self._task(
            scrnaseq.GTF_GENE_FILTER,
            tag=self._genome.removesuffix(".gz"),
            after=[task.key for task in unpacked],
            uses=_GENOME_PARAMS,
        )
        yield before
        for process in self._aligner.index if not self._params.get(self._aligner.index_param) else ():
            tag = self._genome if process.tagged_by_genome else PurePosixPath(self._genome).stem + "_genes.gtf"
            before = self._task(process, tag=tag, after=[before.key], uses=_GENOME_PARAMS)
            yield before

    def _of_sample(self, sample: Sample, reference: tuple[str, ...]) -> Iterator[TaskPlan]:
        reads = [path for lane in sample.lanes for path in lane]
        if not self._params.get("skip_fastqc"):
            yield self._report(self._task(scrnaseq.FASTQC, tag=sample.name, inputs=reads))
        uses = ("aligner", "protocol", "barcode_whitelist", self._aligner.index_param)
        count = self._task(self._aligner.count, tag=sample.name, after=reference, inputs=reads, uses=uses)
        yield self._report(count)
        for process in self._aligner.after_count:
            yield self._task(process, tag=sample.name, after=[count.key])
        yield from self._matrices_of(sample, count)

    def _matrices_of(self, sample: Sample, count: TaskPlan) -> Iterator[TaskPlan]:
        sources = [(count, "raw")]
        if not self._params.get("skip_emptydrops"):
            filtered = self._task(scrnaseq.EMPTYDROPS, tag=sample.name, after=[count.key])
            yield filtered
            sources.append((filtered, "emptydrops"))
        for source, kind in sources:  # twice the same process and tag: task names are not unique in this pipeline
            for process in (scrnaseq.MTX_TO_H5AD, scrnaseq.MTX_TO_SEURAT):
                task = self._task(process, tag=sample.name, after=[source.key], variant=kind)
                yield task
                if process is scrnaseq.MTX_TO_H5AD:
                    self._matrices.append(task)

    def _report(self, task: TaskPlan) -> TaskPlan:
        self._reports.append(task.key)
        return task

    def _task(
        self,
        process: Process,
        *,
        tag: str = "",
        label: str = "",
        after: Iterable[str] = (),
        inputs: Iterable[str] = (),
        uses: Iterable[str] = (),
        variant: str = "",
    ) -> TaskPlan:
        values = tuple(f"{name}={self._params[name]}" for name in uses if self._params.get(name) is not None)
        return TaskPlan(
            key=f"{process.name}|{tag}|{variant}",
            process=process,
            tag=tag,
            label=tag or label,
            after=tuple(after),
            inputs=(*inputs, *values, variant),
            stages_sheet=process is scrnaseq.CONCAT_H5AD,
        )
