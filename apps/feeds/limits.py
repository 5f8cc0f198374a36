"""How much memory and processor time this process may take while it reads a file. The kernel holds it to them, so no file gets around it by what it holds.

Beyond the memory MemoryError is raised, or the process ends where a library does not know better; beyond the time the process is ended. What it was doing
is still owed: after three such ends the file needs a person. The limits are this process's own, so reading costs nothing more than without them.
"""

import math
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_MEMORY = 260 << 20  # bytes of data; what the program itself takes comes on top, together under 300 MB
LEAST_MEMORY = 64 << 20  # of its own for the file, in a process that holds much already
LEAST_SECONDS = 120
BYTES_A_SECOND = 1 << 20  # the slowest format on a slow machine is read three times as fast


@contextmanager
def limited(*, size: int) -> Iterator[None]:
    """The limits for a file of `size` bytes; afterwards they are what they were. Where the kernel is not Linux only the time is limited."""
    kinds = {
        resource.RLIMIT_CPU: math.ceil(time.process_time()) + LEAST_SECONDS + size // BYTES_A_SECOND,
        resource.RLIMIT_CORE: 0,  # who is ended must not leave its memory, and so the file, on the disk
    }
    if sys.platform == "linux":
        kinds[resource.RLIMIT_DATA] = max(MOST_MEMORY, held() + LEAST_MEMORY)
    before = {kind: resource.getrlimit(kind) for kind in kinds}
    try:
        for kind, most in kinds.items():
            resource.setrlimit(kind, (lower(most, before[kind]), before[kind][1]))
        yield
    finally:
        for kind, limits in before.items():
            resource.setrlimit(kind, limits)


def lower(most: int, limits: tuple[int, int]) -> int:
    """The lowest of the limit that is wanted and those that somebody else has set."""
    return min([most, *(limit for limit in limits if limit != resource.RLIM_INFINITY)])


def held() -> int:
    """Bytes of data that this process holds, as the kernel counts them for the limit."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
