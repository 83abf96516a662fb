"""A visit over HTTP: from a file to reports, models and a comparison, and nothing left at its end."""

import io
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import statlogit as sl
from statlogit.persist import load
from tests.web.running import Server, Visitor, running

pytestmark = pytest.mark.slow
FORMULA = "low ~ age + lwt + C(race) + smoke"


def test_the_file_becomes_a_report_and_a_model(visitor: Visitor, tmp_path: Path) -> None:
    births = Path("examples/birthwt.csv")
    read = visitor.upload(births.read_bytes())
    assert read["result"]["n_rows"] == 189
    assert [c["name"] for c in read["result"]["columns"]] == list(pd.read_csv(births).columns)
    fit = visitor.fit(FORMULA)
    assert fit["result"]["formats"] == [".html", ".txt", ".docx", ".xlsx"]
    r = sl.logit(FORMULA, pd.read_csv(births))
    place = f"/jobs/{fit['job']}/file"
    (tmp_path / "m.json").write_bytes(visitor.raw("GET", f"{place}.json")[1])
    pd.testing.assert_series_equal(load(tmp_path / "m.json").params, r.params, rtol=1e-12)
    ours = [line for line in str(r.summary()).splitlines() if line.startswith(("smoke", "AIC"))]
    theirs = visitor.raw("GET", f"{place}.txt")[1].decode().splitlines()
    assert ours
    assert set(ours) <= set(theirs)
    for suffix in ("docx", "xlsx"):
        assert zipfile.ZipFile(io.BytesIO(visitor.raw("GET", f"{place}.{suffix}")[1])).testzip() is None


def test_a_report_is_shown_in_a_sandbox_and_downloaded_as_a_file(visitor: Visitor) -> None:
    visitor.example()
    place = f"/jobs/{visitor.fit('low ~ age')['job']}/file.html"
    _, _, shown = visitor.raw("GET", place + "?show")
    _, _, saved = visitor.raw("GET", place)
    for headers in (shown, saved):
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "sandbox" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in shown
    assert saved["content-disposition"].startswith("attachment")


def test_models_are_compared_and_removed(visitor: Visitor) -> None:
    visitor.example()
    small, large = visitor.fit("low ~ age"), visitor.fit("low ~ age + smoke")
    _, job = visitor.ask("POST", "/comparisons", {"models": [small["job"], large["job"]]})
    assert visitor.wait(job["job"])["state"] == "done"
    assert (small["title"], large["title"]) == ("Model 1", "Model 2")
    assert b"Likelihood-ratio" in visitor.raw("GET", f"/jobs/{job['job']}/file.html")[1]
    assert visitor.ask("DELETE", f"/jobs/{small['job']}")[0] == 200
    assert [m["job"] for m in visitor.ask("GET", "/state")[1]["models"]] == [large["job"]]
    status, answer = visitor.ask("POST", "/comparisons", {"models": [small["job"], large["job"]]})
    assert (status, "not here any more" in answer["error"]["message"]) == (422, True)


def test_what_is_wrong_is_a_sentence_with_column_value_and_remedy(visitor: Visitor) -> None:
    visitor.example()
    job = visitor.fit("age ~ lwt")
    assert job["state"] == "failed"
    assert "age" in job["error"]["message"]
    separated = visitor.upload(b"y,x\n0,1\n0,2\n1,3\n1,4\n")
    assert separated["state"] == "done"
    result = visitor.fit("y ~ x")["result"]
    assert "separated" in result["failure"]
    assert result["findings"][0]["severity"] == "error"


def test_every_offered_level_can_be_the_event(visitor: Visitor) -> None:
    long, texts = "a level of more than sixty characters as some questionnaires have them", ("b", "c")
    rows = "".join(f"{k * 7 % 5 % 2},{long if k % 3 else texts[k % 2]},{k}\n" for k in range(40))
    columns = visitor.upload(f"y,g,x\n,b,41\n{rows}".encode())["result"]["columns"]
    for column in columns[:2]:
        for level, _ in column["levels"]:
            assert visitor.fit(f"{column['name']} ~ x", event=level)["state"] == "done", level


def test_other_data_take_the_place_of_the_old_with_their_models(visitor: Visitor) -> None:
    visitor.example()
    old = visitor.fit("low ~ age")
    visitor.upload(b"y,x\n0,1\n1,2\n0,3\n1,4\n")
    assert visitor.ask("GET", f"/jobs/{old['job']}")[0] == 404
    assert visitor.ask("GET", "/state")[1]["models"] == []


def test_a_visitor_sees_nothing_of_another(server: Server, visitor: Visitor) -> None:
    visitor.example()
    job = visitor.fit("low ~ age")["job"]
    assert Visitor(server).raw("GET", f"/jobs/{job}/file.html")[0] == 404


def test_nothing_is_left(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        visitor = Visitor(server)
        visitor.example()
        visitor.fit("low ~ age")
        assert server.files
        assert visitor.ask("DELETE", "/session")[0] == 200
        assert server.files == []
        visitor.example()
        assert server.files
    assert list(tmp_path.rglob("*")) == []


def test_an_idle_session_ends_with_its_files(tmp_path: Path) -> None:
    with running(tmp_path, idle=1.0) as server:
        visitor = Visitor(server)
        visitor.example()
        end = time.monotonic() + 20
        while server.files and time.monotonic() < end:
            time.sleep(0.2)
        assert server.files == []
        assert visitor.ask("GET", "/state")[0] == 403
