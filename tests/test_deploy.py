"""The files to start from are read as their programs read them, and the commands in them are really run.

What systemd says to its own is asked where it is there. nginx and Caddy: test_proxy_files.py.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import yaml
from click.testing import CliRunner
from cryptography.fernet import InvalidToken

from plugin.cli import main
from plugin.operate import run
from plugin.operate.lookout import Lookout, serve
from plugin.settings import Settings
from plugin.state.db import make_cipher
from plugin.state.readiness import Readiness
from plugin.web.request.tokens import Pass, Tokens
from tests.buckets import Bucket
from tests.factories import Service
from tests.test_readme import TARGETS, settings
from tests.test_run import free_port, is_ready, wait_until

ROOT = Path(__file__).parent.parent
HERE = ROOT / "docs" / "operate"
GUIDE = (HERE / "README.md").read_text(encoding="utf-8")
COMPOSE = (HERE / "compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "virtual-mosaic"}
ROLES = {name: each for name, each in OURS.items() if name != "bucket"}
UNITS = ("mosaic", "mosaic-web", "mosaic-work")
FILES = ("Dockerfile", *(f"docs/operate/{path.name}" for path in sorted(HERE.iterdir())))
SAID = {
    "MOSAIC_BASE_URL": "https://mosaic.example.org",
    "MOSAIC_SECRET_KEY": "only-for-the-tests-and-for-nothing-else",
    "MOSAIC_S3_SECRET": "another-secret",
    "POSTGRES_PASSWORD": "letters123",
}


def variables(text: str) -> set[str]:
    """The settings that a text names; `NAME_FILE` is NAME."""
    found = re.findall(r"\b(?:(?:MOSAIC|ZOOM|TEAMS|HOPIN)_[A-Z0-9_]*[A-Z0-9]|REDIS_URL)\b", text)
    return {name.removesuffix("_FILE") for name in found}


def environ_of(service: Mapping[str, Any]) -> dict[str, str]:
    """As compose hands it over, with everything that it asks for."""
    return {
        name: re.sub(r"\$\{(\w+):\?\}", lambda asked: SAID[asked[1]], value)
        for name, value in service["environment"].items()
    }


@dataclass(frozen=True)
class Start:
    roles: frozenset[str]
    settings: Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs a command up to where processes would start; gives the roles and settings with which they would."""
    found: list[Start] = []
    monkeypatch.setattr(run, "run", lambda environ, read, roles: found.append(Start(roles, read(environ))))
    before = os.umask(0o077)

    def started(arguments: Sequence[str], environ: Mapping[str, str]) -> Start:
        cleared = {name: None for name in os.environ if name.startswith("MOSAIC_")}
        result = CliRunner().invoke(main, arguments, env={**cleared, **environ})
        assert result.exit_code == 0, result.output
        return found[-1]

    yield started
    os.umask(before)


# ---- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_a_file_names_exists(name: str) -> None:
    assert variables((ROOT / name).read_text(encoding="utf-8")) <= set(settings())


@pytest.mark.parametrize("name", FILES)
def test_no_file_leads_to_a_machine_of_somebody(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    hosts = {urlsplit(url).hostname or "" for url in re.findall(r"\b[a-z0-9]+://[^\s\"'`)$;]+", text)}
    known = {"127.0.0.1", "mosaic", "host", *SERVICES}  # a bucket, and nginx's own words
    assert {each for each in hosts if each not in known and not each.endswith("example.org")} <= {""}


def test_the_guide_names_every_file_beside_it_and_all_its_links_lead_somewhere() -> None:
    assert [name for name in FILES if Path(name).name not in GUIDE] == []
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", GUIDE)]
    assert [link for link in links if link and not (HERE / link).exists()] == []
    assert "docs/operate/README.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_that_the_guide_names_exists() -> None:
    prose = re.sub(r"^```.*?^```$", "", GUIDE, flags=re.M | re.S)
    said = "\n".join(re.findall(r"`[^`]+`|^ {4}.*$", prose, re.M))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", said)) <= TARGETS
    commands = set(re.findall(r"\bmosaic ([a-z]+(?: [a-z]+)?)", said))
    assert commands
    for command in commands:
        assert CliRunner().invoke(main, [*command.split(), "--help"]).exit_code == 0, command
    for only in re.findall(r"--only ([a-z,]+)", GUIDE):
        assert run.roles_in(only, {"REDIS_URL": "redis://r"})


def test_every_alert_that_the_guide_names_exists() -> None:
    alerts = yaml.safe_load((HERE / "alerts.yml").read_text(encoding="utf-8"))
    names = {rule["alert"] for group in alerts["groups"] for rule in group["rules"]}
    named = set(re.findall(r"`(Mosaic[A-Z]\w+)`", GUIDE))
    assert named
    assert named <= names


def test_a_key_is_changed_in_steps_and_no_machine_ever_meets_another_that_it_does_not_understand() -> None:
    asked = re.findall(r'`MOSAIC_SECRET_KEY="([A-Z ]+)"`', GUIDE)
    stages = [tuple(key.split()) for key in ("OLD", *asked)]
    assert stages == [("OLD",), ("OLD", "NEW"), ("NEW", "OLD"), ("NEW",)]
    for before, after in pairwise(stages):
        assert _understand(before, after)
    assert not _understand(stages[0], stages[2]), "as the guide warns"
    assert not _understand(stages[0], stages[3]), "what OLD has sealed is sealed anew before it goes"


def _understand(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether each can read what the other signs and seals."""
    for writes, reads in ((one, other), (other, one)):
        if Tokens(reads).read_panel(Tokens(writes).panel(Pass(1, 2, "panel"))) is None:
            return False
        try:
            make_cipher(reads).decrypt(make_cipher(writes).encrypt(b"hello"))
        except InvalidToken:
            return False
    return True


# ---- the image -------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines if line)]


def last(word: str) -> str:
    return [rest for each, rest in instructions() if each == word][-1]


def image_environ() -> dict[str, str]:
    return dict(re.findall(r"([A-Z_]+)=(\S+)", last("ENV")))


def test_the_image_runs_everything_as_nobody_in_particular(started: Any) -> None:
    command = json.loads(last("ENTRYPOINT")) + json.loads(last("CMD"))
    assert command[0] == "mosaic"
    start = started(command[1:], image_environ() | {"MOSAIC_SECRET_KEY": SAID["MOSAIC_SECRET_KEY"]})
    assert start.roles == frozenset(run.ROLES)
    assert (start.settings.host, str(start.settings.port)) == ("0.0.0.0", last("EXPOSE"))
    assert str(start.settings.data_folder) == last("VOLUME")
    assert int(last("USER").partition(":")[0]) > 1000


def test_the_image_is_built_from_what_is_there() -> None:
    built = "\n".join(rest for word, rest in instructions() if word == "RUN")
    assert set(re.findall(r"\bmake ([a-z-]+)$", built, re.M)) <= TARGETS
    assert re.findall(r"requirements/\S+", built) == ["requirements/run.lock"]
    assert "--require-hashes" in built
    bases = {rest.split()[0] for word, rest in instructions() if word == "FROM"}
    minor = ".".join(map(str, sys.version_info[:2]))
    assert bases == {f"python:{minor}-slim"}, "the Python of the tests"


def test_nothing_that_the_build_needs_is_kept_out_and_no_secret_gets_in() -> None:
    kept_out = {
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")
    }
    assert {".env", ".venv*", "data", ".git", "node_modules", "plugin/static/dist"} <= kept_out
    needed = {"plugin", "worker", "integrations", "templates", "translations", "requirements", "Makefile"}
    needed |= {"setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "build.mjs", "package-lock.json"}
    assert all((ROOT / each).exists() for each in needed)
    assert kept_out & needed == set()


def health_checks() -> list[list[str]]:
    return [
        json.loads(last("HEALTHCHECK").partition("CMD ")[2]),
        *(each["healthcheck"]["test"][1:] for each in ROLES.values() if "healthcheck" in each),
    ]


def test_health_checks_tell_what_lives_from_what_does_not(service: Service) -> None:
    shop = service.shop
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    lookout = serve(Lookout(Readiness(shop.database, shop.jobs, shop.storage)), listener)
    thread = threading.Thread(target=lookout.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    checks = {(program, option, code) for program, option, code in health_checks()}
    try:
        assert [_code(each, port) for each in checks] == [0, 0]
    finally:
        lookout.shutdown()
        thread.join()
        lookout.server_close()
    assert _code(min(checks), port) != 0


def _code(check: tuple[str, str, str], port: int) -> int:
    program, option, code = check
    assert program == "python"
    moved = re.sub(r":800[01]/", f":{port}/", code)
    return subprocess.run([sys.executable, option, moved], capture_output=True).returncode


def _can_make_a_root() -> bool:
    if shutil.which("bwrap") is None:
        return False
    return subprocess.run(["bwrap", "--ro-bind", "/", "/", "true"], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not _can_make_a_root(), reason="no bubblewrap here that may make a root to read only")
def test_all_of_it_runs_on_a_root_that_can_only_be_read(tmp_path: Path) -> None:
    """With the two folders that compose.yml gives it, in memory: /tmp and the data."""
    port = free_port()
    root = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    nobody = ["--unshare-user", "--uid", "10001", "--gid", "10001", "--tmpfs", "/mnt", "--die-with-parent"]
    environ = {
        "PATH": os.environ["PATH"],
        "MOSAIC_DATA": "/mnt/data",
        "MOSAIC_PORT": str(port),
        "MOSAIC_OPERATOR_ADDRESS": "",
        "MOSAIC_WEB_PROCESSES": "1",
        "MOSAIC_PREPARE_WORKERS": "1",
    }
    ours = ["--ro-bind", str(ROOT), str(ROOT)]  # which may lie below /tmp itself
    command = [*root, *nobody, *ours, sys.executable, "-m", "plugin.cli", "run"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: run.answers(f"http://127.0.0.1:{port}/healthz") or process.poll() is not None)
        wait_until(lambda: process.poll() is not None or is_ready(f"http://127.0.0.1:{port}"))
        assert process.poll() is None, (tmp_path / "log").read_text()
    finally:
        process.terminate()
        process.wait(60)


# ---- several machines ------------------------------------------------------------------------------------------------


def test_the_machines_of_the_composition_share_out_all_roles(started: Any) -> None:
    taken = {name: started(each["command"], environ_of(each)).roles for name, each in ROLES.items()}
    assert frozenset().union(*taken.values()) == frozenset(run.ROLES)
    web = [name for name, roles in taken.items() if "web" in roles]
    assert (len(web), len(taken) - len(web)) == (2, 3)
    assert all(each["read_only"] and each["cap_drop"] == ["ALL"] for each in ROLES.values())


def test_they_find_the_parts_beside_them(started: Any) -> None:
    found = started(ROLES["web-1"]["command"], environ_of(ROLES["web-1"])).settings
    database, redis = urlsplit(found.database_url), urlsplit(found.redis_url)
    made = SERVICES["postgres"]["environment"]
    assert (database.hostname, redis.hostname) == ("postgres", "valkey")
    assert (database.username, database.path) == (made["POSTGRES_USER"], f"/{made['POSTGRES_DB']}")
    bucket = urlsplit(found.s3_endpoint)
    s3 = SERVICES["s3"]
    assert (bucket.hostname, f":{bucket.port}") == ("s3", s3["command"][1])
    assert found.s3_key_id == s3["environment"]["ROOT_ACCESS_KEY"]
    assert found.proxies == 1
    assert all(each["environment"] == OURS["web-1"]["environment"] for each in OURS.values())


def test_the_composition_asks_for_what_it_says_and_for_files_that_are_there() -> None:
    head = "\n".join(line for line in COMPOSE.splitlines()[:6] if line.startswith("#"))
    assert set(re.findall(r"\$\{(\w+):\?\}", COMPOSE)) == set(SAID)
    assert all(name in head for name in SAID)
    document = yaml.safe_load(COMPOSE)
    for each in SERVICES.values():
        assert set(each["networks"]) <= set(document["networks"])
        assert set(each.get("depends_on", ())) <= set(SERVICES)
        for source in (volume.partition(":")[0] for volume in each.get("volumes", ())):
            assert source in document["volumes"] or (HERE / source).exists() or source == "./certificates"


def test_the_bucket_is_made_once(bucket: Bucket) -> None:
    environ = environ_of(OURS["bucket"]) | {"MOSAIC_S3_ENDPOINT": bucket.endpoint}
    _, option, script = OURS["bucket"]["entrypoint"]
    assert '"mosaic"' in script
    other = script.replace('"mosaic"', '"of-the-composition"')
    for _ in range(2):
        subprocess.run([sys.executable, option, other], env={**os.environ, **environ}, check=True)
    keys = {"aws_access_key_id": environ["MOSAIC_S3_KEY_ID"], "aws_secret_access_key": "any"}
    s3 = boto3.client("s3", endpoint_url=bucket.endpoint, region_name="us-east-1", **keys)
    assert "of-the-composition" in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_the_rights_to_the_bucket_are_those_that_our_calls_need() -> None:
    policy = json.loads(GUIDE.partition("```json\n")[2].partition("```")[0])
    allowed = {action for each in policy["Statement"] for action in each["Action"]}
    code = (ROOT / "plugin/state/bucket.py").read_text(encoding="utf-8")
    needed = {
        "head_bucket": "s3:ListBucket",
        "list_objects_v2": "s3:ListBucket",
        "put_object": "s3:PutObject",
        "upload_file": "s3:PutObject",
        "get_object": "s3:GetObject",
        "head_object": "s3:GetObject",
        "delete_object": "s3:DeleteObject",
        "delete_objects": "s3:DeleteObject",
    }
    calls = set(re.findall(r"_s3\.([a-z_0-9]+)\(", code)) - {"get_paginator"}
    assert calls | {"list_objects_v2"} == set(needed)
    assert set(needed.values()) | {"s3:AbortMultipartUpload"} == allowed


# ---- systemd ---------------------------------------------------------------------------------------------------------


def unit(name: str) -> dict[str, list[str]]:
    """The values of each setting; an empty one is one, too."""
    found: dict[str, list[str]] = {}
    for line in (HERE / f"{name}.service").read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            key, equals, value = line.partition("=")
            assert equals, line
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_what_it_says(name: str, started: Any, tmp_path: Path) -> None:
    found = unit(name)
    (tmp_path / "secret.key").write_text(SAID["MOSAIC_SECRET_KEY"])
    environ = {"MOSAIC_SECRET_KEY_FILE": str(tmp_path / "secret.key"), "REDIS_URL": "redis://127.0.0.1"}
    said = (value.replace("%d", str(tmp_path)).partition("=") for value in found["Environment"])
    start = started(found["ExecStart"][0].split()[1:], environ | {name: value for name, _, value in said})
    assert str(start.settings.data_folder) == f"/var/lib/{found['StateDirectory'][0]}"
    assert int(found["LimitNOFILE"][0]) == run.OPEN_FILES


def test_web_and_workers_take_all_roles_and_may_live_on_one_machine(started: Any, tmp_path: Path) -> None:
    taken = [unit(name)["ExecStart"][0].split()[-1] for name in ("mosaic-web", "mosaic-work")]
    assert set(",".join(taken).split(",")) == set(run.ROLES)
    assert unit("mosaic-web")["StateDirectory"] != unit("mosaic-work")["StateDirectory"]
    said = [
        dict(each.split("=", 1) for each in unit(f"mosaic-{name}")["Environment"]) for name in ("web", "work")
    ]
    default = settings()["MOSAIC_OPERATOR_ADDRESS"][0]
    assert len({each.get("MOSAIC_OPERATOR_ADDRESS", default) for each in said}) == 2


def test_whoever_stops_us_waits_until_we_have_stopped(service: Service) -> None:
    programs = run._programs(service.settings, {}, 0, 0)
    valkey_seconds = 15
    longest = sum(max(each.stop_seconds for each in programs if each.stop_rank == rank) for rank in (1, 2))
    patience = {int(unit(name)["TimeoutStopSec"][0]) for name in UNITS}
    patience |= {int(each["stop_grace_period"].removesuffix("s")) for each in ROLES.values()}
    assert min(patience) > longest + valkey_seconds


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_no_fault_with_a_unit(name: str, tmp_path: Path) -> None:
    text = (HERE / f"{name}.service").read_text(encoding="utf-8")
    copy = tmp_path / f"{name}.service"
    copy.write_text(text.replace("/opt/mosaic/bin/mosaic", str(Path(sys.executable).with_name("mosaic"))))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
