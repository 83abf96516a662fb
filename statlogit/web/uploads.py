"""Bodies, read part by part within their limits: a file to disk, a message to a mapping."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request

from statlogit.web.guard import check_length, too_large
from statlogit.web.limits import Limits
from statlogit.web.refusal import Refusal


async def save_body(request: Request, target: Path, limits: Limits) -> None:
    """Write the body to a file. Nothing is left behind where Refusal is raised."""
    try:
        with target.open("xb") as file:
            async for part in _parts(request, limits.upload, limits):
                file.write(part)
            size = file.tell()
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if not size:
        target.unlink()
        raise Refusal(422, "The file is empty. Choose a CSV file whose first line names the columns.")


async def read_message(request: Request, limits: Limits) -> dict[str, Any]:
    """The JSON object in a small body."""
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise Refusal(415, "The request must be JSON.")
    parts = [part async for part in _parts(request, limits.message, limits)]
    try:
        found = json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise Refusal(400, "The request is not valid JSON.") from None
    if not isinstance(found, dict):
        raise Refusal(400, "The request must be a JSON object.")
    return found


async def _parts(request: Request, most: int, limits: Limits) -> AsyncIterator[bytes]:
    """The parts of a body while they come in time and stay within `most` bytes."""
    check_length(request.headers, most)
    size, parts = 0, request.stream()
    try:
        async with asyncio.timeout(limits.upload_time):
            while True:
                async with asyncio.timeout(limits.chunk_time):
                    part = await anext(parts, None)
                if part is None:
                    return
                size += len(part)
                if size > most:
                    raise Refusal(413, too_large(most))
                yield part
    except TimeoutError:
        raise Refusal(408, "The file came too slowly, so reading it was given up. Send it again.") from None
    except ClientDisconnect:
        raise Refusal(400, "The connection ended before the whole file was read.") from None
