"""What workers are made to do in test_dask.py; it is sent to them as a file."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_info

import statlogit.sources.dask


def kill_once(task, *, work, flag, stopped):
    """Do the work, but the first worker that comes here dies in the middle of it."""
    if not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return work(task, stopped=stopped)


def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Most:
    value: int

    def __add__(self, other):
        return Most(max(self.value, other.value))


def blas_threads(_batch):
    """The threads that BLAS has now."""
    return [Most(max(lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"))]


def slowly(task, *, stopped, log):
    """A long task that looks whether it is wanted, and writes down that it ran and that it was stopped."""
    with open(f"{log}/{os.getpid()}-{task.start}", "w") as out:
        try:
            for _ in range(600):
                time.sleep(0.05)
                if stopped():
                    break
        finally:
            out.write("ended")


def pretend(version):
    """Be a worker with another statlogit."""
    statlogit.sources.dask.__version__ = version
