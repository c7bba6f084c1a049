"""The tables of the local Benchling warehouse: their columns as in Benchling, and their indexes.

The names are those of common/services/benchling/statements/mapping.json; docs/benchling.md explains each table.
Tables named `…$raw` also have archived rows.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SYSTEM: Final = {
    "id": "text PRIMARY KEY",
    "name$": "text NOT NULL",
    "created_at$": "timestamptz NOT NULL",
    "modified_at$": "timestamptz NOT NULL",
    "archived$": "boolean NOT NULL DEFAULT false",
}

RUN, INSTRUMENT, OUTPUT = "ngs_run$raw", "ngs_instrument$raw", "ngs_run_output_v2$raw"
RUN_POOLING, POOL, LIBRARY_POOLING = "ngs_run_pooling_v2$raw", "pooled_sample$raw", "ngs_library_pooling_v2$raw"
LIBRARY, PROJECT, READ_FILE = "library_prep_sample$raw", "project_tag$raw", "ngs_run_output_sample$raw"
METADATA = "ngs_library_metadata_v2$raw"

# Table → its columns after the system columns, in the order of the generated rows.
OWN_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        INSTRUMENT: {},
        PROJECT: {},
        RUN: {"instrument": "text", "sequencing_reagent_kit": "text"},
        OUTPUT: {"ngs_run": "text", "completion_date": "date", "link_to_sequencing_data": "text"},
        POOL: {},
        RUN_POOLING: {"ngs_run": "text", "ngs_library_pool": "text"},
        LIBRARY: {"sample_id": "text", "project": "text", "lib_prep_kit_used": "text", "lib_prep_method": "text"},
        LIBRARY_POOLING: {"source": "text", "destination": "text"},
        READ_FILE: {
            "ngs_run": "text",
            "ngs_library": "text",
            "read": "text",
            "link_to_fastq_file": "text",
            "sequenced_number_of_molecules": "bigint",
            "q30_percent": "double precision",
        },
        METADATA: {
            "ngs_library": "text",
            "organism": "text",
            "tissue": "text",
            "cell_line": "text",
            "perturbation": "text",
            "replicate": "text",
        },
    }
)
# Table and columns of each index besides the one on id. docs/benchling.md says which statement needs which.
INDEXES: Final = (
    (RUN, "name$"),
    (RUN, "created_at$", "id"),
    (OUTPUT, "ngs_run"),
    (RUN_POOLING, "ngs_run"),
    (RUN_POOLING, "ngs_library_pool"),
    (LIBRARY, "project"),
    (LIBRARY_POOLING, "source"),
    (LIBRARY_POOLING, "destination"),
    (READ_FILE, "ngs_run"),
    (READ_FILE, "ngs_library"),
    (METADATA, "ngs_library"),
)


def columns_of(table: str) -> dict[str, str]:
    """All columns of a table in order, with their types."""
    return {**_SYSTEM, **OWN_COLUMNS[table]}


def table_statements() -> list[str]:
    """The statements that create the tables, without their indexes."""
    return [f'CREATE TABLE "{table}" ({_definitions(table)})' for table in OWN_COLUMNS]


def index_statements() -> list[str]:
    return [f'CREATE INDEX ON "{table}" ({", ".join(map(_quoted, columns))})' for table, *columns in INDEXES]


def _definitions(table: str) -> str:
    return ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns_of(table).items())


def _quoted(name: str) -> str:
    return f'"{name}"'
