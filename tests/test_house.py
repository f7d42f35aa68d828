"""How the house is built: nothing imports in a circle, each contract catches, and CONTRIBUTING tells every folder."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("plugin", "integrations", "worker")
Graph = dict[str, set[str]]


# ---- no circles -----------------------------------------------------------------------------------------------------


def _modules(root: Path) -> dict[str, Path]:
    """Every module below the folder, by its dotted name; a package by that of its folder."""
    found = {}
    for path in (each for package in PACKAGES for each in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path) -> Iterable[str]:
    """All names that a module imports, within functions too: `a.b` for `import a.b`, `from a import b` and so on."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are written out"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(root: Path) -> Graph:
    """Which module imports which."""
    modules = _modules(root)
    graph: Graph = {name: set() for name in modules}
    for name, path in modules.items():
        for imported in _imports(path):
            module = imported if imported in modules else imported.rpartition(".")[0]
            if module in modules:
                graph[name].add(module)
    return graph


def _folders(root: Path) -> Graph:
    """Which folder imports which. At a package's root each module stands for itself: `app` on top, `settings` below."""
    modules = _modules(root)

    def folder(module: str) -> str:
        package = module if modules[module].name == "__init__.py" else module.rpartition(".")[0]
        return module if package in PACKAGES else package

    graph: Graph = {}
    for module, imported in _files(root).items():
        graph.setdefault(folder(module), set()).update(folder(each) for each in imported)
    return {name: imported - {name} for name, imported in graph.items()}


def _circle(graph: Graph) -> list[str]:
    """One circle, if there is any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_file_imports_itself_by_way_of_others() -> None:
    assert _circle(_files(ROOT)) == []


def test_no_folder_imports_itself_by_way_of_others() -> None:
    graph = _folders(ROOT)
    assert {"plugin.state", "plugin.web.request", "integrations.zoom", "worker.pictures"} <= graph.keys()
    assert _circle(graph) == []


def test_a_circle_would_be_found_within_functions_too(tmp_path: Path) -> None:
    for name, text in {
        "plugin/people/codes.py": "from plugin.wall import hosting\n",
        "plugin/wall/hosting.py": "def later():\n    import plugin.people.photos\n",
        "plugin/people/photos.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert _circle(_files(tmp_path)) == []
    assert set(_circle(_folders(tmp_path))) == {"plugin.people", "plugin.wall"}
    (tmp_path / "plugin/people/photos.py").write_text("from plugin.people.codes import new_code\n")
    assert len(set(_circle(_files(tmp_path)))) == 3


# ---- contracts ------------------------------------------------------------------------------------------------------

# By contract: a module, and an import that this contract forbids it.
PLANTS = {
    "plugin": ("plugin/state/feed.py", "plugin.wall.counters"),
    "web": ("plugin/web/live/batches.py", "plugin.web.request.wire"),
    "worker": ("worker/placement/tint.py", "worker.wall.livewall"),
    "pure": ("worker/prints/poster.py", "redis"),
    "programs": ("plugin/wall/watching.py", "worker.pictures.color"),
    "platforms": ("integrations/zoom/__init__.py", "integrations.web"),
    "worker-without-web": ("worker/limits.py", "flask"),
    "plugin-without-pixels": ("plugin/wall/watching.py", "numpy"),
    "adapters-stand-alone": ("integrations/platform.py", "rq"),
    "frame": ("plugin/operate/cast.py", "flask"),
}


def _contracts() -> dict[str, str]:
    """The contracts' names by the ends of their sections' names."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    begin = "importlinter:contract:"
    return {each.removeprefix(begin): config[each]["name"] for each in config if each.startswith(begin)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages once more, to plant imports in."""
    root = tmp_path_factory.mktemp("house")
    for path in _modules(ROOT).values():
        copy = root / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    shutil.copy(ROOT / "setup.cfg", root)
    return root


def _broken(house: Path, *contracts: str) -> set[str]:
    """Which of these contracts do not hold in there; of all, where none is named."""
    linter = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]
    asked = [part for each in contracts for part in ("--contract", each)]
    done = subprocess.run([*linter, *asked], cwd=house, capture_output=True, text=True, timeout=120)
    names = {name: each for each, name in _contracts().items()}
    said = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.M))
    assert {names[name] for name in said} == set(contracts or _contracts()), done.stdout + done.stderr
    return {names[name] for name, verdict in said.items() if verdict == "BROKEN"}


def test_every_contract_is_kept(house: Path) -> None:
    assert _broken(house) == set()


@contextmanager
def planted(path: Path, line: str) -> Iterator[None]:
    text = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{text or ''}\n{line}\n", encoding="utf-8")
    yield
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("contract", _contracts())
def test_a_contract_catches_what_it_forbids(house: Path, contract: str) -> None:
    name, forbidden = PLANTS[contract]
    with planted(house / name, f"import {forbidden}"):
        assert _broken(house, contract) == {contract}


@pytest.mark.parametrize(
    ("path", "forbidden"),
    [
        ("plugin/web/views/pages.py", "integrations.registry"),
        ("plugin/web/views/pages.py", "integrations.zoom"),
        ("plugin/people/photos.py", "integrations.platform"),
        ("plugin/platforms/meetings.py", "integrations.registry"),
        ("plugin/platforms/meetings.py", "flask"),
    ],
)
def test_adapters_and_flask_are_known_where_they_should_be_only(
    house: Path, path: str, forbidden: str
) -> None:
    with planted(house / path, f"import {forbidden}"):
        assert _broken(house, "frame") == {"frame"}


@pytest.mark.parametrize("room", ["plugin", "plugin/web", "worker"])
def test_a_room_that_has_no_place_in_the_layers_is_noticed(house: Path, room: str) -> None:
    contract = room.rpartition("/")[2]
    with planted(house / room / "attic.py", ""):
        assert _broken(house, contract) == {contract}


# ---- the map --------------------------------------------------------------------------------------------------------


def _map() -> dict[str, str]:
    """What each folder is for, by its path, from the tree in CONTRIBUTING.md; `<name>` stands for any."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tree = text.partition("## Where things go")[2].partition("```\n")[2].partition("```")[0]
    found: dict[str, str] = {}
    above: list[str] = []
    for line in tree.splitlines():
        name, _, purpose = line.strip().partition("/ ")
        level = (len(line) - len(line.lstrip())) // 2
        above = [*above[:level], name]
        found["/".join(above)] = purpose.strip()
    return found


def _told(folder: Path) -> list[str]:
    """The lines of the map that mean a folder."""
    here = folder.relative_to(ROOT).parts
    return [
        path
        for path in _map()
        if len(parts := path.split("/")) == len(here)
        and all(part == own or part.startswith("<") for part, own in zip(parts, here, strict=True))
    ]


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and not {"dist", "__pycache__"} & set(folder.relative_to(ROOT).parts)


def test_the_map_says_of_each_folder_what_it_is_for() -> None:
    assert {"plugin/web/request", "worker/pictures/builtin", "plugin/static/ui/kit"} <= _map().keys()
    assert all(_map().values())


def test_every_folder_of_the_map_is_there() -> None:
    missing = [path for path in _map() if "<" not in path and not (ROOT / path).is_dir()]
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_code_is_on_the_map(package: str) -> None:
    folders = [ROOT / package, *filter(_is_ours, (ROOT / package).rglob("*"))]
    assert [str(each.relative_to(ROOT)) for each in folders if not _told(each)] == []


def test_what_benches_import_of_ours_is_there() -> None:
    """They run rarely, and nobody sees at once that something has moved."""
    ours = _modules(ROOT)
    for file in sorted((ROOT / "bench").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (module := node.module or "").split(".")[0] in PACKAGES:
                for name in (each.name for each in node.names):
                    is_there = f"{module}.{name}" in ours or hasattr(import_module(module), name)
                    assert is_there, f"{file.name}: {module} has no {name}"
