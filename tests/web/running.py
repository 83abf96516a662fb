"""A server in a process of its own, and a visitor who speaks HTTP to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from statlogit.web.limits import Limits

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds that a job may take on a busy machine


@dataclass
class Server:
    process: subprocess.Popen[str]
    address: str
    folder: Path

    @property
    def port(self) -> int:
        return int(self.address.split(":")[2].split("/")[0])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def memory(self) -> int:
        """Resident bytes of the server itself."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) * 1024

    @property
    def workers(self) -> list[int]:
        """Process numbers of its children."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(n) for n in text.split()]

    @property
    def files(self) -> list[Path]:
        """Everything that it keeps on disk."""
        return [p for p in self.folder.rglob("*") if p.is_file()]


@contextmanager
def running(folder: Path, **limits: Any) -> Iterator[Server]:
    """A server with these limits whose temporary files are in `folder`; told to end as Ctrl-C does."""
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, json.dumps(limits)], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Server(process, process.stdout.readline().strip(), folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@dataclass
class Visitor:
    """A session of a server. headers: sent with every request, unless one says otherwise."""

    server: Server
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        status, body, answer = self.raw("GET", "/" + self.server.address.split("/")[3])
        assert status == 200, body
        token = re.search(r'name="token" content="([^"]+)"', body.decode())
        assert token is not None
        self.headers = {
            "Cookie": answer["set-cookie"].split(";")[0], "X-Statlogit-Token": token[1],
            "Origin": f"http://{self.server.host}",
        }  # fmt: skip

    def raw(self, method: str, path: str, body: Any = None, **headers: str | None) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the answer. headers: with _ for -; None leaves one out."""
        named = {k.replace("_", "-").title(): v for k, v in headers.items()}
        sent = {k: v for k, v in (self.headers | named).items() if v is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer to a JSON body."""
        text = None if body is None else json.dumps(body)
        status, found, _ = self.raw(method, path, text, content_type="application/json")
        return status, json.loads(found)

    def wait(self, number: int) -> dict[str, Any]:
        """The last state of a job."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            _, job = self.ask("GET", f"/jobs/{number}")
            if job.get("state") not in ("queued", "running"):
                return job
            time.sleep(0.05)
        raise TimeoutError(job)

    def upload(self, content: bytes) -> dict[str, Any]:
        """The last state of reading a file."""
        status, body, _ = self.raw("POST", "/data", content, content_type="text/csv")
        assert status == 202, body
        return self.wait(json.loads(body)["job"])

    def example(self) -> None:
        """The bundled data."""
        _, job = self.ask("POST", "/example", {})
        assert self.wait(job["job"])["state"] == "done"

    def fit(self, formula: str, **choices: Any) -> dict[str, Any]:
        """The last state of a fit."""
        status, job = self.ask("POST", "/fits", {"formula": formula, **choices})
        assert status == 202, job
        return self.wait(job["job"])


if __name__ == "__main__":
    from statlogit.web.server import serve

    with suppress(KeyboardInterrupt):
        serve(0, Limits(**json.loads(sys.argv[1])), lambda address: print(address, flush=True))  # noqa: T201
