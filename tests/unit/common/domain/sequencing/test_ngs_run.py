"""An NGS run counts its unpaired files."""

from common.domain.sequencing.ngs_run import NgsRunLibraries
from common.domain.sequencing.read_pairs import FastqFile, pair_reads
from tests.unit.common.domain.sequencing.test_samplesheet import library


def test_files_without_a_partner_are_counted_over_all_libraries() -> None:
    libraries = [library("a", "a_R1.fastq.gz"), library("b", "b_R1.fastq.gz", "b_R2.fastq.gz"), library("c", "c.bam")]
    assert pair_reads([FastqFile(path="c.bam")]).unpaired == libraries[2].reads.unpaired
    assert NgsRunLibraries(name="x", instrument=None, completed_on=None, libraries=libraries).unpaired_count == 2
