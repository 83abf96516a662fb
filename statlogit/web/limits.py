"""What a visitor may ask for, in one place."""

from __future__ import annotations

from dataclasses import dataclass

GIGABYTE = 1 << 30


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
    sessions: int = 20
    models: int = 20  # of one session
    idle: float = 1_800.0  # a session that asks for nothing ends
    header_time: float = 10.0  # from the first byte of a request to the end of its head
    chunk_time: float = 15.0  # between two parts of a body, in either direction
    upload_time: float = 600.0
    message: int = 100_000  # a JSON body
    formula: int = 5_000  # characters
    connections: int = 200
