"""The panel in the browsers that meeting clients are made of beside Chromium; `make test-browsers` runs this by name.

Ada is in Firefox or WebKit, from opening the wall to an answered hello; Ben is greeted and answers.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bench.client import Caller, Server
from tests.browser.gathering import gather
from tests.factories import camera_bytes

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).with_name("hello.mjs")
NODE = shutil.which("node") or "node"
LONGEST_SECONDS = 300.0
# A display for the one that has no mode without windows.
STARTERS = {"firefox": [], "webkit": ["xvfb-run", "--auto-servernum"]}


@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_from_opening_to_an_answered_hello(web_server: Server, tmp_path: Path, engine: str) -> None:
    photo, taken = tmp_path / "photo.jpg", camera_bytes()
    photo.write_bytes(taken)
    with gather(web_server, "Ben") as gathering:
        address = f"http://127.0.0.1:{web_server.port}/e/{gathering.code}"
        command = [*STARTERS[engine], NODE, str(SCRIPT), engine, address, str(photo)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ada:
            answer_the_first(gathering.guests["Ben"].caller, ada)
            said, wrong = ada.communicate(timeout=LONGEST_SECONDS)
    assert ada.returncode == 0, wrong
    seen = json.loads(said)
    assert seen["colours"] > 20
    assert seen["title"].startswith("(1) ")
    assert seen["errors"] == []
    sent = seen["sent"]
    assert sent["bytes"] < len(taken) / 4
    assert (sent["width"], sent["height"]) == (1536, 2048)
    assert sent["above"][0] > 150 > sent["above"][2]
    assert sent["below"][2] > 150 > sent["below"][0]


def answer_the_first(ben: Caller, ada: "subprocess.Popen[str]") -> None:
    """Ben answers as soon as somebody has said hello; gives up when she has."""
    give_up = time.monotonic() + LONGEST_SECONDS
    while ada.poll() is None and time.monotonic() < give_up:
        new = [each for each in ben.get("/api/hellos")["hellos"] if each["state"] == "new"]
        if new:
            ben.post(f"/api/hellos/{new[0]['id']}/answer", {"opener": "answer_gladly"})
            return
        time.sleep(0.3)
