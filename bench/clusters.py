"""A PostgreSQL server of our own, from Debian's package, of which nothing has to outlast a power cut."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from plugin.operate.run import wait_for

PACKAGED = Path("/usr/lib/postgresql")  # Debian keeps the server's programs off the PATH
OWNER = "mosaic"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400")
# initdb refuses root: the server runs as the user that the package made.
AS_USER: Mapping[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


def program(name: str) -> str:
    found = sorted(PACKAGED.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name) or name


@dataclass
class Cluster:
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def made_in(cls, folder: Path) -> "Cluster":
        if AS_USER:
            shutil.chown(folder, **AS_USER)
        how = ("-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        command = [program("initdb"), "-D", str(folder / "data"), *how]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **AS_USER)
        return cls(folder)

    def start(self) -> None:
        settings = (*QUICK, "listen_addresses=", f"unix_socket_directories={self.folder}")
        command = [
            program("postgres"),
            "-D",
            str(self.folder / "data"),
            *(part for each in settings for part in ("-c", each)),
        ]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **AS_USER)
        wait_for(self.answers)

    def stop(self) -> None:
        """At once: whoever is connected is thrown out."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
            self.process = None

    def url(self, name: str) -> str:
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"

    def answers(self) -> bool:
        try:
            do(self.url("postgres"), sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def create(self, name: str, template: str = "template0") -> str:
        """The address of a new database, which is as that other one."""
        return copy(self.url(template), name)


def do(url: str, *statements: sql.Composable) -> None:
    with _connected(url) as session:
        for each in statements:
            session.execute(each)


def ask(url: str, query: LiteralString) -> Any:
    """The one value that a query finds."""
    with _connected(url) as session:
        (found,) = session.execute(query).fetchone() or (None,)
    return found


def rows_of(url: str, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What a query finds, with ? for each parameter as SQLite has it."""
    with _connected(url) as session:
        return session.execute(query.replace("?", "%s").encode(), parameters or None).fetchall()


def _connected(url: str) -> psycopg.Connection:
    address = make_url(url)
    host = str(address.query["host"])
    return psycopg.connect(host=host, user=address.username, dbname=address.database, autocommit=True)


def copy(url: str, name: str) -> str:
    """Put a copy of a database in the place of the one called so, whoever uses either; its address."""
    source, target = sql.Identifier(str(make_url(url).database)), sql.Identifier(name)
    users = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {} AND pid <> pg_backend_pid()"
    do(
        url_beside(url, "postgres"),
        sql.SQL(users).format(sql.Literal(make_url(url).database)),
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target),
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(target, source),
    )
    return url_beside(url, name)


def url_beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="mosaic-pg-"))  # a short path, for the sake of its socket
    made = Cluster.made_in(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)
