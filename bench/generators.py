"""Crowds in processes of their own: one process has one core, and may have only so many files open."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

END, PROCESSOR = "", "processor time"


class Generators:
    """So many processes with a crowd each, which is asked by the names of its methods."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def __len__(self) -> int:
        return len(self._pipes)

    async def each(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What the coroutine of this name returns in each process, with arguments of its own. Raises what it raises."""
        answers = await asyncio.gather(
            *(
                asyncio.to_thread(_asked, pipe, method, given)
                for pipe, given in zip(self._pipes, arguments, strict=True)
            )
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return list(answers)

    async def all(self, method: str, *arguments: Any) -> list[Any]:
        return await self.each(method, [arguments] * len(self))

    async def processor_seconds(self) -> float:
        """Of them all so far, and of this process."""
        return time.process_time() + sum(await self.all(PROCESSOR))


def _asked(pipe: Connection, method: str, arguments: tuple[Any, ...]) -> Any:
    pipe.send((method, arguments))
    return pipe.recv()


@contextmanager
def generators(count: int, crowd: Callable[[], Any]) -> Iterator[Generators]:
    """Processes that each make a crowd of their own, until the end. `crowd` is sent there, so it is a module's own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = zip(*(context.Pipe() for _ in range(count)), strict=True)
    processes = [context.Process(target=_work, args=(pipe, crowd), daemon=True) for pipe in theirs]
    for process in processes:
        process.start()
    try:
        yield Generators(ours)
    finally:
        for pipe in ours:
            pipe.send((END, ()))
        for process in processes:
            process.join()


def _work(pipe: Connection, make: Callable[[], Any]) -> None:
    asyncio.run(_answer(pipe, make()))


async def _answer(pipe: Connection, crowd: Any) -> None:
    while True:
        method, arguments = await asyncio.to_thread(pipe.recv)
        if method == END:
            return
        try:
            answer = time.process_time() if method == PROCESSOR else await getattr(crowd, method)(*arguments)
        except Exception as error:  # it is raised where it was asked for
            answer = error
        await asyncio.to_thread(pipe.send, answer)
