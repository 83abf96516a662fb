"""Jobs in worker processes: so many at once, so many in a queue, each killed past its time or when it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from statlogit.web.limits import GIGABYTE, Limits
from statlogit.web.refusal import Refusal

State = Literal["queued", "running", "done", "failed", "cancelled"]
LINE = 32 << 20  # bytes of one message of a worker
ACTIVE = ("queued", "running")


@dataclass(slots=True, eq=False)
class Job:
    """folder: where the worker runs and writes. request: what it is asked, as JSON. done: called with the result.

    title: what the visitor reads once there is a result.
    """

    number: int
    kind: str
    folder: Path
    request: dict[str, Any]
    done: Callable[[Job], None] = lambda _: None
    state: State = "queued"
    stage: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    task: asyncio.Task[None] | None = None
    title: str = ""

    @property
    def is_active(self) -> bool:
        """Waiting or running."""
        return self.state in ACTIVE

    def cancel(self) -> None:
        """Kill the worker, or leave the queue."""
        if self.is_active:
            self.state = "cancelled"
            if self.task is not None:
                self.task.cancel()


class Pool:
    """The workers of one server."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = asyncio.Semaphore(limits.workers)
        self._jobs: list[Job] = []

    @property
    def jobs(self) -> list[Job]:
        """Those that wait or run, in their order."""
        self._jobs = [job for job in self._jobs if job.is_active]
        return self._jobs

    def ahead(self, job: Job) -> int:
        """How many wait before this one."""
        return sum(other.state == "queued" for other in self.jobs[: self.jobs.index(job)]) if job in self.jobs else 0

    def submit(self, job: Job) -> None:
        """Start the job or let it wait. Raises Refusal where the queue is full."""
        active = self.jobs
        if len(active) >= self._limits.workers + self._limits.queue:
            raise Refusal(
                429,
                f"{len(active)} fits are running or waiting, the most this server takes on. Try again in a moment.",
            )
        active.append(job)
        job.task = asyncio.create_task(self._run(job))

    async def close(self) -> None:
        """Kill every worker."""
        tasks = [job.task for job in self.jobs if job.task is not None]
        for job in self.jobs:
            job.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        try:
            async with self._free:
                await self._finish(job)
        finally:
            if job.state != "done":
                shutil.rmtree(job.folder, ignore_errors=True)

    async def _finish(self, job: Job) -> None:
        job.state = "running"
        process = await self._started(job)
        message: dict[str, Any] = {}
        try:
            async with asyncio.timeout(self._limits.job_time):
                message = await _last_message(process, job)
        except TimeoutError:
            message = {"error": {"message": _late(self._limits)}}
        finally:
            await _end(process)
        job.error = message.get("error")
        job.result = message.get("result")
        if job.result is None:
            job.error = job.error or {"message": _ended(process.returncode, self._limits)}
            job.state = "failed"
            return
        job.done(job)
        job.state = "done"

    async def _started(self, job: Job) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-X", "utf8", "-m", "statlogit.web.worker",
            stdin=PIPE, stdout=PIPE, limit=LINE, cwd=job.folder, env=_environment(self._limits),
            start_new_session=True,
        )  # fmt: skip
        limits = {
            "memory": self._limits.job_memory, "time": self._limits.job_time, "rows": self._limits.rows,
            "columns": self._limits.columns, "upload": self._limits.upload,
        }  # fmt: skip
        if process.stdin is not None:  # it stays open: its end tells the worker that this process is gone
            process.stdin.write(json.dumps(job.request | {"limits": limits}).encode() + b"\n")
        return process


async def _last_message(process: Process, job: Job) -> dict[str, Any]:
    """The worker's result or error; where it is until then goes to the job. Nothing where it ends without a word."""
    if process.stdout is not None:
        async for line in process.stdout:
            message: dict[str, Any] = json.loads(line)
            if "result" in message or "error" in message:
                return message
            job.stage = message
    await process.wait()
    return {}


async def _end(process: Process) -> None:
    """Kill the worker and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _late(limits: Limits) -> str:
    """Why a worker was killed."""
    return (
        f"This took longer than {limits.job_time:g} seconds and was stopped. Use fewer rows or terms, or start "
        f"statlogit serve --time-limit {2 * limits.job_time:g}."
    )


def _ended(code: int | None, limits: Limits) -> str:
    """Why a worker that said nothing is gone."""
    return (
        f"The process that computes ended before it was done (code {code}). It may use "
        f"{limits.job_memory / GIGABYTE:g} GB of memory; use fewer rows or terms."
    )


def _environment(limits: Limits) -> dict[str, str]:
    """Nothing of ours but where to find the package, and an equal share of the processors."""
    threads = str(max(1, (os.cpu_count() or 1) // limits.workers))
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "NUMBA_CACHE_DIR") if name in os.environ}
    shared = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), threads)
    return kept | shared | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONNOUSERSITE": "1"}
