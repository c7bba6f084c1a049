"""Turns garbage collection off while a function starts; main.py imports this module first.

Collecting would take a tenth of a cold start and find nothing, because modules stay loaded. See gc.freeze in Python's
manual.
"""

import gc

gc.disable()


def finish() -> None:
    """Collect garbage from now on, except what was loaded before; called after each answer, works on the first."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
