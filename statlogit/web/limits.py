"""What a visitor may ask for, in one place."""

from __future__ import annotations

from dataclasses import dataclass

GIGABYTE = 1 << 30
MEMORY_PER_BYTE = 20  # of a file, in the address space of a worker; 15 were measured


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    upload: int = 200_000_000
    rows: int = 5_000_000
    columns: int = 2_000
    job_time: float = 120.0
    job_memory: int = 4 * GIGABYTE  # address space of one worker
    workers: int = 2
    queue: int = 16  # jobs that wait for a worker
    uploads: int = 4  # bodies read at once
    sessions: int = 20
    models: int = 20  # of one session
    idle: float = 1_800.0  # a session that asks for nothing ends
    header_time: float = 10.0  # from the first byte of a request to the end of its head
    chunk_time: float = 15.0  # between two parts of a body, in either direction
    upload_time: float = 600.0
    message: int = 100_000  # a JSON body
    formula: int = 5_000  # characters
    connections: int = 200

    @classmethod
    def of(cls, megabytes: int, job_time: float) -> Limits:
        """The usual limits but for the size of a file, which the memory of a worker grows with, and the time."""
        upload = megabytes * 1_000_000
        return cls(upload=upload, job_time=job_time, job_memory=max(4 * GIGABYTE, MEMORY_PER_BYTE * upload))
