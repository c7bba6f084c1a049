"""Runs each bench in a process of its own: what one leaves behind, or dies of, does not touch the next."""

import importlib
import multiprocessing
import traceback
from concurrent.futures import ProcessPoolExecutor

from bench.harness.figures import Figure


def figures_of(bench: str) -> list[Figure]:
    """The figures of the bench in this module; whatever it raises."""
    figures: list[Figure] = importlib.import_module(bench).measure()
    return figures


def measured(bench: str) -> list[Figure]:
    """The figures of the bench in this module, run in a process of its own; none, and why on stderr, when it breaks."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        outcome = pool.submit(figures_of, bench)
    if error := outcome.exception():
        traceback.print_exception(error)
        return []
    return outcome.result()
