import pytest

from localdev.nextflow_simulator.inputs import InputError, Params, Sample
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.pipeline.processes import ALIGNERS

SAMPLES = (Sample("A", (("a1", "a2"),)), Sample("B", (("b1", "b2"),)))


def short_names(params: Params) -> list[str]:
    return [task.process.short_name for task in plan_of(SAMPLES, params)]


@pytest.mark.parametrize("aligner", ALIGNERS)
def test_every_aligner_counts_each_sample_once(aligner: str) -> None:
    names = short_names({"aligner": aligner})

    assert names.count(ALIGNERS[aligner].count.short_name) == len(SAMPLES)


@pytest.mark.parametrize("aligner", ALIGNERS)
def test_tasks_come_after_their_dependencies(aligner: str) -> None:
    known: set[str] = set()
    for task in plan_of(SAMPLES, {"aligner": aligner}):
        assert known >= set(task.after)
        assert task.key not in known
        known.add(task.key)


def test_the_default_aligner_is_alevin() -> None:
    assert "SIMPLEAF_QUANT" in short_names({})


@pytest.mark.parametrize(
    ("params", "absent"),
    [
        ({"skip_fastqc": True}, "FASTQC"),
        ({"skip_emptydrops": True}, "EMPTYDROPS_CELL_CALLING"),
        ({"skip_multiqc": True}, "MULTIQC"),
        ({"salmon_index": "gs://b/index"}, "SIMPLEAF_INDEX"),
    ],
)
def test_parameters_can_skip_processes(params: Params, absent: str) -> None:
    assert absent in short_names({})
    assert absent not in short_names(params)


def test_compressed_references_are_unpacked_first() -> None:
    names = short_names({"fasta": "gs://b/genome.fa.gz", "gtf": "gs://b/genes.gtf.gz"})

    assert names[:3] == ["GUNZIP_FASTA", "GUNZIP_GTF", "GTF_GENE_FILTER"]


def test_an_unknown_aligner_is_refused() -> None:
    with pytest.raises(InputError, match="simpleaf"):
        plan_of(SAMPLES, {"aligner": "simpleaf"})
