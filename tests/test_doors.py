"""Many people at the doors at once: nobody is shut out by the others, and nobody gets a 500 for being one too many."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, NamedTuple

import gevent
import pytest
from redis.exceptions import RedisError
from sqlalchemy import event as listening
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from plugin.app import create_app
from plugin.operate.run import wait_for
from plugin.people.refusal import Refusal
from plugin.settings import Settings, SettingsError
from plugin.state import shared_writes
from plugin.state.db import Database
from plugin.state.feed import Feed, News
from plugin.state.models import Assurance, Attendee, Change, Wall
from plugin.state.models import Event as EventRow
from plugin.state.queue import connect
from plugin.web.live import broadcast
from plugin.web.live.broadcast import Broadcaster, Listener
from plugin.web.live.facts import EventFacts
from plugin.web.request.services import EXTENSION
from tests.factories import Service, error_of


def settings_with(settings: Settings, **values: str) -> Settings:
    environ = {"MOSAIC_SECRET_KEY": settings.secret_keys[0], "MOSAIC_DATA": str(settings.data_folder)}
    return Settings.from_environ(environ | values)


Connection = Callable[[], tuple[socket.socket, socket.socket]]


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Makes our end of a panel's connection, and the panel's."""
    with ExitStack() as ends:

        def make() -> tuple[socket.socket, socket.socket]:
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            for end in (ours, theirs):
                ends.enter_context(end)
            return ours, theirs

        yield make


def received(end: socket.socket) -> bytes:
    try:
        return end.recv(10_000)
    except BlockingIOError:
        return b""


START = Broadcaster._start
NOBODY = connect("unix:///nowhere/at/all.sock")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broadcaster's loops are for a process of gevent's: here they would never let go of this one."""
    monkeypatch.setattr(Broadcaster, "_start", lambda _broadcaster: None)


# ---- web processes and connections ------------------------------------------------------------------------------


def test_there_are_as_many_web_processes_as_cores(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cores in (1, 2, 8):
        monkeypatch.setattr(
            "os.sched_getaffinity", lambda _pid, cores=cores: set(range(cores)), raising=False
        )
        assert settings_with(settings).web_processes == cores
    assert settings_with(settings, MOSAIC_WEB_PROCESSES="3").web_processes == 3
    with pytest.raises(SettingsError, match="MOSAIC_WEB_PROCESSES"):
        settings_with(settings, MOSAIC_WEB_PROCESSES="0")


def test_who_finds_no_connection_to_the_database_is_told_to_come_back(
    service: Service, settings: Settings
) -> None:
    event = service.open_event()
    app = create_app(replace(settings, database_connections=2, database_wait_seconds=1))
    database: Database = app.extensions[EXTENSION].database
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(database.read()).execute(select(1))
        joining = app.test_client().post("/api/join", json={"code": event.code})
        page = app.test_client().get(f"/e/{event.code}")
    assert (joining.status_code, error_of(joining)["code"]) == (503, "busy")
    assert int(joining.headers["Retry-After"]) >= 1
    assert page.status_code == 503
    assert page.headers["Refresh"] == page.headers["Retry-After"]
    assert app.test_client().post("/api/join", json={"code": event.code}).status_code == 200
    database.dispose()


def test_a_stream_that_cannot_begin_is_told_so_and_not_broken_off(
    service: Service, connection: Connection
) -> None:
    event = service.open_event()
    token = event.join().token
    database = service.app.extensions[EXTENSION].database

    def locked(*_: Any) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    listening.listen(database.engine, "before_cursor_execute", locked)
    ours, _ = connection()
    answer = service.client.get(
        "/api/live",
        headers={"Authorization": f"Bearer {token}"},
        environ_overrides={"gunicorn.socket": ours},
    )
    listening.remove(database.engine, "before_cursor_execute", locked)
    assert answer.status_code == 503


# ---- shared commits ---------------------------------------------------------------------------------------------


def commits_of(database: Database) -> list[int]:
    """One entry for each transaction that wrote, from now on."""
    found: list[int] = []
    listening.listen(database.engine, "commit", lambda _connection: found.append(1))
    return found


def all_at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each gives or raises, when none begins before all are there."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = acts[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def add_guest(event_id: int, name: str, user_id: str) -> Callable[[Session], int]:
    def add(session: Session) -> int:
        session.add(
            Attendee(
                event_id=event_id, platform="web", tenant="", user_id=user_id,
                assurance=Assurance.GUEST, name=name,
            )
        )  # fmt: skip
        return len(name)

    return add


def refuse(_session: Session) -> int:
    raise Refusal(404, "unknown_code", "We know no event with this code.")


def names_in(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.scalars(select(Attendee.name).where(Attendee.name != "")))


def test_people_who_come_at_the_same_moment_share_commits(service: Service) -> None:
    service.open_event()
    database = service.shop.database
    event_id = first_event(database)
    names = [f"Guest {number:02}" for number in range(24)]
    commits = commits_of(database)
    with database._shared._turn:  # nobody gets through before all of them wait
        threads = [
            threading.Thread(
                target=lambda name=name: database.write_with_others(add_guest(event_id, name, name))
            )
            for name in names
        ]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(database._shared._waiting) == len(names))
    for thread in threads:
        thread.join()
    assert names_in(database) == names
    assert len(commits) == 1


def test_who_comes_soon_after_a_commit_shares_the_next(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.open_event()
    database = service.shop.database
    event_id = first_event(database)
    monkeypatch.setattr(shared_writes, "GATHER_SECONDS", 1.0)
    commits = commits_of(database)
    database.write_with_others(add_guest(event_id, "Ada", "ada"))
    names = ["Ben", "Cleo", "Dora"]
    all_at_once(
        [lambda name=name: database.write_with_others(add_guest(event_id, name, name)) for name in names]
    )
    assert names_in(database) == ["Ada", *names]
    assert len(commits) == 2


def first_event(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(EventRow.id)).one()


def test_a_wrong_code_among_them_is_refused_and_nobody_else(service: Service) -> None:
    service.open_event()
    database = service.shop.database
    event_id = first_event(database)
    acts: list[Callable[[Session], int]] = [
        add_guest(event_id, "Ada", "ada"), refuse, add_guest(event_id, "Ben", "ben"),
    ]  # fmt: skip
    results = all_at_once([lambda act=act: database.write_with_others(act) for act in acts])
    assert [results[0], results[2]] == [3, 3]
    assert isinstance(results[1], Refusal)
    assert names_in(database) == ["Ada", "Ben"]


def test_somebody_who_is_there_already_keeps_nobody_else_out(service: Service) -> None:
    service.open_event()
    database = service.shop.database
    event_id = first_event(database)
    database.write_with_others(add_guest(event_id, "Ada", "ada"))
    acts = [add_guest(event_id, name, user_id) for name, user_id in (("Ben", "ben"), ("Eve", "ada"))]
    results = all_at_once([lambda act=act: database.write_with_others(act) for act in acts])
    assert results[0] == 3
    assert isinstance(results[1], Exception)
    assert names_in(database) == ["Ada", "Ben"]


# ---- the stream -------------------------------------------------------------------------------------------------


def change_the_wall(database: Database) -> int:
    with database.write() as session:
        wall = session.scalars(select(Wall)).one()
        before, wall.revision = wall.revision, wall.revision + 1
        body = f'{{"revision":{wall.revision},"from":{before},"generation":1,"cells":[],"new":[],"gone":[]}}'
        session.add(Change(wall_id=wall.id, revision=wall.revision, body=body))
        return wall.revision


def test_the_first_change_after_a_quiet_moment_is_told_at_once_and_what_follows_in_a_batch(
    service: Service, monkeypatch: pytest.MonkeyPatch, connection: Connection
) -> None:
    gevent.get_hub().destroy(destroy_loop=True)  # with the loops that other tests have left waiting in it
    service.open_event()
    loops: list[gevent.Greenlet] = []
    spawn = gevent.spawn
    monkeypatch.setattr(Broadcaster, "_start", START)
    monkeypatch.setattr(broadcast.gevent, "spawn", lambda *given: loops.append(spawn(*given)))
    monkeypatch.setattr(broadcast, "BATCH_SECONDS", 3600.0)
    monkeypatch.setattr(broadcast, "LOOK_SECONDS", 3600.0)
    database = service.shop.database
    with database.read() as session:
        wall_id, revision = session.execute(select(Wall.id, Wall.revision)).one()
    broadcaster = Broadcaster(database, Feed(NOBODY))  # no Redis: the news stays in this process
    ours, theirs = connection()
    assert broadcaster.enter(wall_id, "panel", revision, "open", Listener(ours, 1))
    gevent.sleep(0.01)

    first = change_the_wall(database)
    broadcaster.publish(News(wall_id))
    gevent.sleep(0.05)
    assert f'"revision":{first}'.encode() in received(theirs)

    change_the_wall(database)
    broadcaster.publish(News(wall_id))
    gevent.sleep(0.05)
    assert received(theirs) == b""
    gevent.killall(loops)


class Watched(NamedTuple):
    """A wall in a broadcaster that does nothing by itself."""

    broadcaster: Broadcaster
    wall_id: int
    event_id: int
    revision: int
    facts: EventFacts
    database: Database

    def enters(self, connection: Connection) -> socket.socket:
        """Somebody who knows how things stand now; their end."""
        ours, theirs = connection()
        facts = self.facts.look(self.event_id)
        assert self.broadcaster.enter(self.wall_id, "panel", self.revision, "open", Listener(ours, 0), facts)
        return theirs

    def rename(self, name: str) -> None:
        with self.database.write() as session:
            session.execute(update(EventRow).values(name=name))

    def tell(self) -> None:
        for room in self.broadcaster._rooms.values():
            self.broadcaster._bring_up_to_date(room)


@pytest.fixture
def watched(service: Service) -> Watched:
    service.open_event()
    database, facts = service.shop.database, service.app.extensions[EXTENSION].facts
    broadcaster = Broadcaster(database, Feed(NOBODY), facts)
    broadcaster._started = True
    with database.read() as session:
        wall_id, event_id, revision = session.execute(select(Wall.id, Wall.event_id, Wall.revision)).one()
    return Watched(broadcaster, wall_id, event_id, revision, facts, database)


@pytest.mark.parametrize("meanwhile", ["facts", "changes"])
def test_who_enters_while_news_is_looked_up_gets_it_too(
    watched: Watched, connection: Connection, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    came: list[socket.socket] = []
    first = watched.enters(connection)
    before = watched.facts.look(watched.event_id)
    watched.rename("Autumn fair")

    def somebody_enters() -> None:
        ours, theirs = connection()
        if watched.broadcaster.enter(
            watched.wall_id, "panel", watched.revision, "open", Listener(ours, 0), before
        ):
            came.append(theirs)

    place, name = (watched.facts, "look") if meanwhile == "facts" else (broadcast.watching, "changes_since")
    look = getattr(place, name)

    def looked(*given: Any) -> Any:
        somebody_enters()
        return look(*given)

    monkeypatch.setattr(place, name, looked)
    watched.tell()
    assert len(came) == 1
    for end in (first, *came):
        assert b"Autumn fair" in received(end)


@pytest.mark.parametrize("what", ["look", "changes_since"])
def test_what_could_not_be_looked_up_is_told_later(
    watched: Watched, connection: Connection, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    theirs = watched.enters(connection)
    revision = change_the_wall(watched.database)
    watched.rename("Autumn fair")

    def gone(*_: Any) -> Any:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(*((watched.facts, what) if what == "look" else (broadcast.watching, what)), gone)
        with pytest.raises(OperationalError):
            watched.tell()
    assert received(theirs) == b""
    watched.tell()
    told = received(theirs)
    assert f'"revision":{revision}'.encode() in told
    assert b"Autumn fair" in told


def test_in_a_rush_a_stream_begins_without_the_database(service: Service, connection: Connection) -> None:
    event = service.open_event()
    known = service.app.extensions[EXTENSION]
    database = known.database
    with database.read() as session:
        wall_id, revision = session.execute(select(Wall.id, Wall.revision)).one()
    ours, _ = connection()
    known.facts.of(first_event(database))
    known.facts.wall_of(first_event(database))
    assert known.broadcaster.enter(wall_id, "panel", revision, "open", Listener(ours, 1))
    token = event.join().token
    asked: list[str] = []
    listening.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    answer = service.client.get(
        "/api/live",
        headers={"Authorization": f"Bearer {token}"},
        environ_overrides={"gunicorn.socket": ours},
        buffered=False,
    )
    first = next(iter(answer.response))
    assert first.startswith(b"event: status")
    assert asked == []


# ---- what polling tells -----------------------------------------------------------------------------------------


def broadcaster_that_heard(service: Service, *news: News) -> Broadcaster:
    broadcaster = Broadcaster(service.shop.database, Feed(NOBODY))
    broadcaster._started = True  # it hears what we tell it
    broadcaster._begin_with(list(news))
    broadcaster._redis_is_gone = False
    return broadcaster


def test_who_polls_hears_of_what_concerns_only_them(service: Service) -> None:
    broadcaster = broadcaster_that_heard(service, News(1, 0, 10))
    assert broadcaster.news_of(7, 10) == (10, False)
    broadcaster._note(News(0, 7, 11))
    broadcaster._note(News(0, 8, 12))
    assert broadcaster.news_of(7, 10) == (12, True)
    assert broadcaster.news_of(7, 12) == (12, False)
    assert broadcaster.news_of(9, 10) == (12, False)


def test_who_comes_from_another_process_misses_nothing(service: Service) -> None:
    broadcaster = broadcaster_that_heard(service, *(News(0, 1, 5_000 + number) for number in range(2_000)))
    assert broadcaster.news_of(7, 6_500) == (6_999, False)
    assert broadcaster.news_of(1, 6_500) == (6_999, True)
    assert broadcaster.news_of(7, 4_000) == (6_999, True)  # from before what is remembered: nobody can say


def test_who_was_told_something_elsewhere_does_not_enter_without_it(
    service: Service, connection: Connection
) -> None:
    broadcaster = broadcaster_that_heard(service, News(1, 0, 10))
    ours, _ = connection()

    def enters(heard: int) -> bool:
        return broadcaster.enter(1, "panel", 0, "open", Listener(ours, 7), None, heard)

    broadcaster._note(News(0, 7, 11))  # while the first words are on their way to them
    assert not enters(10)
    assert enters(broadcaster.news_of(7, 10)[0])


def test_where_nothing_was_ever_told_there_is_a_number_to_begin_with(service: Service) -> None:
    broadcaster = broadcaster_that_heard(service)
    heard, me = broadcaster.news_of(7, 0)
    assert (heard, me) == (broadcast.BEGINNING, False)
    broadcaster._note(News(0, 7, 5))
    assert broadcaster.news_of(7, heard) == (5, True)


def test_what_was_told_before_we_listened_again_is_told_to_who_is_here(service: Service) -> None:
    broadcaster = broadcaster_that_heard(service, News(0, 7, 10))
    assert broadcaster._news_of_attendees == {7}
    broadcaster._news_of_attendees.clear()
    broadcaster._begin_with([News(0, 7, 10), News(0, 8, 11)])
    assert broadcaster._news_of_attendees == {8}


def test_when_redis_is_back_everybody_looks_once_more(
    service: Service, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process could not tell while it was gone is told by nobody."""
    monkeypatch.setattr(broadcast, "LOOK_SECONDS", 0.0)
    broadcaster = Broadcaster(service.shop.database, Feed(NOBODY))
    broadcaster._started = True
    ends = [connection() for _ in range(40)]
    for number, (ours, _) in enumerate(ends, 1):
        broadcaster.enter(1, "panel", 0, "open", Listener(ours, number))
    with pytest.raises(RedisError):
        broadcaster._hear()
    broadcaster._redis_is_gone = False
    for _ in range(2 * broadcast.TURNS):
        broadcaster._look()
    assert [received(theirs).count(b"event: me") for _, theirs in ends] == [1] * 40


def test_without_redis_nobody_knows_and_says_so(service: Service) -> None:
    broadcaster = broadcaster_that_heard(service)
    broadcaster._redis_is_gone = True
    assert broadcaster.news_of(7, 12) == (12, None)


def test_without_redis_everybody_looks_for_themselves_once_in_a_while(
    service: Service, connection: Connection
) -> None:
    broadcaster = Broadcaster(service.shop.database, Feed(NOBODY))
    broadcaster._started = True
    ends = [connection() for _ in range(40)]
    for number, (ours, _) in enumerate(ends):
        broadcaster.enter(1, "panel", 0, "open", Listener(ours, number))
    for _ in range(broadcast.TURNS):
        broadcaster._let_some_look_for_themselves()
    told = [received(theirs).count(b"event: me") for _, theirs in ends]
    assert told == [0] + [1] * 39  # a stage is nobody


def test_who_polls_is_here(service: Service) -> None:
    event = service.open_event()
    person = event.join()
    known = service.app.extensions[EXTENSION]
    event_id = first_event(known.database)
    known.batches.flush()
    assert known.batches.presence.count(event_id, time.time()) == 0
    person.get("/api/changes?since=0")
    known.batches.flush()
    assert known.batches.presence.count(event_id, time.time()) == 1


@pytest.mark.parametrize("count", [30])
def test_guests_behind_one_address_are_all_let_in(service: Service, count: int) -> None:
    event = service.open_event()
    for number in range(count):
        if number % 10 == 0:
            assert service.client.post("/api/join", json={"code": "ZZZZZZ"}).status_code == 404
        event.join()
    with service.shop.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Attendee)) == count
