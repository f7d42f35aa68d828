"""Writes of many people at the same moment in one transaction.

A commit waits for the disk, and costs the same for one row as for fifty. When hundreds come in a second, those who
come within a moment of the last commit share the next; whoever comes alone waits for nobody.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

T = TypeVar("T")

MOST_AT_ONCE = 100
# From one commit to the next, where people come one after the other: nobody notices it, and in a rush it saves two of
# three commits.
GATHER_SECONDS = 0.05


class Writer(Protocol):
    def write(self) -> AbstractContextManager[Session]: ...


@dataclass(eq=False)
class _Wish:
    """What somebody wants to write, and what came of it."""

    act: Callable[[Session], Any]
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None


class SharedWrites:
    def __init__(self, database: Writer) -> None:
        self._database = database
        self._waiting: list[_Wish] = []
        self._turn = threading.Lock()
        self._written_at = -GATHER_SECONDS  # time.monotonic()

    def run(self, act: Callable[[Session], T]) -> T:
        """What `act` gives, once it is committed. An `act` that raises must not have changed anything before."""
        wish = _Wish(act)
        self._waiting.append(wish)
        time.sleep(0)  # whoever else is just now coming in gets to here
        with self._turn:
            if not wish.is_done:
                self._gather()
            while not wish.is_done:
                self._write()
        if wish.error is not None:
            raise wish.error
        result: T = wish.result
        return result

    def _gather(self) -> None:
        """Let others come in where the last commit is only just over."""
        time.sleep(max(0.0, self._written_at + GATHER_SECONDS - time.monotonic()))

    def _write(self) -> None:
        wishes, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        try:
            self._commit(wishes)
        except IntegrityError:
            for (
                wish
            ) in wishes:  # what one of them wrote is there already: that is no reason to refuse the others
                self._alone(wish)
        except BaseException as error:
            for wish in wishes:
                wish.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._written_at = time.monotonic()
            for wish in wishes:
                wish.is_done = True

    def _commit(self, wishes: Sequence[_Wish]) -> None:
        with self._database.write() as session, session.no_autoflush:
            for wish in wishes:
                wish.error = None
                try:
                    wish.result = wish.act(session)
                except DBAPIError:  # the transaction is over, for all of them
                    raise
                except Exception as error:
                    wish.error = error

    def _alone(self, wish: _Wish) -> None:
        try:
            self._commit([wish])
        except Exception as error:
            wish.error = error
