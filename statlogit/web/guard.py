"""What every request passes before anything else runs, and the headers that every answer carries.

A page elsewhere may send requests to this port, or point its own name at 127.0.0.1 (DNS rebinding); the browser tells
both by Host, Origin and Sec-Fetch-Site.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from statlogit.web.limits import Limits
from statlogit.web.refusal import Refusal

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Guard:
    """The outermost layer. hosts: the names and port that this server answers to."""

    app: ASGIApp
    hosts: frozenset[str]
    limits: Limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, self.limits.chunk_time)
        try:
            check(scope["method"], scope["path"], Headers(scope=scope), self.hosts, self.limits)
        except Refusal as refusal:
            closing = {"Connection": "close"}
            await PlainTextResponse(f"{refusal}\n", refusal.status, closing)(scope, receive, answer)
            return
        await self.app(scope, receive, answer)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Sends with our headers, and gives up on a visitor who does not read."""

    send: Send
    patience: float

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in ALWAYS.items():
                headers.setdefault(name, value)
        async with asyncio.timeout(self.patience):
            await self.send(message)


def check(method: str, path: str, headers: Headers, hosts: frozenset[str], limits: Limits) -> None:
    """Raise Refusal where the request does not come from our own page, or is larger than any may be."""
    host = headers.getlist("host")
    if len(host) != 1 or host[0] not in hosts:
        names = " and ".join(sorted(hosts))
        raise Refusal(403, f"This server answers to {names} only. Open the address that statlogit serve printed.")
    if method in READING:
        _check_reading(path, headers)
    else:
        _check_origin(headers, host[0])
    coding = headers.get("content-encoding", "identity")
    if coding != "identity":
        raise Refusal(415, f"The body is compressed ({coding[:20]}). Send the file as it is, uncompressed.")
    check_length(headers, limits.upload)


def _check_reading(path: str, headers: Mapping[str, str]) -> None:
    """Another site may link to the front page, and read or embed nothing."""
    opens_page = path == "/" and headers.get("sec-fetch-mode", "navigate") == "navigate"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not opens_page:
        raise Refusal(403, "Another site asked for this. Open the address that statlogit serve printed.")


def _check_origin(headers: Mapping[str, str], host: str) -> None:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin != f"http://{host}" or site not in (None, "same-origin"):
        raise Refusal(403, "This request does not come from the page of this server, so nothing was done.")


def check_length(headers: Mapping[str, str], most: int) -> None:
    """Raise Refusal for a declared length beyond the limit, before any of the body is read."""
    declared = headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit():
        raise Refusal(400, "Content-Length is not a number.")
    if int(declared[:20]) > most:
        raise Refusal(413, too_large(most))


def too_large(most: int) -> str:
    """The sentence for a body beyond the limit."""
    if most < 1_000_000:
        return f"The request is larger than {most:,} bytes, the most that is read."
    return (
        f"The file is larger than {most / 1e6:g} MB, the most that is read. Keep fewer rows or columns, or start "
        f"statlogit serve --max-mb {most // 500_000}."
    )
