"""The processes below a running service, by what they do; read from /proc (Linux)."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KINDS = ("prepare", "place", "sweep", "valkey", "web")


@dataclass(frozen=True)
class Process:
    pid: int
    kind: str  # one of KINDS
    cpu_seconds: float  # its own and that of its children that have ended


def processes(supervisor: int) -> list[Process]:
    """All processes below the supervisor: also the prepare workers' one for each job, and gunicorn's workers."""
    found = [Process(pid, _kind(pid), cpu) for pid, cpu in _below(supervisor)]
    return [each for each in found if each.kind]


def kill_all(supervisor: int) -> None:
    """As when the machine they are on loses its power: none of them ends in an orderly way."""
    everybody = [supervisor, *(pid for pid, _ in _below(supervisor))]
    for pid in everybody:  # the supervisor first, so that it starts none of them again
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _below(supervisor: int) -> list[tuple[int, float]]:
    """(pid, cpu seconds) of each."""
    parents = {pid: parent for pid, parent, _ in _all()}
    return [(pid, cpu) for pid, _, cpu in _all() if _is_below(pid, supervisor, parents)]


def _all() -> Iterator[tuple[int, int, float]]:
    """(pid, parent's pid, cpu seconds) of each process."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The second field is the name in parentheses and may itself hold spaces and parentheses.
            fields = entry.read_text().rpartition(")")[2].split()
            yield int(entry.parent.name), int(fields[1]), sum(map(int, fields[11:15])) / TICKS


def _is_below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == ancestor:
            return True
    return False


def _kind(pid: int) -> str:
    """What a process is there for, from its command line; empty for one that is just starting or ending."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        if "gunicorn" in words:
            return "web"
        if (
            any(word.endswith(("valkey-server", "redis-server")) for word in words[:1])
            or "valkey" in words[0]
        ):
            return "valkey"
        if "worker" in words and (role := words[words.index("worker") + 1]) in KINDS:
            return role
    return ""


def cpu_by_kind(supervisor: int) -> dict[str, float]:
    """CPU seconds so far, of each kind."""
    spent = dict.fromkeys(KINDS, 0.0)
    for each in processes(supervisor):
        spent[each.kind] += each.cpu_seconds
    return spent


def cpu_below(ancestor: int) -> float:
    """CPU seconds so far, of all below a process that is not ours."""
    return sum(cpu for _, cpu in _below(ancestor))


def memory_below(ancestor: int, kind: str = "") -> int:
    """Bytes that all below a process have for themselves, and their part of what they share; of one kind, or of all."""
    pids = [pid for pid, _ in _below(ancestor) if not kind or _kind(pid) == kind]
    return sum(_memory(pid) for pid in pids)


def _memory(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def busy_seconds() -> float:
    """CPU seconds that the whole machine has spent on anything so far."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(interrupts)) / TICKS
