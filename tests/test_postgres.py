"""What only a database of several machines can do wrong: collisions, two migrations at once, a server that restarts."""

import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from select import select as ready
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bench.clusters import Cluster, copy, rows_of
from plugin.settings import Settings
from plugin.state.db import HELD, Database, again, migrate
from plugin.state.encounters import Hello, HelloState, LinePlace
from plugin.state.models import Attendee
from plugin.together import breaks, hello, lines
from tests.factories import Service
from tests.gatherings import Guest, gather

pytestmark = pytest.mark.postgres

PAIRS = 12
RING = 24
ROUNDS = 3
PATIENCE_SECONDS = 90
SOCKET = ".s.PGSQL.5432"


@pytest.fixture
def database(migrated_postgres: str) -> dict[str, str]:
    """In place of SQLite's."""
    return {"MOSAIC_DATABASE_URL": copy(migrated_postgres, "mosaic")}


@pytest.fixture
def machines(service: Service) -> Iterator[tuple[Database, Database]]:
    """Two that share the database, each with its own connections."""
    both = Database(service.settings), Database(service.settings)
    yield both
    for each in both:
        each.dispose()


def all_at_once(acts: Sequence[Callable[[], Any]]) -> list[BaseException]:
    """Do all of them in the same moment; what went wrong."""
    together = threading.Barrier(len(acts))
    faults: list[BaseException] = []

    def do(act: Callable[[], Any]) -> None:
        together.wait()
        try:
            act()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return faults


def rows(database: Database, people: Sequence[Guest]) -> list[Attendee]:
    with database.read() as session:
        return [session.get_one(Attendee, each.id) for each in people]


def greeting(database: Database, me: Attendee, other: Guest) -> Callable[[], Any]:
    rules = hello.Rules(soon=100, event=100)
    return lambda: again(lambda: hello.say(database, rules, me, other.photo_id, "story_more"))


# ---- two who do something at once ------------------------------------------------------------------------------------


def test_those_who_greet_each_other_at_once_all_begin_to_talk(
    service: Service, machines: tuple[Database, Database]
) -> None:
    for _ in range(ROUNDS):
        people = gather(service, 2 * PAIRS)
        me = rows(machines[0], people)
        acts = [greeting(machines[n % 2], me[n], people[n ^ 1]) for n in range(2 * PAIRS)]
        assert all_at_once(acts) == []
        ids = [each.id for each in people]
        with machines[0].read() as session:
            talks = session.scalars(select(Hello.state).where(Hello.low_id.in_(ids))).all()
        assert talks == [HelloState.ANSWERED] * PAIRS


def test_a_ring_in_which_each_greets_the_next_is_a_ring_of_hellos(
    service: Service, machines: tuple[Database, Database]
) -> None:
    for _ in range(ROUNDS):
        people = gather(service, RING)
        me = rows(machines[0], people)
        acts = [greeting(machines[n % 2], me[n], people[(n + 1) % RING]) for n in range(RING)]
        assert all_at_once(acts) == []
        with machines[0].read() as session:
            ids = [each.id for each in people]
            assert session.scalar(select(func.count()).where(Hello.from_id.in_(ids))) == RING


def test_all_of_a_line_can_come_and_leave_at_once_while_it_moves(
    service: Service, machines: tuple[Database, Database]
) -> None:
    event = service.open_event(work=False)
    people = gather(service, RING, event)
    me = rows(machines[0], people)
    breaks.start(machines[0], me[0].event_id, 5)
    with machines[0].write() as session:
        session.execute(text("UPDATE breaks SET begins_at = begins_at - 200"))
    come = [lambda n=n: again(lambda: lines.join(machines[n % 2], me[n])) for n in range(RING)]
    assert all_at_once(come) == []
    with machines[0].read() as session:
        line_id = session.scalars(select(LinePlace.line_id).distinct()).one()

    def move(now: float) -> None:
        again(lambda: lines.move(machines[0], line_id, None, now=now))

    now = breaks.time.time() + 10
    move(now)
    leave = [lambda n=n: again(lambda: lines.leave(machines[n % 2], me[n])) for n in range(RING)]
    assert all_at_once([*leave, *(lambda: move(now + 1) for _ in range(4))]) == []
    with machines[0].read() as session:
        assert session.scalar(select(func.count()).select_from(LinePlace)) == 0


def test_whoever_collides_is_asked_again(service: Service, machines: tuple[Database, Database]) -> None:
    """Two who lock the same two rows in opposite order: the server ends one of them."""
    ids = [each.id for each in gather(service, 2)]
    tries: list[int] = []
    both_hold_one = threading.Barrier(2)

    def rename(database: Database, order: Sequence[int]) -> None:
        with database.write() as session:
            for number in order:
                session.get_one(Attendee, number, with_for_update=HELD).title = f"first was {order[0]}"
                session.flush()
                if len(tries) < 2:
                    tries.append(number)
                    both_hold_one.wait(PATIENCE_SECONDS)

    acts = [
        lambda: again(lambda: rename(machines[0], ids)),
        lambda: again(lambda: rename(machines[1], ids[::-1])),
    ]
    assert all_at_once(acts) == []
    assert len({each.title for each in rows(machines[0], gather_of(ids))}) == 1


def gather_of(ids: Sequence[int]) -> list[Any]:
    return [Guest(None, "", id=number) for number in ids]  # type: ignore[arg-type]


def test_a_request_whose_transaction_collided_is_answered_all_the_same(service: Service) -> None:
    ada, ben = gather(service, 2)
    collisions = iter([True])

    def collide(*_: object) -> None:
        if next(collisions, False):
            raise OperationalError("UPDATE", None, DeadlockError())

    from sqlalchemy import event

    engine = service.app.extensions["mosaic"].database.engine
    event.listen(engine, "before_cursor_execute", lambda *a: collide() if a[2].startswith("INSERT") else None)
    assert ada.say(ben)["state"] == "sent"
    assert next(collisions, None) is None


class DeadlockError(Exception):
    sqlstate = "40P01"


# ---- what people ask for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2**31, 2**53 - 1])
def test_an_id_that_no_row_can_have_is_not_found(service: Service, number: int) -> None:
    ada, _ = gather(service, 2)
    assert ada.call("DELETE", f"/api/photos/{number}").status_code == 404
    assert (
        ada.refused("POST", "/api/hellos", json={"photo": number, "opener": "story_more"}) == "not_reachable"
    )
    assert ada.get(f"/api/people?after={10**17}")["people"] != []


def test_letters_that_no_text_can_have_are_refused(service: Service) -> None:
    (ada,) = gather(service, 1)
    assert ada.call("GET", "/api/people?q=%00").status_code == 422
    assert ada.call("PATCH", "/api/me", json={"name": "A\0da"}).status_code == 422


def test_who_looks_sees_one_moment(machines: tuple[Database, Database], service: Service) -> None:
    (ada,) = gather(service, 1)
    here, there = machines
    with here.read() as session:
        before = session.scalar(select(Attendee.title).where(Attendee.id == ada.id))
        with there.write() as other:
            other.execute(update(Attendee).values(title="changed meanwhile"))
        assert session.scalar(select(Attendee.title).where(Attendee.id == ada.id)) == before
    with here.read() as session:
        assert session.scalar(select(Attendee.title).where(Attendee.id == ada.id)) == "changed meanwhile"


def test_a_look_leaves_no_transaction_open_and_what_follows_has_its_own(
    machines: tuple[Database, Database], service: Service
) -> None:
    gather(service, 1)
    count = select(func.count(Attendee.id))
    here, _ = machines
    with here.look() as session:
        before = session.scalar(count)
        driver: Any = session.connection().connection.driver_connection
        assert driver.info.transaction_status.name == "IDLE"
        gather(service, 1)
        assert session.scalar(count) == (before or 0) + 1
    with here.read() as session:  # the same connection
        before = session.scalar(count)
        gather(service, 1)
        assert session.scalar(count) == before


# ---- the server ------------------------------------------------------------------------------------------------------


def test_two_machines_that_start_on_an_empty_database_both_come_up(postgres: Cluster) -> None:
    url = postgres.create("empty")
    program = (
        "import os; from plugin.settings import Settings; from plugin.state.db import migrate; "
        "migrate(Settings.from_environ(os.environ))"
    )
    environ = {"MOSAIC_SECRET_KEY": "s" * 32, "MOSAIC_DATABASE_URL": url}
    both = [subprocess.Popen([sys.executable, "-c", program], env=environ) for _ in range(2)]
    assert [each.wait(PATIENCE_SECONDS) for each in both] == [0, 0]


def test_migrating_makes_the_tables_of_the_models(service: Service) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from plugin.state.base import Base

    migrate(service.settings)
    with service.shop.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_restart_of_the_server_is_a_moment_without_it_and_no_more(
    service: Service, postgres: Cluster
) -> None:
    ada, ben = gather(service, 2)
    ada.say(ben)
    postgres.stop()
    try:
        answer = ben.call("GET", "/api/hellos")
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert service.client.get("/healthz").status_code == 200
    finally:
        postgres.start()
    assert len(ben.hellos()) == 1
    ben.answer(ben.hellos()[0]["id"])
    with service.shop.database.write() as session:  # a worker goes on too
        session.execute(update(Attendee).values(title="still here"))


def test_a_restart_of_the_server_while_nobody_asks_is_not_noticed(
    service: Service, postgres: Cluster
) -> None:
    (ada,) = gather(service, 1)
    assert ada.hellos() == []
    postgres.stop()
    postgres.start()
    assert ada.call("GET", "/api/hellos").status_code == 200


def test_a_server_that_ended_a_connection_and_has_not_hung_up_yet_is_not_asked(
    database: dict[str, str], postgres: Cluster
) -> None:
    """Between its last word and its hanging up lies a moment, which is as long as we like here."""
    with _never_hangs_up(postgres) as folder:
        url = make_url(database["MOSAIC_DATABASE_URL"]).update_query_dict({"host": folder})
        beside = {"MOSAIC_DATABASE_URL": url.render_as_string(hide_password=False)}
        settings = Settings.from_environ({"MOSAIC_SECRET_KEY": "s" * 32, **beside})
        with closing(_Disposed(settings)) as asking:
            with asking.database.read() as session:
                mine = session.scalar(text("SELECT pg_backend_pid()"))
            rows_of(database["MOSAIC_DATABASE_URL"], "SELECT pg_terminate_backend(?, 10000)", [mine])
            with asking.database.read() as session:
                assert session.scalar(text("SELECT pg_backend_pid()")) != mine


@contextmanager
def _never_hangs_up(cluster: Cluster) -> Iterator[str]:
    """The folder of a socket that leads to the server, and stays open when the server closes."""

    class Way(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(str(cluster.folder / SOCKET))
                pairs = {self.request: server, server: self.request}
                while pairs:
                    for each in ready(list(pairs), [], [])[0]:
                        said = each.recv(65536)
                        if said:
                            pairs[each].sendall(said)
                        elif each is self.request:
                            return
                        else:
                            del pairs[server]

    with tempfile.TemporaryDirectory(prefix="mosaic-") as folder:
        ways = socketserver.ThreadingUnixStreamServer(f"{folder}/{SOCKET}", Way)
        ways.daemon_threads = True
        threading.Thread(target=ways.serve_forever, args=(0.01,), daemon=True).start()
        yield folder
        ways.shutdown()
        ways.server_close()


def test_what_takes_too_long_is_given_up_and_said_so(database: dict[str, str]) -> None:
    environ = {"MOSAIC_SECRET_KEY": "s" * 32, "MOSAIC_DATABASE_STATEMENT_SECONDS": "1", **database}
    with closing(_Disposed(Settings.from_environ(environ))) as slow:
        with pytest.raises(OperationalError, match="statement timeout"), slow.database.read() as session:
            session.execute(text("SELECT pg_sleep(5)"))
        with slow.database.read() as session:
            assert session.scalar(text("SELECT 1")) == 1


class _Disposed:
    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings)

    def close(self) -> None:
        self.database.dispose()
