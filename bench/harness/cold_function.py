"""Starts one function as a deployment does, with the imports that only a deployment has: cold_function.py OPTION…

Locally the database is at an address; in Google Cloud the connector finds it, which costs its import.
"""

import importlib
import sys
from pathlib import Path

CONNECTOR = "google.cloud.sql.connector"


def main() -> None:
    """Hand on to functions-framework, whose options these are."""
    source = Path(sys.argv[sys.argv.index("--source") + 1])
    requirements = source.with_name("requirements.txt")
    if requirements.exists() and "cloud-sql-python-connector" in requirements.read_text(encoding="utf-8"):
        importlib.import_module(CONNECTOR)
    cli = importlib.import_module("functions_framework._cli")
    cli._cli()  # noqa: SLF001 what its own program calls


if __name__ == "__main__":
    main()
