"""What the processes of a run share, in one mapped file: the clock, who is busy, counts, and how often a thing was tried.

The clock is one number and a slot belongs to one worker: both are read and written without a lock. Who counts an attempt holds
the lock of the file, so that no two processes ever get the same number.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
import weakref
from collections import Counter
from pathlib import Path

SLOTS = 32
KINDS = (
    "store error", "store throttled", "store unreachable", "store reply lost", "store write repeated",
    "store transaction conflict", "store transaction throttled", "KMS error", "store away after an answer",
    "killed before a store call", "killed after a store write", "killed before the send", "killed after Alipay acted",
    "killed before the reply", "killed at a KMS call", "invocations", "killed on request",
)  # fmt: skip
"""What workers count."""
IDLE, BUSY, ASLEEP = 0, 1, 2
TRIES = 1 << 20
"""How many things can be counted; 2000 payments are some 60,000."""
_CLOCK = struct.Struct("<dd")
_SLOT = struct.Struct("<qq")
_NUMBER = struct.Struct("<q")
_TRY = struct.Struct("<8sq")
_NOBODY = bytes(8)
_SLOTS_AT = _CLOCK.size
_COUNTS_AT = _SLOTS_AT + SLOTS * _SLOT.size
_TRIES_AT = _COUNTS_AT + SLOTS * len(KINDS) * _NUMBER.size


class Board:
    """The shared file; *tries* is how many things can be counted in it."""

    def __init__(self, path: Path, tries: int = TRIES) -> None:
        self._tries, size = tries, _TRIES_AT + tries * _TRY.size
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)
        if not path.stat().st_size:
            os.truncate(self._file, size)
        self._map = mmap.mmap(self._file, size)
        self._threads = threading.Lock()

    # --- the clock: virtual seconds are monotonic seconds times the speed, plus an offset that jumps move

    def set_clock(self, now: float, speed: float) -> None:
        """From now on it is *now* (virtual seconds since the epoch), and goes on at *speed*."""
        _CLOCK.pack_into(self._map, 0, now - time.monotonic() * speed, speed)

    def now(self) -> int:
        """The present moment in milliseconds."""
        offset, speed = _CLOCK.unpack_from(self._map, 0)
        return int((time.monotonic() * speed + offset) * 1000)

    # --- slots: what each worker is doing

    def mark(self, slot: int, state: int, until: int = 0) -> None:
        """Worker *slot* is idle, busy, or asleep until a moment."""
        _SLOT.pack_into(self._map, _SLOTS_AT + slot * _SLOT.size, state, until)

    def busy(self) -> bool:
        """Whether a worker has something in hand other than waiting for a moment."""
        return any(state == BUSY for state, _ in self._slots())

    def wakes(self) -> list[int]:
        """The moments that workers wait for."""
        return [until for state, until in self._slots() if state == ASLEEP]

    def _slots(self) -> list[tuple[int, int]]:
        return [_SLOT.unpack_from(self._map, _SLOTS_AT + slot * _SLOT.size) for slot in range(SLOTS)]

    # --- counts

    def count(self, slot: int, kind: str) -> None:
        """One more of *kind* at worker *slot*."""
        place = _COUNTS_AT + (slot * len(KINDS) + KINDS.index(kind)) * _NUMBER.size
        (count,) = _NUMBER.unpack_from(self._map, place)
        _NUMBER.pack_into(self._map, place, count + 1)

    def counts(self) -> Counter[str]:
        """All counts of all workers."""
        found: Counter[str] = Counter()
        for slot in range(SLOTS):
            for index, kind in enumerate(KINDS):
                (count,) = _NUMBER.unpack_from(self._map, _COUNTS_AT + (slot * len(KINDS) + index) * _NUMBER.size)
                found[kind] += count
        return found

    def attempt(self, *about: str) -> int:
        """How often *about* was tried before this time, by whichever process.

        Raises:
            RuntimeError: there is no room for another thing.
        """
        name = hashlib.blake2b("\0".join(about).encode(), digest_size=8).digest()
        first = int.from_bytes(name, "little")
        # The lock of a file keeps processes apart, not the threads of one of them. It ends with its process.
        with self._threads:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                for further in range(self._tries):
                    place = _TRIES_AT + (first + further) % self._tries * _TRY.size
                    whose, count = _TRY.unpack_from(self._map, place)
                    if whose in (name, _NOBODY):
                        _TRY.pack_into(self._map, place, name, count + 1)
                        return int(count)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        raise RuntimeError(f"more than {self._tries} things were tried")


class SharedClock:
    """The clock of a worker: see autodebit.clock.Clock. While an invocation only waits, time may jump to where it goes on."""

    def __init__(self, board: Board, slot: int) -> None:
        self._board = board
        self._slot = slot

    def now(self) -> int:
        return self._board.now()

    def sleep(self, milliseconds: int) -> None:
        until = self.now() + milliseconds
        # A poller's threads sleep beside others that work; its main thread sleeps only when there is nothing else to do.
        waiting = threading.current_thread() is threading.main_thread()
        if waiting:
            self._board.mark(self._slot, ASLEEP, until)
        while self.now() < until:
            time.sleep(0.005)
        if waiting:
            self._board.mark(self._slot, BUSY)
