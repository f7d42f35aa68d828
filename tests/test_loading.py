"""Programs start without looking through all they are made of for garbage, and look for it afterwards."""

import subprocess
import sys

import pytest

STARTED = """
import gc
looks = []
gc.callbacks.append(lambda phase, told: looks.append(told["generation"]))
import {module}
gc.callbacks.clear()
print(2 in looks, gc.isenabled(), gc.get_freeze_count() > 50_000)
"""

NESTED = """
import gc
from plugin.loading import loading
with loading():
    with loading():
        pass
    print(gc.isenabled())
print(gc.isenabled())
"""


def told_by(program: str) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return ended.stdout.split()


@pytest.mark.parametrize("module", ["worker.__main__", "plugin.operate.lookout", "plugin.platforms.errands"])
def test_what_a_program_is_made_of_is_never_looked_through_for_garbage(module: str) -> None:
    assert told_by(STARTED.format(module=module)) == ["False", "True", "True"]


def test_nothing_is_looked_for_until_the_outermost_has_loaded() -> None:
    assert told_by(NESTED) == ["False", "True"]
