"""Lets a function start without collecting garbage, which takes a tenth of a cold start. main.py imports it first.

What has been loaded stays, so looking through it for garbage finds nothing, each time anew; Python's manual of the
module gc, "freeze".
"""

import gc

gc.disable()


def over() -> None:
    """With the first answer: collect garbage from now on, but never look at what is there already."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
