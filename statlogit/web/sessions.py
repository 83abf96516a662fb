"""What is kept of a visit, and its end: one folder a session, removed with it."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from statlogit.web.jobs import Job
from statlogit.web.limits import Limits

PREFIX = "statlogit-serve-"
MOST_ENDED = 50  # failed and cancelled jobs that a session remembers


@dataclass(frozen=True, slots=True)
class DataSet:
    """A CSV that was read. facts: what the worker tells of it."""

    folder: Path
    name: str
    facts: dict[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(column["name"] for column in self.facts["columns"])


@dataclass(slots=True)
class Session:
    """One visitor. key: in the cookie. token: in the page, and with every request that changes something."""

    folder: Path
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    seen: float = field(default_factory=time.monotonic)
    data: DataSet | None = None
    jobs: dict[int, Job] = field(default_factory=dict)
    n_jobs: int = 0
    n_models: int = 0  # of these data

    def next_number(self) -> int:
        """A number that no job of this session has had."""
        self.n_jobs += 1
        return self.n_jobs

    def name_model(self, job: Job) -> None:
        """Number a model, once it is fitted."""
        self.n_models += 1
        job.title = f"Model {self.n_models}"

    def keep(self, job: Job) -> None:
        """Remember a job, and of the failed and cancelled ones the latest only."""
        ended = [n for n, other in self.jobs.items() if other.state in ("failed", "cancelled")]
        for n in ended[:-MOST_ENDED]:
            del self.jobs[n]
        self.jobs[job.number] = job

    def finished(self, kind: str) -> dict[int, Job]:
        """The jobs of one kind that have a result."""
        return {n: job for n, job in self.jobs.items() if job.kind == kind and job.state == "done"}

    def forget(self) -> None:
        """Stop its jobs and remove its files."""
        for job in self.jobs.values():
            job.cancel()
        self.jobs.clear()
        self.data, self.n_models = None, 0
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove the folders of servers that were killed before they could."""
    if os.name != "posix":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        number = folder.name.removeprefix(PREFIX).split("-")[0]
        ours = folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
        if ours and number.isdecimal() and not _is_running(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


class Sessions:
    """All visitors of one server, in one private folder."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        remove_abandoned()
        self.root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._open: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._open.values()))

    def open(self) -> Session:
        """A new session; the one that has been idle longest ends where there are too many."""
        if len(self._open) >= self._limits.sessions:
            self._end(min(self, key=lambda session: session.seen))
        session = Session(Path(tempfile.mkdtemp(dir=self.root)))
        self._open[session.key] = session
        return session

    def find(self, key: str | None) -> Session | None:
        """The session of a cookie, which is then not idle."""
        session = self._open.get(key) if key else None
        if session is not None:
            session.seen = time.monotonic()
        return session

    def renew(self, session: Session) -> None:
        """Forget all that a session holds; the visitor stays."""
        session.forget()
        session.folder.mkdir(mode=0o700)

    def expire(self) -> None:
        """End the sessions that have been idle for too long."""
        oldest = time.monotonic() - self._limits.idle
        for session in self:
            if session.seen < oldest and not any(job.is_active for job in session.jobs.values()):
                self._end(session)

    def close(self) -> None:
        """End all and remove the folder."""
        for session in self:
            self._end(session)
        shutil.rmtree(self.root, ignore_errors=True)

    def _end(self, session: Session) -> None:
        session.forget()
        self._open.pop(session.key, None)
