"""Starts one function with the imports of a deployment: cold_function.py OPTION…

A deployed function imports the Cloud SQL connector, which a local one with DATABASE_URL does not need. It does so for
its first connection, when common/startup.py has turned garbage collection off.
"""

import gc
import importlib
import sys
from pathlib import Path

CONNECTOR = "google.cloud.sql.connector"


def main() -> None:
    """Start functions-framework with the options of the command line."""
    source = Path(sys.argv[sys.argv.index("--source") + 1])
    requirements = source.with_name("requirements.txt")
    if requirements.exists() and "cloud-sql-python-connector" in requirements.read_text(encoding="utf-8"):
        gc.disable()
        importlib.import_module(CONNECTOR)
        gc.enable()
    cli = importlib.import_module("functions_framework._cli")
    cli._cli()  # noqa: SLF001 as its own program does


if __name__ == "__main__":
    main()
