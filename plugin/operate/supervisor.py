"""Keeps a handful of programs running under one process: starts, watches, restarts and stops them.

It knows nothing of what the programs do. Their output comes through pipes and is printed line by line
with the program's name, so one terminal, or one journal, tells the whole story.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO

TICK_SECONDS = 0.2
READY_SECONDS = 20.0
# Who lived this long was well: the count of deaths in a row begins anew.
HEALTHY_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
CRASH_LOOP = 3
REMEMBERED_LINES = 20
LAST_LINES_SECONDS = 0.3
LABEL_WIDTH = 10
PR_SET_PDEATHSIG = 1

# Runs in the child between fork and exec: asks the kernel for a signal when the supervisor dies, however it
# dies, then becomes the program. A preexec_fn would do the same but is unsafe beside our reading threads.
GUARD = f"""
import ctypes, os, sys
parent, number, *command = sys.argv[1:]
ctypes.CDLL(None).prctl({PR_SET_PDEATHSIG}, int(number))
if os.getppid() != int(parent):
    sys.exit(1)
try:
    os.execv(command[0], command)
except OSError as error:
    sys.exit(f"{{command[0]}}: {{error.strerror}}")
"""


class StartError(Exception):
    """The service cannot start. The text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program to keep running. `command[0]` is an absolute path."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    stop_rank: int
    """Programs of a lower rank are stopped before those of a higher one."""
    stop_seconds: float
    """How long it may take to finish after SIGTERM before it is killed."""
    keep_open: tuple[int, ...] = ()
    """File descriptors it inherits."""
    orphan_signal: int = signal.SIGKILL
    """What it gets when the supervisor itself was killed. It loses its store at the same moment, so a program
    that would finish its work first may wait for ever."""
    ready: Callable[[], bool] | None = None
    """Programs that come after this one wait until this says yes, or READY_SECONDS."""
    unsaid: tuple[str, ...] = ()
    """Lines that hold one of these texts are no news and not printed."""


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    reader: threading.Thread | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths_in_a_row: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED_LINES))


class Supervisor:
    """Runs programs in the given order until SIGINT, SIGTERM or SIGHUP; a second SIGINT kills them."""

    def __init__(
        self,
        programs: Sequence[Program],
        output: TextIO | None = None,
        line: Callable[[str, str], str] | None = None,
        leave: Callable[[], Iterable[float]] = tuple,
    ) -> None:
        """`leave` is gone through when it is time to stop, before any program is told: a pause after each step."""
        self._programs = programs
        self._leave = leave
        self._line = line or labelled
        self._children: list[_Child] = []
        self._output = output or sys.stdout
        self._output_lock = threading.Lock()
        self._asked_to_stop = False
        self._interrupts = 0

    def say(self, text: str, name: str = "mosaic") -> None:
        """Print one line under a program's name. A closed terminal is no reason to stop."""
        with self._output_lock, suppress(OSError, ValueError):
            self._output.write(self._line(text, name) + "\n")
            self._output.flush()

    def run(self) -> None:
        """Start everything, keep it running, and return when all has stopped."""
        with self._signals() as woken:
            try:
                for program in self._programs:
                    if not self._asked_to_stop:
                        self._begin(program, woken)
                while not self._asked_to_stop:
                    self._tick(woken)
                self.say("Stopping ... (Ctrl-C again to stop at once)")
                for seconds in self._leave():
                    self._pause(woken, seconds)
                self._stop_in_order(woken)
            finally:
                self._kill_all()
        self.say("Stopped.")

    def process_ids(self) -> dict[str, int]:
        """The programs that run now, by name."""
        return {child.program.name: child.process.pid for child in self._children if child.process}

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """Take over the signals; give the end of a pipe that becomes readable with each of them."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        before = {number: signal.signal(number, self._note_signal) for number in numbers}
        wakeup_before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        try:
            yield woken
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(woken)
            os.close(wake)

    def _note_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGCHLD:
            return
        self._asked_to_stop = True
        if number == signal.SIGINT:
            self._interrupts += 1

    def _begin(self, program: Program, woken: int) -> None:
        child = _Child(program)
        self._children.append(child)
        self._start(child)
        deadline = time.monotonic() + READY_SECONDS
        while program.ready and not self._asked_to_stop and not program.ready():
            if time.monotonic() > deadline:
                self.say(f"{program.name} is not ready after {READY_SECONDS:.0f} s; going on without it.")
                return
            self._tick(woken, seconds=0.02)

    def _tick(self, woken: int, seconds: float = TICK_SECONDS) -> None:
        """Wait for a signal or a moment, then look after every child."""
        with suppress(OSError):
            select.select([woken], [], [], seconds)
            os.read(woken, 512)
        for child in self._children:
            self._look_after(child)

    def _look_after(self, child: _Child) -> None:
        if child.process is not None and child.process.poll() is not None:
            self._note_death(child, child.process.returncode)
            child.process = None
        now = time.monotonic()
        if child.process is None and not self._asked_to_stop and now >= child.start_again_at:
            self._start(child)

    def _start(self, child: _Child) -> None:
        program = child.program
        child.started_at = time.monotonic()
        try:
            child.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                _guarded(program),
                env=dict(program.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=program.keep_open,
                # Its own group, so that a Ctrl-C in the terminal reaches the supervisor alone.
                process_group=0,
            )
        except OSError as error:
            child.last_lines.append(f"{program.command[0]}: {error.strerror}")
            self._note_death(child, 127)
            return
        child.reader = threading.Thread(target=self._read, args=(child, child.process.stdout), daemon=True)
        child.reader.start()

    def _read(self, child: _Child, pipe: IO[bytes]) -> None:
        with pipe:
            for raw in pipe:
                line = raw.decode("utf-8", "replace").rstrip()
                if not line:
                    continue
                child.last_lines.append(line)
                if not any(text in line for text in child.program.unsaid):
                    self.say(line, child.program.name)

    def _note_death(self, child: _Child, code: int) -> None:
        """Say what happened and plan the next start: at once first, then with doubling pauses."""
        if (
            child.reader
        ):  # its last lines may still be on their way; a child of its own may hold the pipe open
            child.reader.join(LAST_LINES_SECONDS)
        now = time.monotonic()
        lived_seconds = now - child.started_at
        child.deaths_in_a_row = 1 if lived_seconds >= HEALTHY_SECONDS else child.deaths_in_a_row + 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (child.deaths_in_a_row - 1), LONGEST_PAUSE_SECONDS)
        child.start_again_at = now + pause
        if self._asked_to_stop:
            return
        self.say(f"{child.program.name} {_ending(code)} after {lived_seconds:.1f} s; starting it again.")
        if child.deaths_in_a_row >= CRASH_LOOP:
            last_words = child.last_lines[-1] if child.last_lines else "(it said nothing)"
            self.say(
                f"{child.program.name} keeps stopping: {child.deaths_in_a_row} times in a row. "
                f"The rest goes on; next try in {pause:.0f} s. Its last words: {last_words}"
            )

    def _pause(self, woken: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._interrupts < 2:
            self._tick(woken, seconds=0.05)

    def _stop_in_order(self, woken: int) -> None:
        for rank in sorted({child.program.stop_rank for child in self._children}):
            children = [child for child in self._children if child.program.stop_rank == rank]
            for child in children:
                _signal(child, signal.SIGTERM)
            started = time.monotonic()
            while any(child.process for child in children) and self._interrupts < 2:
                self._tick(woken, seconds=0.05)
                for child in children:
                    self._kill_when_late(child, time.monotonic() - started)

    def _kill_when_late(self, child: _Child, waited_seconds: float) -> None:
        if child.process and waited_seconds > child.program.stop_seconds:
            self.say(
                f"{child.program.name} did not stop in {child.program.stop_seconds:.0f} s and is killed."
            )
            _kill_family(child.process)
            child.process = None

    def _kill_all(self) -> None:
        for child in self._children:
            if child.process:
                _kill_family(child.process)
                child.process = None


def labelled(text: str, name: str = "mosaic") -> str:
    return f"{name:<{LABEL_WIDTH}}| {text}"


def as_object(text: str, name: str = "mosaic") -> str:
    """The same for machines: an object of JSON. What is one already gets the program's name."""
    try:
        said = json.loads(text) if text.startswith("{") else None
    except ValueError:
        said = None
    line = said if isinstance(said, dict) else {"message": text}
    return json.dumps({"program": name} | line, ensure_ascii=False)


def _guarded(program: Program) -> list[str]:
    """The command, tied to this process's life where the kernel can do that (Linux)."""
    if sys.platform != "linux":
        return list(program.command)
    guard = [sys.executable, "-I", "-S", "-c", GUARD]
    return [*guard, str(os.getpid()), str(int(program.orphan_signal)), *program.command]


def _ending(code: int) -> str:
    if code >= 0:
        return f"stopped with code {code}"
    return f"was killed by {signal.Signals(-code).name}"


def _signal(child: _Child, number: signal.Signals) -> None:
    if child.process:
        with suppress(ProcessLookupError):
            child.process.send_signal(number)


def _kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and all that it started, and wait for it."""
    for pid in [process.pid, *_descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _descendants(ancestor: int) -> list[int]:
    """Processes started by `ancestor` and by those, also when they went into a group of their own.

    Read from /proc (Linux); elsewhere only direct kills reach them and this is empty.
    """
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            # The second field is the name in parentheses and may itself hold spaces and parentheses.
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
