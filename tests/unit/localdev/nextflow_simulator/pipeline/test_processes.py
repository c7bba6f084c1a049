from localdev.nextflow_simulator.pipeline import processes
from localdev.nextflow_simulator.pipeline.processes import ALIGNERS, Process


def known() -> list[Process]:
    own = [value for value in vars(processes).values() if isinstance(value, Process)]
    return own + [process for aligner in ALIGNERS.values() for process in (*aligner.index, aligner.count)]


def test_names_include_the_workflow() -> None:
    assert all(process.name.startswith("NFCORE_SCRNASEQ:SCRNASEQ:") for process in known())
    assert processes.FASTQC.short_name == "FASTQC"


def test_texts_need_only_the_tag() -> None:
    for process in known():
        assert process.command.format(tag="S1")
        assert process.output.format(tag="S1")
