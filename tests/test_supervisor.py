"""The supervisor with small stand-in programs, in a process of its own, as a terminal would run it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks at processes through /proc"
)

PATIENCE_SECONDS = 60.0

# Says that it started, and says so again when it is asked to stop.
POLITE = """
import signal, sys, time
def stop(*_):
    print("bye", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("hello", flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("hello", flush=True)
time.sleep(60)
"""
BROKEN = """
import sys
sys.exit("the cellar is flooded")
"""
# Like a worker that forks for a job: the child goes into a group of its own.
PARENT = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if not child:
    os.setpgrp()
    time.sleep(60)
    os._exit(0)
print("child", child, flush=True)
time.sleep(60)
"""


class Running:
    """A supervisor process and the lines that it prints."""

    def __init__(self, folder: Path, programs: str) -> None:
        script = folder / "supervise.py"
        script.write_text(
            "import os, sys, time\n"
            "from pathlib import Path\n"
            "from plugin.operate.supervisor import Program, Supervisor\n"
            "def program(name, code, rank=1, stop=5.0, **more):\n"
            "    return Program(name=name, command=(sys.executable, '-c', code), environ=os.environ,\n"
            "                   stop_rank=rank, stop_seconds=stop, **more)\n"
            + textwrap.dedent(programs)
            + "\nSupervisor(programs).run()\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                self._queue.put(line.rstrip())
        self._queue.put(None)

    def wait_for(self, text: str) -> str:
        """The next line that holds `text`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                line = self._queue.get(timeout=0.1)
            except Empty:
                continue
            assert line is not None, f"ended without saying {text!r}: {self.lines}"
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not said: {self.lines}")

    def finish(self, number: int = signal.SIGTERM) -> list[str]:
        """Ask it to stop; all the lines since the start."""
        self.process.send_signal(number)
        return self.rest()

    def rest(self) -> list[str]:
        self.process.wait(PATIENCE_SECONDS)
        while (line := self._queue.get(timeout=PATIENCE_SECONDS)) is not None:
            self.lines.append(line)
        return self.lines


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    started: list[Running] = []

    def start(programs: str) -> Running:
        started.append(Running(tmp_path, programs))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


def status(pid: int) -> list[str]:
    """State, parent and what follows of one process, from /proc; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def children_of(pid: int) -> list[int]:
    processes = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [each for each in processes if status(each)[1:2] == [str(pid)]]


def is_running(pid: int) -> bool:
    """Running, and not merely a dead entry that waits for its parent."""
    return status(pid)[:1] not in ([], ["Z"], ["X"])


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_each_line_carries_the_name_of_its_program(supervise: Callable[[str], Running]) -> None:
    running = supervise(f"programs = [program('ada', {POLITE!r}), program('ben', {POLITE!r})]")
    lines = {running.wait_for("hello"), running.wait_for("hello")}
    assert lines == {"ada       | hello", "ben       | hello"}


def test_programs_stop_rank_by_rank_and_the_supervisor_ends_with_code_0(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(
        f"programs = [program('store', {POLITE!r}, 3), program('work', {POLITE!r}, 2),"
        f" program('web', {POLITE!r}, 1)]"
    )
    for _ in range(3):
        running.wait_for("hello")
    lines = running.finish()
    assert [line.split()[0] for line in lines if line.endswith("bye")] == ["web", "work", "store"]
    assert lines[-1] == "mosaic    | Stopped."
    assert running.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_stop_it_too(
    supervise: Callable[[str], Running], number: signal.Signals
) -> None:
    running = supervise(f"programs = [program('web', {POLITE!r})]")
    running.wait_for("hello")
    assert "web       | bye" in running.finish(number)
    assert running.process.returncode == 0


def test_a_program_that_is_killed_is_started_again(supervise: Callable[[str], Running]) -> None:
    running = supervise(f"programs = [program('web', {POLITE!r})]")
    running.wait_for("hello")
    (victim,) = children_of(running.process.pid)
    os.kill(victim, signal.SIGKILL)
    assert "was killed by SIGKILL" in running.wait_for("starting it again")
    running.wait_for("hello")
    assert children_of(running.process.pid) != [victim]


def test_a_crash_loop_is_told_with_its_last_words_and_the_rest_goes_on(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(f"programs = [program('web', {POLITE!r}), program('place', {BROKEN!r})]")
    line = running.wait_for("keeps stopping")
    assert "place keeps stopping: 3 times in a row" in line
    assert line.endswith("Its last words: the cellar is flooded")
    lines = running.finish()
    assert "web       | bye" in lines
    assert not any("web stopped" in line for line in lines)


def test_a_program_that_does_not_exist_is_a_crash_loop_not_the_end(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(
        "programs = [Program(name='gone', command=('/nowhere/gone',), environ={}, stop_rank=1, stop_seconds=1)]"
    )
    assert "/nowhere/gone" in running.wait_for("keeps stopping")
    running.finish()
    assert running.process.returncode == 0


def test_programs_wait_until_the_one_before_is_ready(
    supervise: Callable[[str], Running], tmp_path: Path
) -> None:
    flag = tmp_path / "ready"
    slow = f"import time, pathlib; time.sleep(0.5); pathlib.Path({str(flag)!r}).touch(); time.sleep(60)"
    seen = f"import pathlib; print('ready' if pathlib.Path({str(flag)!r}).exists() else 'early', flush=True)"
    running = supervise(
        f"programs = [program('store', {slow!r}, ready=Path({str(flag)!r}).exists),"
        f" program('web', {(seen + POLITE)!r})]"
    )
    running.wait_for("hello")
    assert "web       | ready" in running.lines


def test_a_program_that_never_gets_ready_holds_nobody_back_for_ever(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(
        "import plugin.operate.supervisor\nplugin.operate.supervisor.READY_SECONDS = 0.3\n"
        f"programs = [program('store', {POLITE!r}, ready=lambda: False), program('web', {POLITE!r})]"
    )
    assert "store is not ready" in running.wait_for("going on without it")
    running.wait_for("web       | hello")


def test_a_program_that_does_not_stop_in_time_is_killed_with_words(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(f"programs = [program('web', {STUBBORN!r}, stop=0.3)]")
    running.wait_for("hello")
    (stubborn,) = children_of(running.process.pid)
    assert any("web did not stop in 0 s and is killed" in line for line in running.finish())
    assert not is_running(stubborn)


def test_a_second_ctrl_c_kills_at_once_with_all_that_was_started(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(f"programs = [program('work', {PARENT!r}, stop=60)]")
    grandchild = int(running.wait_for("child").split()[-1])
    running.process.send_signal(signal.SIGINT)
    running.wait_for("Stopping")
    running.finish(signal.SIGINT)
    assert running.process.returncode == 0
    assert not is_running(grandchild)


def test_programs_end_when_the_supervisor_is_killed(supervise: Callable[[str], Running]) -> None:
    running = supervise(f"programs = [program('ada', {POLITE!r}), program('ben', {POLITE!r})]")
    running.wait_for("hello")
    running.wait_for("hello")
    programs = children_of(running.process.pid)
    assert len(programs) == 2
    running.process.kill()
    wait_until(lambda: not any(is_running(pid) for pid in programs))


def test_even_a_stubborn_program_ends_when_the_supervisor_is_killed(
    supervise: Callable[[str], Running],
) -> None:
    running = supervise(f"programs = [program('ada', {STUBBORN!r})]")
    running.wait_for("hello")
    (stubborn,) = children_of(running.process.pid)
    running.process.kill()
    wait_until(lambda: not is_running(stubborn))


def test_a_program_may_ask_to_end_in_its_own_way_when_the_supervisor_is_killed(
    supervise: Callable[[str], Running], tmp_path: Path
) -> None:
    flag = tmp_path / "saved"
    store = POLITE.replace('print("bye", flush=True)', f"open({str(flag)!r}, 'w').close()")
    running = supervise(
        f"import signal\nprograms = [program('store', {store!r}, orphan_signal=signal.SIGTERM)]"
    )
    running.wait_for("hello")
    running.process.kill()
    wait_until(flag.exists)


def test_a_closed_output_is_no_reason_to_stop(supervise: Callable[[str], Running], tmp_path: Path) -> None:
    flag = tmp_path / "stopped"
    code = (
        "import signal, sys, time, pathlib\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(flag)!r}).touch(), sys.exit(0)))\n"
        "while True: print('tick', flush=True); time.sleep(0.05)\n"
    )
    running = supervise(f"sys.stdout = open('/dev/full', 'w')\nprograms = [program('web', {code!r})]")
    wait_until(lambda: len(children_of(running.process.pid)) == 1)
    time.sleep(0.5)
    assert running.process.poll() is None
    running.finish()
    assert flag.exists()
