"""What a program is made of is loaded once and stays: nothing of it is ever garbage.

Python looks for garbage again and again while modules are loaded, each time through all that is there by then, and once
more when it ends. For our programs that was nearly half of what a start costs.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded inside is not looked through for garbage, neither meanwhile nor later nor at the end."""
    is_watched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if is_watched:
            gc.enable()
