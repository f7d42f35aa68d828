"""What whoever runs the service sees of it, and nobody else: readiness, metrics, logs, the id of a request."""

import io
import json
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml
from rq import Queue, get_current_job
from rq.serializers import JSONSerializer

from plugin.app import create_app
from plugin.operate import run
from plugin.operate.lookout import Lookout, forget_the_dead, serve
from plugin.operate.supervisor import StartError, as_object
from plugin.settings import Settings, SettingsError
from plugin.state.logs import REQUEST, AsJson, InWords
from plugin.state.measures import measures
from plugin.state.queue import ERRANDS, connect_waiting
from plugin.state.readiness import Readiness, is_ready
from plugin.state.working import SeenWorker
from tests.factories import Service, photo_bytes

DOCS = Path(__file__).parent.parent / "docs" / "operate"


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """Of a lookout that looks at the service."""
    listener = socket.create_server(("127.0.0.1", 0))
    shop = service.shop
    server = serve(Lookout(Readiness(shop.database, shop.jobs, shop.storage)), listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def seen(url: str) -> tuple[int, Any]:
    try:
        with urlopen(url) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def metrics(url: str) -> dict[str, float]:
    with urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


# ---- readiness -------------------------------------------------------------------------------------------------------


def test_each_part_is_named_with_its_age(service: Service, address: str) -> None:
    status, found = seen(f"{address}/readyz")
    assert (status, found["ready"]) == (200, True)
    assert set(found["parts"]) == {"database", "redis", "storage", "prepare", "place", "sweep", "print"}
    assert 0 <= found["parts"]["prepare"]["age"] < 60
    assert found["parts"]["print"] == {"ready": False, "age": None}  # no photo waits for a printer
    files = service.settings.data_folder / "files"
    away = files.rename(files.with_name("away"))
    try:
        status, found = seen(f"{address}/readyz")
    finally:
        away.rename(files)
    assert (status, found["parts"]["storage"]["ready"]) == (503, False)
    assert found["parts"]["storage"]["age"] >= 0
    assert seen(f"{address}/healthz") == (200, {"ok": True})


def test_errands_give_a_sign_of_life_where_they_run(service: Service) -> None:
    shop = service.shop
    readiness = Readiness(shop.database, shop.jobs, shop.storage, has_errands=True)
    parts = readiness.parts(time.time())
    assert parts["errands"] == {"ready": False, "age": None}
    assert not is_ready(parts)
    with connect_waiting(service.settings.redis_url) as redis:
        SeenWorker.of(ERRANDS, redis, ERRANDS).work(burst=True)
    parts = readiness.parts(time.time())
    assert parts["errands"]["ready"]
    assert is_ready(parts)


def test_errands_run_where_there_is_a_platform_or_a_mail_server_and_the_lookout_knows(
    service: Service,
) -> None:
    mail = {"smtp_url": "smtp://mail.example.org", "mail_from": "mosaic@example.org"}
    platforms = {"platform_options": {"web": {}, "fair": {}}}
    for wished, are in (({}, False), (mail, True), (platforms, True)):
        settings = replace(service.settings, **wished)  # type: ignore[arg-type]
        names = [each.name for each in run._programs(settings, {}, 0, 0)]
        assert ("errands" in names) is are
        assert (run._lookout(settings, {}, 7, 8).command[-1] == "errands") is are


def cleaned_up_by_another() -> None:
    """A job that another worker, who did it too, ends first."""
    job = get_current_job()
    assert job is not None
    job.delete()


def test_a_job_that_was_done_twice_at_once_has_not_failed(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with connect_waiting(service.settings.redis_url) as redis:
        queue = Queue(ERRANDS, connection=redis, serializer=JSONSerializer)
        queue.enqueue(cleaned_up_by_another, job_id="errand-1", result_ttl=0)
        SeenWorker.of(ERRANDS, redis, ERRANDS).work(burst=True)
        assert (queue.count, queue.failed_job_registry.count) == (0, 0)
    assert "errand-1 was done twice at once" in caplog.text
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_the_public_address_tells_no_more_than_yes_or_no(service: Service) -> None:
    assert service.client.get("/readyz").json == {"ready": True}
    assert service.client.get("/metrics").status_code == 404


def test_the_operators_address_must_be_free_only_where_it_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = Settings.from_environ({"MOSAIC_SECRET_KEY": "s" * 32, "MOSAIC_OPERATOR_ADDRESS": here})
        with run._listen_for_operator(settings, asked_for=False) as listener:
            assert listener is None
        assert f"{here} is in use" in capsys.readouterr().out
        with (
            pytest.raises(StartError, match="MOSAIC_OPERATOR_ADDRESS"),
            run._listen_for_operator(settings, asked_for=True),
        ):
            pass
    with pytest.raises(SettingsError, match="MOSAIC_OPERATOR_ADDRESS"):
        Settings.from_environ({"MOSAIC_SECRET_KEY": "s" * 32, "MOSAIC_OPERATOR_ADDRESS": "8001"})


# ---- metrics ---------------------------------------------------------------------------------------------------------


def test_a_photo_on_its_way_and_the_jobs_for_it_are_counted(service: Service, address: str) -> None:
    ada = service.open_event().join()
    ada.send()
    found = metrics(address)
    assert found['mosaic_photos_waiting{state="received"}'] == 1
    assert found["mosaic_oldest_photo_seconds"] > 0
    assert found['mosaic_queue_jobs{queue="prepare"}'] == 1
    assert found['mosaic_ready{part="database"}'] == 1
    before = measures().placed_seconds._sum.get()
    service.run_jobs()
    assert metrics(address)['mosaic_photos_waiting{state="received"}'] == 0
    assert measures().placed_seconds._sum.get() > before


def test_a_request_is_counted_by_its_route_and_says_nothing_of_who_asked(service: Service) -> None:
    ada = service.open_event().join()
    counted = measures().requests.labels("GET", "/api/me", 200)
    before = counted._value.get()
    ada.get("/api/me")
    assert counted._value.get() == before + 1
    service.client.get("/nobody/knows/Ada")
    labels = {
        value
        for each in measures().requests.collect()
        for sample in each.samples
        for value in sample.labels.values()
    }
    assert not any("Ada" in value or ada.token in value for value in labels)


def test_what_belonged_to_a_process_that_died_is_not_counted_any_more(tmp_path: Path) -> None:
    gone, alive, kept = (
        tmp_path / name
        for name in ("gauge_livesum_4194400.db", f"gauge_livesum_{os.getpid()}.db", "counter_4194400.db")
    )
    for path in (gone, alive, kept):
        path.touch()
    forget_the_dead(tmp_path)
    assert (gone.exists(), alive.exists(), kept.exists()) == (False, True, True)


def test_dashboard_and_alerts_ask_for_nothing_that_is_not_measured(service: Service, address: str) -> None:
    known = {re.split(r"[{ ]", line)[0] for line in metrics(address)}
    known |= {
        sample.name
        for each in vars(measures()).values()
        for family in each.collect()
        for sample in family.samples
    }
    known |= {f"{each._name}_total" for each in (measures().requests, measures().jobs_failed)}
    known |= {f"mosaic_{name}_bucket" for name in ("request_seconds", "placed_seconds")}
    known |= {"mosaic_processor_seconds", "mosaic_queue_failed"}
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    alerts = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    asked += [rule["expr"] for rule in rules]
    assert all(rule["annotations"]["summary"] and rule["annotations"]["description"] for rule in rules)
    names = {name for each in asked for name in re.findall(r"mosaic_\w+", each)}
    assert names - known == set()
    assert len(names) >= 10


# ---- logs ------------------------------------------------------------------------------------------------------------


class Lines(logging.Handler):
    """Remembers in which request each line was written."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.requests[record.name] = REQUEST.get()


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logger = logging.getLogger("worker")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.mark.parametrize("said", ["", "short", "x" * 65, "with space and more", "a\nb-forged-line"])
def test_a_request_without_a_good_name_gets_one(service: Service, said: str) -> None:
    answer = service.client.get("/healthz", headers={"X-Request-Id": said.replace("\n", "%0a")})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_the_proxys_name_is_kept_from_the_request_to_its_last_job(
    settings: Settings, service: Service, lines: Lines
) -> None:
    ada = service.open_event().join()
    app = create_app(replace(settings, proxies=1))
    body = {"photo": (io.BytesIO(photo_bytes()), "a.jpg"), "name": "Ada", "story": "I bake bread"}
    headers = {
        "Authorization": f"Bearer {ada.token}",
        "Idempotency-Key": "k" * 16,
        "X-Request-Id": "from-the-proxy-1",
    }
    answer = app.test_client().post("/api/photos", data=body, headers=headers)
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (202, "from-the-proxy-1")
    service.run_jobs()
    assert lines.requests["worker.placing"] == "from-the-proxy-1"
    app.extensions["mosaic"].database.dispose()
    app.extensions["mosaic"].jobs.close()


def test_a_line_is_one_object_of_json_where_that_is_wished() -> None:
    record = logging.LogRecord("worker.placing", logging.INFO, "", 0, "wall %s", (7,), None)
    token = REQUEST.set("abcdef0123456789")
    try:
        said = AsJson().format(record)
        assert InWords().format(record) == "INFO worker.placing [abcdef0123456789] wall 7"
    finally:
        REQUEST.reset(token)
    found = json.loads(as_object(said, "place"))
    assert found.pop("time").endswith("Z")
    assert found == {
        "program": "place",
        "level": "INFO",
        "logger": "worker.placing",
        "message": "wall 7",
        "request": "abcdef0123456789",
    }
    assert json.loads(as_object("Stopped.")) == {"program": "mosaic", "message": "Stopped."}
    assert json.loads(as_object("{not json")) == {"program": "mosaic", "message": "{not json"}
    assert InWords().format(record) == "INFO worker.placing wall 7"
