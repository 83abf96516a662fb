"""The routes. A request names numbers and words of ours, never a path; what it finds is its own session's."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import html
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from statlogit import demo
from statlogit.web import asked, pages
from statlogit.web.checking import checked
from statlogit.web.facts import example
from statlogit.web.guard import READING, Guard
from statlogit.web.jobs import Job, Pool
from statlogit.web.limits import Limits
from statlogit.web.refusal import Refusal
from statlogit.web.sessions import DataSet, Session, Sessions
from statlogit.web.uploads import read_message, save_body

Handler = Callable[[Request, Session], Awaitable[Response]]
SWEEP = 20.0  # seconds between two looks for idle sessions
FORMATS = {
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
OWN_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


class Site:
    """One server's pages, sessions and workers. key: what the printed address ends in; port: where it listens."""

    def __init__(self, key: str, port: int, limits: Limits) -> None:
        self.key, self.limits = key, limits
        self.cookie = f"statlogit_{port}"
        self.sessions = Sessions(limits)
        self.pool = Pool(limits)
        self.n_uploads = 0
        self.assets = pages.assets()

    async def front(self, request: Request) -> Response:
        """The page, for the printed address or for who has been here; reading it changes nothing."""
        session = self.sessions.find(request.cookies.get(self.cookie))
        given = request.query_params.get("key", "")
        known = hmac.compare_digest(given.encode(), self.key.encode())
        if session is None and not known:
            return PlainTextResponse(
                "This page belongs to whoever started it. Open the address that statlogit serve printed.\n", 403
            )
        session = session or self.sessions.open()
        response = HTMLResponse(pages.front(self.assets, session.token, self.limits))
        response.set_cookie(self.cookie, session.key, httponly=True, samesite="strict", path="/")
        return response

    async def asset(self, request: Request) -> Response:
        """A file of the page, read when the server started."""
        found = self.assets.get(request.path_params["name"])
        if found is None:
            raise Refusal(404, "There is no such file.")
        return Response(found.content, media_type=found.kind)

    async def state(self, _: Request, session: Session) -> Response:
        """What the session holds, for a page that is opened again."""
        return JSONResponse(
            {
                "data": self._data(session),
                "models": [self._job(job) for job in session.finished("fit").values()],
                "comparisons": [self._job(job) for job in session.finished("compare").values()],
            }
        )

    async def upload(self, request: Request, session: Session) -> Response:
        """A CSV file as the body."""
        if self.n_uploads >= self.limits.uploads:
            raise Refusal(429, "Other files are being read. Try again in a moment.")
        folder = self._folder(session, "data")
        self.n_uploads += 1
        try:
            await save_body(request, folder / "upload", self.limits)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            self.n_uploads -= 1
        return self._read(session, folder, "your file")

    async def example(self, _: Request, session: Session) -> Response:
        """The bundled data set."""
        folder = self._folder(session, "data")
        shutil.copyfile(example(), folder / "upload")
        return self._read(session, folder, "birthwt")

    async def check(self, request: Request, session: Session) -> Response:
        """What the gate says of a formula."""
        body, data = await read_message(request, self.limits), _data_of(session)
        formula = asked.formula_of(body, self.limits)
        return JSONResponse(await run_in_threadpool(checked, formula, data.columns))

    async def fit(self, request: Request, session: Session) -> Response:
        """Start a fit."""
        body, data = await read_message(request, self.limits), _data_of(session)
        wanted = asked.fit_of(body, self.limits)
        if len(session.finished("fit")) >= self.limits.models:
            raise Refusal(409, f"{self.limits.models} models are kept. Remove one before the next.")
        work = {"task": "fit", "data": str(data.folder / "data.csv"), "fit": asdict(wanted)}
        return self._start(session, "fit", self._folder(session, "fit"), work, session.name_model)

    async def compare(self, request: Request, session: Session) -> Response:
        """Start a comparison of fitted models."""
        body, data = await read_message(request, self.limits), _data_of(session)
        models = session.finished("fit")
        numbers = asked.models_of(body, models)
        fits = [models[n].request["fit"] for n in numbers]
        if len({(f["family"], f["event"]) for f in fits}) > 1:
            raise Refusal(422, "These models have different kinds of outcome. Choose models of one kind.")
        names = [models[n].title for n in numbers]
        work = {"task": "compare", "data": str(data.folder / "data.csv"), "fits": fits, "names": names}
        return self._start(session, "compare", self._folder(session, "compare"), work)

    async def job(self, request: Request, session: Session) -> Response:
        """How far a job is."""
        return JSONResponse(self._job(_job_of(request, session)))

    async def end_job(self, request: Request, session: Session) -> Response:
        """Cancel a job that waits or runs; remove one that has ended, with what it made."""
        job = _job_of(request, session)
        if job.is_active:
            job.cancel()
        else:
            del session.jobs[job.number]
        if job.kind != "read" or job.state == "cancelled":
            shutil.rmtree(job.folder, ignore_errors=True)
        return JSONResponse({"state": job.state})

    async def file(self, request: Request, session: Session) -> Response:
        """A report or a model. A report that is shown keeps the policy that it states itself, in a sandbox."""
        job, suffix = _job_of(request, session), request.path_params["suffix"]
        stem = "model" if suffix == "json" else "report"
        path = job.folder / f"{stem}.{suffix}"
        if suffix not in FORMATS or job.state != "done" or not path.is_file():
            raise Refusal(404, "There is no such report here.")
        name = f"statlogit-{(job.title or 'comparison').lower().replace(' ', '-')}.{suffix}"
        headers = {}
        if suffix == "html":
            headers["Content-Security-Policy"] = f"{own_policy(path.read_text('utf-8'))}; sandbox allow-downloads"
            if "show" in request.query_params:
                headers["Content-Security-Policy"] += "; frame-ancestors 'self'"
                return FileResponse(path, media_type=FORMATS[suffix], headers=headers)
        return FileResponse(path, media_type=FORMATS[suffix], headers=headers, filename=name)

    async def forget(self, _: Request, session: Session) -> Response:
        """Remove all that the session holds."""
        self.sessions.renew(session)
        return JSONResponse({"state": "forgotten"})

    async def demo(self, _: Request, __: Session) -> Response:
        """The gradient-descent demo, which computes in the browser."""
        text = demo.page(demo.read_pairs(demo.TOY))
        policy = f"{own_policy(text)}; frame-ancestors 'none'"
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    def _folder(self, session: Session, kind: str) -> Path:
        """A new folder for one job."""
        folder = session.folder / f"{kind}-{session.next_number()}"
        folder.mkdir(parents=True, mode=0o700)
        return folder

    def _read(self, session: Session, folder: Path, name: str) -> Response:
        return self._start(session, "read", folder, {"task": "read"}, partial(_adopt, session, name))

    def _start(
        self, session: Session, kind: str, folder: Path, work: dict[str, Any], done: Callable[[Job], None] | None = None
    ) -> Response:
        job = Job(session.n_jobs, kind, folder, work, done or (lambda _: None))
        try:
            self.pool.submit(job)
        except Refusal:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        session.keep(job)
        return JSONResponse(self._job(job), 202)

    def _job(self, job: Job) -> dict[str, Any]:
        about = {"fit": job.request["fit"]} if job.kind == "fit" else {}
        return {
            "job": job.number, "kind": job.kind, "state": job.state, "ahead": self.pool.ahead(job), **job.stage,
            "title": job.title, "result": job.result, "error": job.error, **about,
        }  # fmt: skip

    @staticmethod
    def _data(session: Session) -> dict[str, Any] | None:
        return None if session.data is None else {"name": session.data.name, **session.data.facts}


def _adopt(session: Session, name: str, job: Job) -> None:
    """The new data take the place of the old, and of the models of the old."""
    old, session.data, session.n_models = session.data, DataSet(job.folder, name, job.result or {}), 0
    if old is None:
        return
    for number, other in list(session.jobs.items()):
        if other is not job:
            other.cancel()
            shutil.rmtree(other.folder, ignore_errors=True)
            del session.jobs[number]
    shutil.rmtree(old.folder, ignore_errors=True)


def own_policy(text: str) -> str:
    """The policy that one of our documents states in its head, before anything untrusted."""
    found = OWN_POLICY.search(text)
    return html.unescape(found[1]) if found else "default-src 'none'"


def _data_of(session: Session) -> DataSet:
    if session.data is None:
        raise Refusal(409, "There are no data here any more. Choose a file first.")
    return session.data


def _job_of(request: Request, session: Session) -> Job:
    job = session.jobs.get(request.path_params["number"])
    if job is None:
        raise Refusal(404, "This is not here any more.")
    return job


def make_app(site: Site, hosts: frozenset[str]) -> Guard:
    """The application behind its guard."""

    def of_session(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            session = site.sessions.find(request.cookies.get(site.cookie))
            if session is None:
                raise Refusal(403, "The session has ended. Open the address that statlogit serve printed.")
            token = request.headers.get("x-statlogit-token", "")
            if request.method not in READING and not hmac.compare_digest(token.encode(), session.token.encode()):
                raise Refusal(403, "The request has not the token of the page. Load the page again.")
            return await handler(request, session)

        return handle

    routes = [
        Route("/", site.front),
        Route("/assets/{name}", site.asset),
        Route("/state", of_session(site.state)),
        Route("/data", of_session(site.upload), methods=["POST"]),
        Route("/example", of_session(site.example), methods=["POST"]),
        Route("/check", of_session(site.check), methods=["POST"]),
        Route("/fits", of_session(site.fit), methods=["POST"]),
        Route("/comparisons", of_session(site.compare), methods=["POST"]),
        Route("/jobs/{number:int}", of_session(site.job), methods=["GET"]),
        Route("/jobs/{number:int}", of_session(site.end_job), methods=["DELETE"]),
        Route("/jobs/{number:int}/file.{suffix}", of_session(site.file)),
        Route("/session", of_session(site.forget), methods=["DELETE"]),
        Route("/demo", of_session(site.demo)),
    ]

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep(site))
        try:
            yield
        finally:
            sweeping.cancel()
            await site.pool.close()
            site.sessions.close()

    app = Starlette(routes=routes, lifespan=life, exception_handlers={Refusal: _refused, 404: _unknown, 405: _unknown})
    return Guard(app, hosts, site.limits)


async def _sweep(site: Site) -> None:
    while True:
        await asyncio.sleep(min(SWEEP, site.limits.idle / 2))
        site.sessions.expire()


def _refused(_: Request, refusal: Exception) -> Response:
    status = refusal.status if isinstance(refusal, Refusal) else 500
    closing = {"Connection": "close"} if status in (408, 413, 429) else {}
    return JSONResponse({"error": {"message": str(refusal)}}, status, closing)


def _unknown(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": {"message": "There is nothing at this address."}}, getattr(error, "status_code", 404))
