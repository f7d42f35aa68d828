"""The wheel holds everything that the service needs, and runs alone."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PACKAGES = ("plugin", "integrations", "worker")
# The .mako is for writing new migrations.
NOT_SHIPPED = {".pyc", ".mako"}
# Bundled into plugin/static/dist, where the pages take them from.
BUNDLED = {".js", ".css"}
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing an earlier build left behind slips in."""
    folder = tmp_path_factory.mktemp("build")
    assert (ROOT / "plugin/static/dist/manifest.json").exists(), "build first: make build-browser"
    for name in (*PACKAGES, "templates", "translations"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md"):
        shutil.copy(ROOT / name, folder)
    pip = [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder / "dist"), str(folder)], check=True)
    (built,) = (folder / "dist").glob("*.whl")
    return built


def shipped(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_every_module_template_and_built_file_is_inside(wheel: Path) -> None:
    names = shipped(wheel)
    expected = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in NOT_SHIPPED and "__pycache__" not in path.parts
        and (path.suffix not in BUNDLED or "dist" in path.parts)
    }  # fmt: skip
    expected |= {
        f"plugin/templates/{path.relative_to(ROOT / 'templates')}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and path.suffix not in NOT_SHIPPED
    }
    assert expected - names == set()


def test_what_the_pages_name_is_inside(wheel: Path) -> None:
    names = shipped(wheel)
    with ZipFile(wheel) as archive:
        manifest = json.loads(archive.read("plugin/static/dist/manifest.json"))
    assert manifest
    assert {f"plugin/static/dist/{built}" for built in manifest.values()} <= names


def test_nothing_else_is_inside(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in shipped(wheel)}
    assert tops == set(PACKAGES)
    assert not [name for name in shipped(wheel) if "/tests/" in name or name.endswith(".pyc")]


def link_locked_packages(place: Path) -> None:
    """Put what run.lock names, and nothing else, into a folder of packages: what is installed here, by links.

    `make install` has proven that it can be installed.
    """
    lock = (ROOT / "requirements/run.lock").read_text()
    for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE):
        with suppress(PackageNotFoundError):  # for other systems or versions of Python
            package = distribution(name)
            for top in {file.parts[0] for file in package.files or () if file.parts[0] != ".."}:
                if not (place / top).exists():
                    (place / top).symlink_to(package.locate_file(top))


def test_installed_alone_in_another_folder_it_runs_and_shows_its_pages(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    venv.create(tmp_path / "venv", symlinks=True)
    (place,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    link_locked_packages(place)
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(python), "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {name: value for name, value in os.environ.items() if name == "PATH"}
    command = [python.with_name("mosaic"), "run", "--port", url.rpartition(":")[2]]
    service = subprocess.Popen(command, cwd=elsewhere, env=environ)
    try:
        wait_for_answer(f"{url}/healthz", service)
        check_pages(url)
    finally:
        service.terminate()
        service.wait(PATIENCE_SECONDS)
    assert (elsewhere / "data" / "mosaic.sqlite3").exists()


def wait_for_answer(url: str, service: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert service.poll() is None, "mosaic run ended"
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


def fetch(url: str) -> bytes:
    with urlopen(url, timeout=PATIENCE_SECONDS) as response:
        content: bytes = response.read()
    return content


def check_pages(url: str) -> None:
    """The landing page, a panel, and every script, style and picture that they name on this server."""
    from plugin.operate.demo import Visitor

    visitor = Visitor(url)
    targets = visitor.get("/api/targets")["targets"]
    opened = visitor.post_form("/api/events", {"name": "Spring Summit", "target_name": targets[0]["name"]})
    pages = [fetch(f"{url}/"), fetch(f"{url}/start"), fetch(f"{url}/e/{opened['code']}")]
    assert b"Spring Summit" in pages[2]
    named = {
        word.decode()
        for page in pages
        for word in page.replace(b"'", b'"').split(b'"')
        if word.startswith(b"/static/")
    }
    assert any(name.endswith(".js") for name in named)
    for name in [*named, *(target["url"] for target in targets)]:
        assert fetch(url + name)
