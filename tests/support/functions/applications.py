"""Functions as functions-framework loads them, several after one another in a process."""

import sys

import functions_framework
from flask import Flask
from starlette.applications import Starlette

from tools.pack_function.imports import ROOT


def application_of(function: str) -> Flask | Starlette:
    """The application of a function, with the environment of this moment.

    A deployed process makes one. Flask looks for a module with the function's name, and finds the folder `console` as
    one when an earlier application read the built page from it; that is a package without a file, which Flask refuses.
    """
    sys.modules.pop("console", None)
    application: Flask | Starlette = functions_framework.create_app(  # type: ignore[no-untyped-call]
        function, str(ROOT / "functions" / function / "main.py")
    )
    return application
