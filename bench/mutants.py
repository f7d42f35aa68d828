"""Small faults put into a module on purpose, to see which of them its own tests notice.

    python -m bench.mutants plugin/safety/reports.py tests/test_reports.py tests/test_safety.py
    python -m bench.mutants --faults 20 --seed 2 plugin/people/visibility.py tests/test_safety.py

A fault is one change of the module's syntax: a comparison turned, a number changed, `not` put before a condition, `and`
and `or` swapped, a raise or another statement left out. Each is tried in a copy of the project, with the tests of the
module alone, up to the first that fails. What is printed are the survivors: each is a test that is missing, or makes
no difference.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv*", "node_modules", "__pycache__", "build", ".*_cache", ".import_linter_cache"
)
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
CONDITIONS = (ast.If, ast.While, ast.IfExp, ast.Assert)
STATEMENTS = (ast.Raise, ast.Expr, ast.AugAssign, ast.Delete)
SLOWEST_SECONDS = 300.0


@dataclass(frozen=True)
class Fault:
    line: int
    before: str
    after: str
    source: str  # of the whole module with the fault in it


def faults_of(source: str) -> list[Fault]:
    """Every fault that can be put into a module, each alone."""
    tree = ast.parse(source)
    inner = [node for node in ast.walk(tree) if not _is_text(node)]
    return [fault for number in range(len(inner)) for fault in _at(tree, number)]


def _is_text(node: ast.AST) -> bool:
    """Docstrings do nothing, so there is nothing to break in them."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _at(tree: ast.Module, number: int) -> Iterator[Fault]:
    """The faults of one node of the tree."""
    node = [each for each in ast.walk(tree) if not _is_text(each)][number]
    for change in range(len(_changes(node))):
        changed = copy.deepcopy(tree)
        target = [each for each in ast.walk(changed) if not _is_text(each)][number]
        before = ast.unparse(target)
        after = _changes(target)[change]
        parent = _Replace(target, after)
        yield Fault(
            getattr(node, "lineno", 0),
            before.splitlines()[0],
            ast.unparse(after).splitlines()[0] if ast.unparse(after) else "",
            ast.unparse(ast.fix_missing_locations(parent.visit(changed))),
        )


def _changes(node: ast.AST) -> list[ast.AST]:
    """What may stand in a node's place."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        turned = copy.copy(node)
        turned.ops = [TURNED[type(node.ops[0])](), *node.ops[1:]]
        return [turned]
    if isinstance(node, ast.BoolOp):
        swapped = copy.copy(node)
        swapped.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return [swapped]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return [ast.Constant(not node.value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return [ast.Constant(node.value + 1)]
    if isinstance(node, CONDITIONS):
        turned_round = copy.copy(node)
        turned_round.test = ast.UnaryOp(ast.Not(), node.test)
        return [turned_round]
    # Without the assignment of a name, whatever reads it fails: no fault worth a try. Of an attribute it may go unseen.
    is_kept = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    return [ast.Pass()] if is_kept or isinstance(node, STATEMENTS) else []


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def is_noticed(folder: Path, module: str, fault: Fault, tests: list[str]) -> bool:
    """Whether the tests fail with the fault in the copy of the project."""
    path = folder / module
    whole = path.read_text(encoding="utf-8")
    path.write_text(fault.source, encoding="utf-8")
    try:
        return not passes(folder, tests)
    finally:
        path.write_text(whole, encoding="utf-8")


def passes(folder: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environ = os.environ | {"PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environ, timeout=SLOWEST_SECONDS, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("module")
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    known = faults_of((ROOT / wish.module).read_text(encoding="utf-8"))
    chosen = random.Random(wish.seed).sample(known, min(wish.faults, len(known)))
    with tempfile.TemporaryDirectory(prefix="mosaic-mutants-") as place:
        folder = Path(place) / "project"
        shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)
        if not passes(folder, wish.tests):
            sys.exit("The tests fail without any fault.")
        began, survivors = time.monotonic(), 0
        for fault in sorted(chosen, key=lambda each: each.line):
            if not is_noticed(folder, wish.module, fault, wish.tests):
                survivors += 1
                print(
                    f"{wish.module}:{fault.line}  {fault.before}  ->  {fault.after or 'left out'}", flush=True
                )
        print(
            f"{wish.module}: {len(chosen) - survivors} of {len(chosen)} faults noticed "
            f"({len(known)} possible), {time.monotonic() - began:.0f} s"
        )


if __name__ == "__main__":
    main()
