"""The vocabulary of the local warehouse: instruments, projects, kits, sample origins and difficult names."""

from typing import Final

INSTRUMENTS: Final = {
    "NB": ("NextSeq 2000", "NextSeq 1000/2000 P2 Reagents (100 Cycles) v3"),
    "NX": ("NovaSeq X Plus", "NovaSeq X Series 10B Reagent Kit (100 Cycle)"),
    "NV": ("NovaSeq 6000", "NovaSeq 6000 S4 Reagent Kit v1.5 (200 cycles)"),
    "MS": ('MiSeq i100 "old faithful"', "MiSeq Reagent Kit v3"),
}
PROJECTS: Final = (
    "blood-atlas", "marrow-aging", "liver atlas, second pass", "T cells: 100% exhausted", "Krebs' organoids",
    "perturb-seq pilot", "Zebrafisch-Entwicklung", "クローン造血",
)  # fmt: skip
KITS: Final = (
    "Chromium Next GEM Single Cell 3' Kit v3.1",
    "Chromium GEM-X Single Cell 3' Kit v4",
    "Chromium Next GEM Single Cell 5' Kit v2",
)
METHODS: Final = ("10x 3' v3.1", "10x 3' v4", "10x 5' v2")
ORIGINS: Final = (  # organism, tissue, cell line, perturbation, stem of library names
    ("Homo sapiens", "peripheral blood", None, None, "pbmc"),
    ("Homo sapiens", "bone marrow", None, None, "marrow"),
    ("Homo sapiens", None, "K562", "CRISPRi GATA1", "k562_gata1"),
    ("Homo sapiens", None, "HEK293T", "DMSO", "hek_dmso"),
    ("Homo sapiens", None, "THP-1", "LPS 100 ng/mL, 6 h", "thp1_lps"),
    ("Mus musculus", "liver", None, "high-fat diet", "liver_hfd"),
    ("Mus musculus", "spleen", None, None, "spleen"),
    ("Danio rerio", "whole embryo", None, "24 hpf", "embryo"),
)
# Difficult names of sequencing runs; each names one run of the warehouse.
ODD_RUN_NAMES: Final = (
    'NR-0007 "repeat"',
    "O'Brien's pilot",
    "top-up 50% of NB0012",
    "Zürich μRNA 細胞 🧬",
    "pool A/B 1/2",
    "100%_done_",
    "/scratch/run",
    '\'; DROP TABLE "ngs_run$raw"; --',
    "back\\slash",
    " leading and trailing ",
    "a%2Fb",
    "samples",
    "runs/x/samples",
    "tab\there",
    "question?and=hash#",
    "=1+1",
)
ODD_LIBRARY_NAMES: Final = ("donor 1 (50%)", 'Ana\'s "best"', "Zürich β-Zellen", "=pbmc", "donor-1 (50%)", "細胞")
