"""What a process that decodes strangers' bytes may use."""

import ctypes
import resource
from contextlib import suppress

M_MMAP_THRESHOLD = -3  # malloc.h
LARGE_BYTES = 1 << 20


def limit_memory(megabytes: int) -> None:
    """Let this process, and those it forks, address at most so much memory; more raises MemoryError."""
    wanted = megabytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > wanted:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def give_large_blocks_back() -> None:
    """Let the allocator return large blocks to the system as soon as they are free.

    By itself it keeps them once it has seen a few, and between a film's frames the encoder's own blocks then hold the
    holes open: 850 MB instead of 230.
    """
    with suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def give_memory_back() -> None:
    """Return what is free to the system now."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
