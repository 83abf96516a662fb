"""Threads belong to the fold over blocks; BLAS keeps to one of them.

The matrices of one tile are too small to share, and a threaded BLAS that waits by spinning on a busy machine makes a
factorisation of 1,000 columns take a second instead of 20 ms. The limit also makes sums repeatable.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

LARGE = 1_000_000  # rows times columns; below, finding the libraries costs more than it saves
MOST_WORKERS = 8  # the passes are bound by memory long before
AHEAD = 4  # results a worker may be ahead of the sum


class _Limit:
    """BLAS keeps to one thread while anybody holds this: folds overlap, and the last to end lifts the limit."""

    def __init__(self) -> None:
        self._lock, self._holders = Lock(), 0
        self._libraries = ThreadpoolController()  # type: ignore[no-untyped-call]
        self._limited: Any = None

    def __enter__(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                self._limited = self._libraries.limit(limits=1, user_api="blas")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                self._limited.restore_original_limits()


@cache
def _limit() -> _Limit:
    return _Limit()


@contextmanager
def one_blas_thread(size: int = LARGE) -> Iterator[None]:
    """Limit BLAS to one thread for the block where size (rows times columns, times passes) is large."""
    if size < LARGE:
        yield
        return
    with _limit():
        yield


def workers() -> int:
    """Threads of a fold: the cores this process may use, or OMP_NUM_THREADS where that is less."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores, MOST_WORKERS, int(asked) if asked.isdecimal() else MOST_WORKERS))


def in_order(
    f: Callable[[T], R], items: Iterable[T], n_workers: int, abandon: Callable[[], object] = lambda: None
) -> Generator[R, None, None]:
    """f of each item, by several threads, in the order of the items; only a few results wait at any time.

    abandon: called where the results are no longer wanted, so that what is under way can end early.
    """
    if n_workers == 1:
        yield from map(f, items)
        return
    pool = ThreadPoolExecutor(n_workers)
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(f, item))
            if len(waiting) > AHEAD * n_workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException:
        abandon()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # left early: what has not begun never will
