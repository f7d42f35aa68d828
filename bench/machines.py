"""Several whole machines on this one: what they share, and each with a folder, a port and processes of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from bench.client import HOST, Server, Unanswered, free_port, started, stop, wait_until_up
from bench.clusters import Cluster, cluster, rows_of
from bench.nginx import Nginx, before_bucket, before_machines
from bench.processes import kill_all
from plugin.operate.run import wait_for
from plugin.operate.valkey import redis_answers, server_binary

SECRET = "only for this bench and for nothing else".replace(" ", "-")
BUCKET, REGION = "mosaic", "eu-central-1"
KEPT = {"aws_access_key_id": "made-up", "aws_secret_access_key": "only-for-the-bench"}
# Two of them share this machine's cores: each takes as many processes as a machine with one core.
OF_ONE_CORE = ("--web", "1", "--workers", "1")


@dataclass
class Machine:
    """One `mosaic run`, with everything that it runs."""

    port: int
    folder: Path
    settings: Mapping[str, str]
    server: Server | None = field(default=None, repr=False)

    def start(self) -> None:
        self.server = started(OF_ONE_CORE, self.settings, self.port, self.folder)

    def wait_until_up(self) -> None:
        assert self.server is not None
        wait_until_up(self.server)

    def kill(self) -> None:
        assert self.server is not None
        kill_all(self.server.process.pid)
        self.server.process.wait()

    def stop(self) -> None:
        if self.server is not None:
            stop(self.server.process)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@dataclass
class Valkey:
    """One that writes down what it has, as docs/operate has it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        words = ("--bind", HOST, "--port", str(self.port), "--dir", str(self.folder))
        command = [server_binary(os.environ), *words, "--appendonly", "yes", "--save", ""]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(lambda: redis_answers(self.url))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


@dataclass
class Site:
    """All of it: people come in at `port`, and are led to one machine or another."""

    machines: Sequence[Machine]
    database: Cluster
    database_url: str
    valkey: Valkey
    bucket: Nginx
    front: Nginx

    @property
    def port(self) -> int:
        return self.front.port

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return rows_of(self.database_url, query, parameters)


@contextmanager
def site(number: int = 2) -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="mosaic-site-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = stack.enter_context(cluster())
        valkey = Valkey(folder / "valkey", free_port())
        bucket = before_bucket(folder / "bucket", stack.enter_context(_s3_server()))
        ports = [free_port() for _ in range(number)]
        front = before_machines(folder / "front", ports)
        for part in (valkey, bucket, front):
            part.start()
            stack.callback(part.stop)
        _make_bucket(bucket.port)
        url = database.create("site")
        settings = _shared(url, valkey, bucket.port, front.port)
        machines = [Machine(port, folder / str(port), settings) for port in ports]
        for machine in machines:
            machine.folder.mkdir()
            stack.callback(machine.stop)
            machine.start()
        for machine in machines:
            machine.wait_until_up()
        yield Site(machines, database, url, valkey, bucket, front)


def _shared(database_url: str, valkey: Valkey, bucket_port: int, port: int) -> dict[str, str]:
    return {
        "MOSAIC_SECRET_KEY": SECRET,
        "MOSAIC_BASE_URL": f"http://{HOST}:{port}",
        "MOSAIC_PROXIES": "1",
        "MOSAIC_OPERATOR_ADDRESS": "",
        "MOSAIC_DATABASE_URL": database_url,
        "MOSAIC_STORAGE_URL": f"s3://{BUCKET}/photos",
        "MOSAIC_S3_ENDPOINT": f"http://{HOST}:{bucket_port}",
        "MOSAIC_S3_REGION": REGION,
        "MOSAIC_S3_KEY_ID": KEPT["aws_access_key_id"],
        "MOSAIC_S3_SECRET": KEPT["aws_secret_access_key"],
        "MOSAIC_S3_PATH_STYLE": "on",
        "REDIS_URL": valkey.url,
    }


@contextmanager
def _s3_server() -> Iterator[int]:
    """The port of a server that speaks as S3 does, with processes of its own, and keeps everything in memory."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def _make_bucket(port: int) -> None:
    s3 = boto3.client("s3", endpoint_url=f"http://{HOST}:{port}", region_name=REGION, **KEPT)

    def is_made() -> bool:
        try:
            s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        except Exception:  # it does not answer yet
            return False
        return True

    wait_for(is_made)


def is_passing(error: Exception) -> bool:
    """Whether a panel tries again by itself after that."""
    return not isinstance(error, Unanswered) or error.status in (429, 500, 502, 503, 504)
