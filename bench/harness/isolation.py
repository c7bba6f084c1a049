"""Runs each bench in its own process, so that its state or crash does not affect the next."""

import importlib
import multiprocessing
import traceback
from concurrent.futures import ProcessPoolExecutor

from bench.harness.figures import Figure


def figures_of(bench: str) -> list[Figure]:
    """The figures of the bench in this module. Raises what the bench raises."""
    figures: list[Figure] = importlib.import_module(bench).measure()
    return figures


def measured(bench: str) -> list[Figure]:
    """The figures of the bench in this module, run in its own process; none if it fails, with the error on stderr."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        outcome = pool.submit(figures_of, bench)
    if error := outcome.exception():
        traceback.print_exception(error)
        return []
    return outcome.result()
