"""What a hostile page, file or client may try: refused or survived, and the server still answers."""

import io
import json
import os
import signal
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.web.running import ROOT, Server, Visitor, running

pytestmark = pytest.mark.slow
TWO_GB = 2_000_000_000
FLAT = 40_000_000  # bytes that the server may grow by: buffers and the allocator's slack, not the body
SOON = 5.0  # seconds for an answer on a busy machine
PART = b"1,2,3,4,5,6,7,8\n" * 4_096
SCRIPT = "<script>alert(1)</script>"


def answers(visitor: Visitor) -> bool:
    begin = time.monotonic()
    return visitor.raw("GET", "/state")[0] == 200 and time.monotonic() - begin < SOON


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def has_ended(process: int) -> bool:
    status = Path(f"/proc/{process}/status")
    return not status.exists() or "zombie" in status.read_text()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small limits and little patience."""
    small = {"upload": 20_000_000, "chunk_time": 1.0, "header_time": 1.0, "upload_time": 4.0}
    with running(tmp_path_factory.mktemp("strict"), **small) as found:
        yield found


@pytest.fixture(scope="module")
def settled(server: Server) -> Visitor:
    """A session with data."""
    visitor = Visitor(server)
    visitor.example()
    return visitor


def answered(connection: socket.socket) -> str:
    """What comes until the server closes the connection."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(4_096):
            parts.append(part)
    return b"".join(parts).decode()


def opened(visitor: Visitor, path: str, **headers: str) -> socket.socket:
    """A connection on which the head of a POST was sent and nothing of its body."""
    found = socket.create_connection(("127.0.0.1", visitor.server.port), timeout=SOON)
    lines = [f"POST {path} HTTP/1.1", f"Host: {visitor.server.host}", "Content-Type: text/csv"]
    lines += [f"{k}: {v}" for k, v in (visitor.headers | headers).items()]
    found.sendall("\r\n".join([*lines, "", ""]).encode())
    return found


def test_two_gigabytes_by_declared_length_are_refused_before_any_is_read(strict: Server) -> None:
    visitor = Visitor(strict)
    before = strict.memory
    with opened(visitor, "/data", **{"Content-Length": str(TWO_GB)}) as connection:
        answer = answered(connection)
    assert answer.startswith("HTTP/1.1 413")
    assert "larger than 20 MB" in answer
    assert strict.files == []
    assert strict.memory - before < FLAT
    assert answers(visitor)


def test_two_gigabytes_without_length_are_refused_at_the_limit(strict: Server) -> None:
    visitor = Visitor(strict)
    before, sent, most = strict.memory, 0, 0
    with opened(visitor, "/data", **{"Transfer-Encoding": "chunked"}) as connection:
        try:
            while sent < TWO_GB:
                connection.sendall(b"%x\r\n%b\r\n" % (len(PART), PART))
                sent += len(PART)
                most = max(most, strict.memory)
        except OSError:
            pass
    assert sent < 2 * 20_000_000
    assert most - before < FLAT
    assert until(lambda: strict.files == [])
    assert answers(visitor)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_compressed_body_is_refused_unread(visitor: Visitor, coding: str) -> None:
    status, body, _ = visitor.raw("POST", "/data", b"\x1f\x8b" + b"\0" * 1_000, content_encoding=coding)
    assert (status, b"uncompressed" in body) == (415, True)
    assert answers(visitor)


def test_a_hundred_thousand_columns_are_refused_by_their_number(visitor: Visitor) -> None:
    names = b",".join(b"c%d" % k for k in range(100_000))
    job = visitor.upload(names + b"\n" + b",".join([b"1"] * 100_000) + b"\n")
    assert "100,000 columns; at most 2,000" in job["error"]["message"]
    assert answers(visitor)


def test_a_hostile_file_is_text_everywhere(visitor: Visitor) -> None:
    levels = ("=cmd|'/C calc'!A0", SCRIPT, "+1+1", "@SUM(A1)")
    rows = [f"{k * 7 % 5 % 2},{level},{k}" for k in range(60) for level in levels]
    job = visitor.upload(f'y,"=HYPERLINK(""http://evil"")",{SCRIPT}\n'.encode() + "\n".join(rows).encode())
    assert job["state"] == "done"
    names = [c["name"] for c in job["result"]["columns"]]
    assert names[2] == SCRIPT
    terms = " + ".join(c["term"] for c in job["result"]["columns"][1:])
    fit = visitor.fit(f"y ~ {terms}")
    assert fit["state"] == "done"
    place = f"/jobs/{fit['job']}/file"
    page = visitor.raw("GET", f"{place}.html")[1].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    book = zipfile.ZipFile(io.BytesIO(visitor.raw("GET", f"{place}.xlsx")[1]))
    assert all(b"<f>" not in book.read(n) for n in book.namelist() if n.startswith("xl/worksheets"))
    assert b"calc" in book.read("xl/sharedStrings.xml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"y,x\n1,\0\n", "NUL"),
        (b"y,x\n1\n", "Line 2 has 1 field"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "NUL"),
        (b"y,y\n1,2\n", "Two columns have the name"),
        (b"y,x\n1,\x81\n", "no text in any encoding"),
    ],
)
def test_a_broken_file_is_told_and_not_kept(server: Server, visitor: Visitor, content: bytes, words: str) -> None:
    before = server.files
    assert words in visitor.upload(content)["error"]["message"]
    assert server.files == before


def test_an_empty_file_is_told(visitor: Visitor) -> None:
    status, body, _ = visitor.raw("POST", "/data", b"", content_type="text/csv")
    assert (status, b"is empty" in body) == (422, True)


@pytest.mark.parametrize(
    "formula", ["__import__('os').system('id') ~ age", "low ~ Q(open('/etc/passwd'))", "low ~ age.__class__"]
)
def test_a_hostile_formula_is_refused_by_the_gate(settled: Visitor, formula: str) -> None:
    job = settled.fit(formula)
    assert job["state"] == "failed"
    assert "root:" not in json.dumps(job)
    assert settled.ask("POST", "/check", {"formula": formula})[1]["error"]
    assert answers(settled)


def test_a_head_that_does_not_end_is_given_up(strict: Server) -> None:
    visitor = Visitor(strict)
    with socket.create_connection(("127.0.0.1", strict.port), timeout=SOON) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        begin, ended = time.monotonic(), False
        while not ended and time.monotonic() - begin < SOON:
            try:
                connection.sendall(b"x")
                time.sleep(0.2)
                connection.setblocking(False)
                ended = connection.recv(100) == b""
            except BlockingIOError:
                connection.settimeout(SOON)
            except OSError:
                ended = True
    assert ended
    assert answers(visitor)


def test_a_body_that_drips_is_given_up(strict: Server) -> None:
    visitor = Visitor(strict)
    with opened(visitor, "/data", **{"Content-Length": "100000"}) as connection:
        connection.sendall(b"y,x\n")
        answer = answered(connection)
    assert answer.startswith("HTTP/1.1 408")
    begin = time.monotonic()
    with opened(visitor, "/data", **{"Content-Length": "100000"}) as connection:
        try:
            while time.monotonic() - begin < 15:
                connection.sendall(b"1,2\n")
                time.sleep(0.3)
        except OSError:
            pass
    assert time.monotonic() - begin < 10
    assert until(lambda: strict.files == [])
    assert answers(visitor)


def test_a_hundred_idle_connections_keep_nobody_out(strict: Server) -> None:
    visitor = Visitor(strict)
    idle = [socket.create_connection(("127.0.0.1", strict.port)) for _ in range(100)]
    try:
        assert answers(visitor)
    finally:
        for connection in idle:
            connection.close()


def test_more_uploads_at_once_than_allowed_are_refused_in_words(strict: Server) -> None:
    visitor = Visitor(strict)
    waiting = [opened(visitor, "/data", **{"Content-Length": "1000"}) for _ in range(4)]
    try:
        time.sleep(0.3)
        status, body, _ = visitor.raw("POST", "/data", b"y,x\n0,1\n", content_type="text/csv")
        assert (status, b"Try again in a moment" in body) == (429, True)
    finally:
        for connection in waiting:
            connection.close()
    assert until(lambda: visitor.raw("POST", "/data", b"y,x\n0,1\n", content_type="text/csv")[0] == 202)


def test_fifty_fits_at_once_are_queued_or_refused_and_the_server_answers(server: Server) -> None:
    visitor = Visitor(server)
    visitor.example()
    before = server.memory
    with ThreadPoolExecutor(50) as many:
        asked = list(many.map(lambda _: visitor.ask("POST", "/fits", {"formula": "low ~ age + lwt"}), range(50)))
    assert sorted({status for status, _ in asked}) == [202, 429]
    taken = [job["job"] for status, job in asked if status == 202]
    assert 18 <= len(taken) < 30
    assert all("Try again in a moment" in job["error"]["message"] for status, job in asked if status == 429)
    assert answers(visitor)
    assert len(server.workers) <= 2
    assert visitor.ask("GET", f"/jobs/{taken[-1]}")[1]["state"] in ("queued", "done")
    for number in taken[6:]:
        visitor.ask("DELETE", f"/jobs/{number}")
    assert all(visitor.wait(number)["state"] == "done" for number in taken[:6])
    assert until(lambda: server.workers == [])
    assert server.memory - before < FLAT
    assert visitor.fit("low ~ age")["state"] == "done"


def test_a_name_that_points_here_is_refused_in_words(visitor: Visitor) -> None:
    status, body, headers = visitor.raw("GET", "/", host="rebound.example:80")
    assert (status, b"answers to 127.0.0.1" in body) == (403, True)
    assert "set-cookie" not in headers
    assert visitor.raw("POST", "/example", "{}", host="rebound.example:80")[0] == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://evil.example"},
        {"origin": None},
        {"sec_fetch_site": "cross-site"},
        {"x_statlogit_token": None},
        {"x_statlogit_token": "x" * 43},
        {"x_statlogit_token": "é"},
        {"cookie": None},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/example"), ("POST", "/fits"), ("DELETE", "/session")])
def test_only_the_page_of_the_session_changes_anything(
    visitor: Visitor, method: str, path: str, changes: dict[str, str | None]
) -> None:
    assert visitor.raw(method, path, "{}", content_type="application/json", **changes)[0] == 403


def test_who_has_not_the_key_sees_nothing(visitor: Visitor) -> None:
    for path in ("/", "/?key=", "/?key=guess", "/state", "/demo", "/jobs/1"):
        status, body, _ = visitor.raw("GET", path, cookie=None)
        assert (status, b"that statlogit serve printed" in body) == (403, True)


@pytest.mark.parametrize(
    "path",
    ["/assets/..%2f..%2fapp.py", "/assets/../app.py", "/assets/%2e%2e/app.py", "/jobs/1/file.html/../../x",
     "/jobs/1/file...%2f..%2fdata.csv", "/jobs/1/file.csv", "/etc/passwd", "//etc/passwd", "/assets/birthwt.csv"],
)  # fmt: skip
def test_no_address_leads_to_a_file_of_ours(settled: Visitor, path: str) -> None:
    assert settled.raw("GET", path)[0] in (403, 404)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"[" * 50_000, b'{"formula": 1e999}', b'{"formula":' + b" " * 200_000]
)
def test_a_message_that_is_none_is_refused(settled: Visitor, body: bytes) -> None:
    assert settled.raw("POST", "/fits", body, content_type="application/json")[0] in (400, 413, 422)
    assert answers(settled)


def test_a_killed_worker_is_a_sentence(server: Server, settled: Visitor) -> None:
    _, job = settled.ask("POST", "/fits", {"formula": "low ~ age"})
    assert until(lambda: bool(server.workers))
    os.kill(server.workers[0], signal.SIGKILL)
    ended = settled.wait(job["job"])
    assert (ended["state"], "ended before it was done" in ended["error"]["message"]) == ("failed", True)
    assert settled.fit("low ~ age")["state"] == "done"


def test_a_cancelled_fit_leaves_no_process(server: Server, settled: Visitor) -> None:
    _, job = settled.ask("POST", "/fits", {"formula": "low ~ age"})
    assert until(lambda: bool(server.workers))
    assert settled.ask("DELETE", f"/jobs/{job['job']}")[0] == 200
    assert until(lambda: server.workers == [])
    assert settled.ask("GET", f"/jobs/{job['job']}")[1]["state"] == "cancelled"
    assert settled.ask("DELETE", f"/jobs/{job['job']}")[0] == 200
    assert settled.ask("GET", f"/jobs/{job['job']}")[0] == 404


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"job_time": 0.2}, "longer than 0.2 seconds"), ({"job_memory": 500 << 20}, "memory")],
)
def test_a_fit_past_its_limits_is_stopped_and_told(tmp_path: Path, limits: dict[str, Any], words: str) -> None:
    with running(tmp_path, **limits) as server:
        visitor = Visitor(server)
        wide = b"y,x\n" + b"".join(b"%d,%d\n" % (k % 2, k) for k in range(3_000_000))
        job = visitor.upload(wide)
        assert job["state"] == "failed"
        assert words in job["error"]["message"]
        assert until(lambda: server.workers == [])
        assert answers(visitor)


def test_a_killed_server_takes_its_workers_along_and_the_next_one_removes_its_files(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        visitor = Visitor(server)
        visitor.example()
        visitor.ask("POST", "/fits", {"formula": "low ~ age"})
        assert until(lambda: bool(server.workers))
        worker = server.workers[0]
        server.process.kill()
        assert until(lambda: has_ended(worker))
        server.process.wait(20)
        assert list(tmp_path.iterdir())
    with running(tmp_path) as later:
        assert until(lambda: len(list(later.folder.iterdir())) == 1)
    assert list(tmp_path.iterdir()) == []


def test_a_terminated_server_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        Visitor(server).example()
        assert server.files
        server.process.terminate()
        server.process.wait(20)
    assert list(tmp_path.rglob("*")) == []
    assert (ROOT / "examples" / "birthwt.csv").is_file()
