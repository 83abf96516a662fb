"""The listening socket on this machine alone, the server on it, and how it ends."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from statlogit.errors import StatlogitError
from statlogit.web.app import Site, make_app
from statlogit.web.limits import Limits

HOST, NAMES = "127.0.0.1", ("127.0.0.1", "localhost")


class Protocol(H11Protocol):
    """HTTP/1.1 that gives the head of a request so much time and no more."""

    header_time = Limits().header_time
    late: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait from the first byte of a head; stop once it is whole."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self.late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.late = self.loop.call_later(self.header_time, self.transport.close)

    def _stop(self) -> None:
        if self.late is not None:
            self.late.cancel()
            self.late = None


def listen(port: int) -> socket.socket:
    """A socket on this machine alone; port 0 takes any free one. Raises StatlogitError where the port is taken."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
    except OSError as error:
        found.close()
        raise StatlogitError(f"port {port} cannot be used ({error.strerror}); try --port 0 for any free one") from error
    return found


def serve(port: int, limits: Limits, opened: Callable[[str], None]) -> None:
    """Serve until interrupted. opened: called with the address once the server answers."""
    with listen(port) as bound:
        asyncio.run(run(bound, limits, opened))


async def run(bound: socket.socket, limits: Limits, opened: Callable[[str], None]) -> None:
    """Serve on a bound socket until told to end; all files of all sessions are gone then."""
    port, key = bound.getsockname()[1], secrets.token_urlsafe(32)
    site = Site(key, port, limits)
    try:
        server = _Server(_config(make_app(site, frozenset(f"{name}:{port}" for name in NAMES)), limits))
        server.opened = partial(opened, f"http://{HOST}:{port}/?key={key}")
        if hasattr(signal, "SIGHUP"):  # the terminal was closed
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, server.handle_exit, signal.SIGTERM, None)
        await server.serve(sockets=[bound])
    finally:
        site.sessions.close()


class _Server(uvicorn.Server):
    opened: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened()


def _config(app: Any, limits: Limits) -> uvicorn.Config:
    protocol = type("LimitedProtocol", (Protocol,), {"header_time": limits.header_time})
    return uvicorn.Config(
        app, http=protocol, ws="none", loop="asyncio", lifespan="on", log_level="warning", access_log=False,
        server_header=False, proxy_headers=False, limit_concurrency=limits.connections, timeout_graceful_shutdown=2,
    )  # fmt: skip
