"""The processes of nf-core/scrnaseq 2.7.1: names, commands, simulated durations and resources."""

from dataclasses import dataclass

_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process; `{tag}` in `command` and `output` is replaced by the tag of a task."""

    name: str  # including its subworkflows
    seconds: float  # at speed 1
    command: str
    output: str  # path of its result, relative to the output directory
    container: str
    cpus: int = 6
    memory: int = 36 * _GIB
    hours: int = 8  # the longest that a first attempt may run
    label: str = "process_medium"  # of nf-core's base.config, which sets CPUs, memory and time by label
    tagged_by_genome: bool = False

    @property
    def short_name(self) -> str:
        return self.name.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligner:
    """The processes that a value of the parameter `aligner` selects."""

    index: tuple[Process, ...]
    index_param: str  # the parameter that supplies a prebuilt index
    count: Process
    after_count: tuple[Process, ...] = ()


def _process(name: str, seconds: float, command: str, output: str, container: str, size: str = "medium") -> Process:
    cpus, gib, hours = {"single": (1, 6, 4), "low": (2, 12, 4), "medium": (6, 36, 8), "high": (12, 72, 16)}[size]
    return Process(
        name=f"NFCORE_SCRNASEQ:SCRNASEQ:{name}",
        seconds=seconds,
        command=command,
        output=output,
        container=container,
        cpus=cpus,
        memory=gib * _GIB,
        hours=hours,
        label=f"process_{size}",
        tagged_by_genome=name.endswith(("GENOMEGENERATE", "MKREF", "_REF")),
    )


_ALPINE, _SIMPLEAF = "ubuntu:22.04", "quay.io/biocontainers/simpleaf:0.10.0--h9f5acd7_1"
_STAR, _KB = "quay.io/biocontainers/star:2.7.10b--h9ee0642_0", "quay.io/biocontainers/kb-python:0.28.2--pyhdfd78af_2"
_CELLRANGER, _SCANPY = "nf-core/cellranger:8.0.0", "quay.io/biocontainers/scanpy:1.7.2--pyhdfd78af_0"

GUNZIP_FASTA = _process("GUNZIP_FASTA", 0.3, "gunzip -f {tag}", "reference/{tag}", _ALPINE, "single")
GUNZIP_GTF = _process("GUNZIP_GTF", 0.3, "gunzip -f {tag}", "reference/{tag}", _ALPINE, "single")
GTF_GENE_FILTER = _process(
    "GTF_GENE_FILTER", 0.4, "filter_gtf_for_genes_in_genome.py --gtf genes.gtf --fasta {tag} -o {tag}_genes.gtf",
    "reference/{tag}_genes.gtf", "quay.io/biocontainers/python:3.9--1", "low",
)  # fmt: skip
FASTQC = _process(
    "FASTQC_CHECK:FASTQC", 0.7, "fastqc --quiet --threads 6 --memory 6144 {tag}_1.fastq.gz {tag}_2.fastq.gz",
    "fastqc/{tag}_1_fastqc.html", "quay.io/biocontainers/fastqc:0.12.1--hdfd78af_0",
)  # fmt: skip
EMPTYDROPS = _process(
    "EMPTYDROPS_CELL_CALLING", 0.5, "emptydrops_cell_calling.R quants_mat.mtx rows.txt cols.txt emptydrops_filtered 0",
    "emptydrops/{tag}/matrix.mtx.gz", "quay.io/biocontainers/bioconductor-dropletutils:1.18.0--r42hf17093f_1",
)  # fmt: skip
MTX_TO_H5AD = _process(
    "MTX_CONVERSION:MTX_TO_H5AD", 0.4, "mtx_to_h5ad.py --sample {tag} --out {tag}_matrix.h5ad",
    "mtx_conversions/{tag}/{tag}_matrix.h5ad", _SCANPY,
)  # fmt: skip
MTX_TO_SEURAT = _process(
    "MTX_CONVERSION:MTX_TO_SEURAT", 0.4, "mtx_to_seurat.R matrix.mtx.gz barcodes.tsv.gz features.tsv.gz {tag}.rds",
    "mtx_conversions/{tag}/{tag}_matrix.rds", "nf-core/seurat:4.3.0",
)  # fmt: skip
CONCAT_H5AD = _process(
    "MTX_CONVERSION:CONCAT_H5AD", 0.4, "concat_h5ad.py --input samplesheet.csv --out combined_matrix.h5ad",
    "mtx_conversions/combined_matrix.h5ad", _SCANPY,
)  # fmt: skip
MULTIQC = _process(
    "MULTIQC", 0.5, "multiqc --force --config multiqc_config.yml .", "multiqc/multiqc_report.html",
    "quay.io/biocontainers/multiqc:1.21--pyhdfd78af_0", "single",
)  # fmt: skip

_SIMPLEAF_INDEX = _process(
    "SCRNASEQ_ALEVIN:SIMPLEAF_INDEX", 0.8, "simpleaf index --threads 6 --fasta genome.fa --gtf {tag} -o salmon",
    "alevin/index/salmon.json", _SIMPLEAF,
)  # fmt: skip
_SIMPLEAF_QUANT = _process(
    "SCRNASEQ_ALEVIN:SIMPLEAF_QUANT", 4.0, "simpleaf quant -1 {tag}_1.fastq.gz -2 {tag}_2.fastq.gz -i index -r cr-like",
    "alevin/{tag}_alevin_results/quants_mat.mtx", _SIMPLEAF, "high",
)  # fmt: skip
_ALEVINQC = _process(
    "SCRNASEQ_ALEVIN:ALEVINQC", 0.4, "alevinFryQCReport {tag}_alevin_results {tag}",
    "alevinqc/alevin_report_{tag}.html", "quay.io/biocontainers/bioconductor-alevinqc:1.12.1--r41h9f5acd7_0",
)  # fmt: skip
_STAR_INDEX = _process(
    "STARSOLO:STAR_GENOMEGENERATE", 1.2, "STAR --runMode genomeGenerate --genomeDir star --genomeFastaFiles {tag}",
    "star/genome_generate/SA", _STAR, "high",
)  # fmt: skip
_STAR_ALIGN = _process(
    "STARSOLO:STAR_ALIGN", 4.0, "STAR --genomeDir star --readFilesIn {tag}_2.fastq.gz {tag}_1.fastq.gz",
    "star/{tag}/{tag}.Log.final.out", _STAR, "high",
)  # fmt: skip
_KB_REF = _process(
    "KALLISTO_BUSTOOLS:KALLISTOBUSTOOLS_REF", 1.0, "kb ref -i kb_ref_out.idx -g t2g.txt -f1 cdna.fa {tag} genes.gtf",
    "kallisto/kb_ref_out.idx", _KB,
)  # fmt: skip
_KB_COUNT = _process(
    "KALLISTO_BUSTOOLS:KALLISTOBUSTOOLS_COUNT", 1.3, "kb count -i kb_ref_out.idx -g t2g.txt -o {tag}.count {tag}_*.gz",
    "kallisto/{tag}.count/counts_unfiltered/cells_x_genes.mtx", _KB,
)  # fmt: skip


def _cellranger(workflow: str, family: str, count: str) -> Aligner:
    """Cell Ranger and its variants: the same three steps under different names."""
    mkgtf = _process(
        f"{workflow}:{family}_MKGTF", 0.4, "cellranger mkgtf {tag} filtered.gtf", "cellranger/mkgtf/{tag}",
        _CELLRANGER, "low",
    )  # fmt: skip
    mkref = _process(
        f"{workflow}:{family}_MKREF", 1.0, "cellranger mkref --genome=cellranger_reference --fasta={tag}",
        "cellranger/mkref/reference.json", _CELLRANGER, "high",
    )  # fmt: skip
    counts = _process(
        f"{workflow}:{count}", 1.8, "cellranger count --id={tag} --fastqs=fastq_all",
        "cellranger/count/{tag}/outs/web_summary.html", _CELLRANGER, "high",
    )  # fmt: skip
    return Aligner(index=(mkgtf, mkref), index_param="cellranger_index", count=counts)


ALIGNERS = {
    "alevin": Aligner(
        index=(_SIMPLEAF_INDEX,), index_param="salmon_index", count=_SIMPLEAF_QUANT, after_count=(_ALEVINQC,)
    ),
    "star": Aligner(index=(_STAR_INDEX,), index_param="star_index", count=_STAR_ALIGN),
    "kallisto": Aligner(index=(_KB_REF,), index_param="kallisto_index", count=_KB_COUNT),
    "cellranger": _cellranger("CELLRANGER_ALIGN", "CELLRANGER", "CELLRANGER_COUNT"),
    "cellrangerarc": _cellranger("CELLRANGERARC_ALIGN", "CELLRANGERARC", "CELLRANGERARC_COUNT"),
    "cellrangermulti": _cellranger("CELLRANGER_MULTI_ALIGN", "CELLRANGER", "CELLRANGER_MULTI"),
    "universc": _cellranger("UNIVERSC_ALIGN", "CELLRANGER", "UNIVERSC"),
}
