"""What ended each failed run of the corpus, as a person read it in the file before the rules were written.

A label is the task that stopped the run (None if no task did) and the class of the cause. A script that Nextflow cannot
find counts as `script_error`, a request that no machine can fulfil as `config_error`, a session that another Nextflow
holds as `internal_error`. If Nextflow says that it does not know the reason, or names only an effect, the label is
`unknown`.
"""

from common.domain.diagnosis.causes import CauseClass

LABELS: dict[str, tuple[str | None, CauseClass]] = {
    "Bit-Bio__nextflow-circleseq-tsailab__3.nextflow.log": ("all_standard (1)", CauseClass.MISSING_OUTPUT),
    "Bit-Bio__nextflow-circleseq-tsailab__4.nextflow.log": ("all_standard (1)", CauseClass.COMMAND_FAILED),
    "Bit-Bio__nextflow-circleseq-tsailab__7.nextflow.log": ("identify_v (1)", CauseClass.COMMAND_FAILED),
    "BovReg__BovReg_eQTL__2.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "BovReg__BovReg_eQTL__5.nextflow.log": ("PAIREDEND_END_READS:trimmomatic (7)", CauseClass.MISSING_INPUT),
    "BovReg__BovReg_eQTL__7.nextflow.log": ("PAIREDEND_END_READS:fastqc_PE (9)", CauseClass.MISSING_INPUT),
    "BovReg__BovReg_eQTL__16.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "Channing-Zeng__my-nextflow__13.nextflow.log": ("foo", CauseClass.COMMAND_FAILED),
    "Channing-Zeng__my-nextflow__14.nextflow.log": (None, CauseClass.CONFIG_ERROR),
    "Channing-Zeng__my-nextflow__15.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "Dr-Bhavya__single-cell-transcriptomics-pipeline__1.nextflow.log": (
        "SEURAT_CELL_QC (1)",
        CauseClass.OUT_OF_MEMORY,
    ),
    "Dr-Bhavya__single-cell-transcriptomics-pipeline__2.nextflow.log": (
        "SEURAT_CELL_QC (1)",
        CauseClass.COMMAND_FAILED,
    ),
    "Dr-Bhavya__single-cell-transcriptomics-pipeline__4.nextflow.log": (
        "SEURAT_CELL_QC (1)",
        CauseClass.COMMAND_FAILED,
    ),
    "Frederik-Lutz__Internship__2.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "GenEpi-psych-UMG__Two_Step_Imputation__1.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "GenomicsAotearoa__nextflow-training__3.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "GenomicsAotearoa__nextflow-training__5.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "GenomicsAotearoa__nextflow-training__12.nextflow.log": ("runMegahitAssembler (1)", CauseClass.COMMAND_FAILED),
    "Katsevich-Lab__pc-grna-pipeline__3.nextflow.log": ("combine_results", CauseClass.MISSING_OUTPUT),
    "Katsevich-Lab__pc-grna-pipeline__4.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "Katsevich-Lab__pc-grna-pipeline__7.nextflow.log": (
        "run_method (schraivogel/enhancer_screen_chr11/gene+mimosca)",
        CauseClass.CONFIG_ERROR,
    ),
    "McClain-Thiel__plasmid_llm_analysis__6.nextflow.log": (
        "QC:BLAST_ORI (UCL_CSSB_PlasmidGPT_GFP_cassette)",
        CauseClass.SCRIPT_ERROR,
    ),
    "McClain-Thiel__plasmid_llm_analysis__8.nextflow.log": (None, CauseClass.INTERNAL_ERROR),
    "PHemarajata__localpoppunk__6.nextflow.log": ("VALIDATE_FASTA (validate_fasta)", CauseClass.UNKNOWN),
    "PHemarajata__localpoppunk__8.nextflow.log": ("POPPUNK_QC (poppunk_qc)", CauseClass.COMMAND_FAILED),
    "ParkMinYoung__nextflow_jumpup__3.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "ParkMinYoung__nextflow_jumpup__5.nextflow.log": ("DOCKER_LIST (T: AAA, S: 200)", CauseClass.COMMAND_FAILED),
    "olgabot__nextflow-each-metadata-error__2.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "olgabot__nextflow-each-metadata-error__3.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "olgabot__nextflow-each-metadata-error__4.nextflow.log": ("test_each (4)", CauseClass.MISSING_OUTPUT),
    "olgabot__nextflow-test-aws__2.nextflow.log": ("splitLetters", CauseClass.CONFIG_ERROR),
    "rec3141__microscape__1.nextflow.log": (None, CauseClass.SCRIPT_ERROR),
    "rec3141__microscape__3.nextflow.log": (
        "DADA2_LEARN_ERRORS (16S-Plate1Pool-Rep1)",
        CauseClass.INTERNAL_ERROR,
    ),
    "vpeddu__aPOMP__1.nextflow.log": ("Host_depletion_nanopore (1)", CauseClass.UNKNOWN),
    "vpeddu__aPOMP__7.nextflow.log": ("Kraken_prefilter_nanopore (1)", CauseClass.MISSING_OUTPUT),
    "zh-locale__25.10.2__readme-paste.nextflow.log": (
        "batch_effect_check_plot (Batch effect check plot)",
        CauseClass.COMMAND_FAILED,
    ),
}
