"""What `make` does where machines differ: whose Node.js it takes, and by what it installs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("oldest", "is_taken"), [("20", True), ("999", False)])
def test_the_machines_own_node_is_taken_when_it_is_new_enough(oldest: str, *, is_taken: bool) -> None:
    asked = re.search(r"node -e '(.+?)' &&", (ROOT / "Makefile").read_text())
    assert asked
    question = asked[1].replace("$$", "$").replace("< 20", f"< {oldest}")
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    assert node, "Node.js comes with `make install`"
    ended = subprocess.run([node, "-e", question], capture_output=True, text=True)
    assert (ended.returncode == 0, ended.stderr) == (is_taken, "")


@pytest.mark.parametrize("uv", ["works", "fails", "is not there"])
def test_pip_installs_what_uv_does_not(tmp_path: Path, uv: str) -> None:
    def program(name: str, code: int) -> None:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho {name} "$@"\nexit {code}\n')
        path.chmod(0o755)

    program("python", 0)
    if uv != "is not there":
        program("uv", 0 if uv == "works" else 2)
    makefile = f"include {ROOT / 'Makefile'}\nprobe:\n\t@$(call locked,$(BIN)/python,some.lock)\n"
    command = ["make", "--no-print-directory", "-f", "-", f"VENV={tmp_path}", "probe"]
    said = subprocess.run(
        command, input=makefile, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    by_uv, by_pip = "uv pip install" in said, "python -m pip" in said
    assert (by_uv, by_pip) == (uv != "is not there", uv != "works")
    for line in said.splitlines():
        assert "--require-hashes --no-deps" in line
        assert line.endswith("-r some.lock")
