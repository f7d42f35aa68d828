"""What is worked out for each event is worked out once, however many ask in the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin.state import remembered
from plugin.state.remembered import Remembered

ASKING = 20


def test_of_many_who_ask_at_once_one_works_it_out() -> None:
    is_asked, may_go_on = threading.Event(), threading.Event()
    asked: list[int] = []

    def look(event_id: int) -> str:
        asked.append(event_id)
        is_asked.set()
        assert may_go_on.wait(5)
        return f"facts of {event_id}"

    kept = Remembered(look)
    with ThreadPoolExecutor(ASKING) as people:
        answers = [people.submit(kept.get, 7, 60.0) for _ in range(ASKING)]
        assert is_asked.wait(5)
        may_go_on.set()
        assert {each.result() for each in answers} == {"facts of 7"}
    assert asked == [7]
    assert kept.get(8, 60.0) == "facts of 8"


def test_what_changes_while_it_is_worked_out_is_not_remembered() -> None:
    names = ["before", "after"]

    def look(_event_id: int) -> str:
        name = names.pop(0)
        if name == "before":
            kept.forget(7)
        return name

    kept = Remembered(look)
    assert kept.get(7, 60.0) == "before"
    assert kept.get(7, 60.0) == "after"
    assert kept.get(7, 60.0) == "after"


def test_nobody_waits_for_ever_for_one_who_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "PATIENCE_SECONDS", 0.0)
    never = threading.Event()

    def look(_event_id: int) -> str:
        if threading.current_thread() is not threading.main_thread():
            never.wait(5)
        return "facts"

    kept = Remembered(look)
    lost = threading.Thread(target=kept.get, args=(7, 60.0))
    lost.start()
    assert kept.get(7, 60.0) == "facts"
    never.set()
    lost.join()


def test_an_error_is_not_remembered() -> None:
    outcomes: list[Exception | str] = [OSError("gone"), "back"]

    def look(_event_id: int) -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    kept = Remembered(look)
    with pytest.raises(OSError, match="gone"):
        kept.get(7, 60.0)
    assert kept.get(7, 60.0) == "back"
