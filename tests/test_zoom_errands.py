"""The process that goes to Zoom: it does what waits, comes back with Redis, ends when told, and loads no web code."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plugin.operate.run import _programs, wait_for
from plugin.settings import Settings
from plugin.state.platform_models import Installation, Notice
from tests.zoom_cast import ZoomService

MODULES = (
    "import sys, plugin.platforms.errands; print(sorted({name.partition('.')[0] for name in sys.modules}))"
)


@pytest.fixture
def process(in_zoom: ZoomService) -> Iterator["subprocess.Popen[bytes]"]:
    """The errands as `mosaic run` starts them; what they wait for is looked at in the rows."""
    running = subprocess.Popen([sys.executable, "-P", "-m", "plugin.platforms.errands"], env=dict(os.environ))
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def test_a_notice_is_carried_out_and_the_process_ends_when_told(
    in_zoom: ZoomService, process: "subprocess.Popen[bytes]"
) -> None:
    in_zoom.install("u_Ada")
    body, headers = in_zoom.zoom.notice("app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    assert in_zoom.client.post("/zoom/notices", data=body, headers=headers).status_code == 200
    wait_for(lambda: in_zoom.rows(Notice)[0].done_at is not None)
    assert in_zoom.rows(Installation) == []
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) in (0, -signal.SIGTERM)


def test_a_notice_whose_errand_was_never_queued_is_found(
    in_zoom: ZoomService, process: "subprocess.Popen[bytes]"
) -> None:
    in_zoom.install("u_Ada")
    with in_zoom.shop.database.write() as session:
        session.add(
            Notice(
                platform="zoom",
                digest=b"x",
                kind="removed",
                subject='{"user_id": "u_Ada"}',
                touched_at=time.time() - 60,
            )
        )
    wait_for(lambda: in_zoom.rows(Notice)[0].done_at is not None)
    assert in_zoom.rows(Installation) == []


def test_it_loads_no_web_code_and_no_pixels() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", MODULES], capture_output=True, text=True, check=True
    ).stdout
    for name in ("flask", "numpy", "PIL", "worker"):
        assert f"'{name}'" not in loaded


def test_it_is_started_only_where_there_is_a_platform_to_go_to(in_zoom: ZoomService) -> None:
    def names(settings: Settings) -> set[str]:
        return {program.name for program in _programs(settings, {}, 3, 4)}

    assert "errands" in names(in_zoom.settings)
    without = replace(in_zoom.settings, platform_options={"web": {}})
    assert "errands" not in names(without)
