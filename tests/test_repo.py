"""The repository as a whole: what the wheel ships, the version, and the commands the documents promise."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import statlogit

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The file names inside a wheel built from this checkout, without network."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(target), str(ROOT)], check=True, capture_output=True)
    (wheel,) = target.glob("statlogit-*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_the_wheel_ships_every_template_and_the_type_marker(wheel_names: list[str]) -> None:
    templates = ROOT / "reports" / "templates"
    expected = {
        f"statlogit/report/templates/{path.relative_to(templates).as_posix()}"
        for path in templates.rglob("*")
        if path.is_file()
    }
    assert expected
    assert expected | {"statlogit/py.typed"} <= set(wheel_names)


def test_the_wheel_ships_nothing_but_the_package(wheel_names: list[str]) -> None:
    roots = {name.split("/")[0] for name in wheel_names}
    assert roots == {"statlogit", f"statlogit-{statlogit.__version__}.dist-info"}
    assert not [name for name in wheel_names if "__pycache__" in name]


def test_the_version_is_written_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert "version" in project["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", statlogit.__version__)


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[ ;]", line)[0].lower() for line in requirements}


def test_the_locks_pin_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    core, dev, bench = (locked(f"requirements{part}.lock") for part in ("", "-dev", "-bench"))
    assert wanted(project["dependencies"]) <= set(core)
    assert wanted(project["optional-dependencies"]["dev"]) <= set(core | dev)
    assert wanted(project["optional-dependencies"]["bench"]) <= set(core | dev | bench)
    assert wanted(project["optional-dependencies"]["neighbours"]) <= set(locked("requirements-neighbours.lock"))
    assert wanted(project["optional-dependencies"]["docs"]) <= set(locked("requirements-docs.lock"))
    assert not set(core) & set(dev), "a package pinned twice can disagree with itself"
    assert not set(bench) & set(core | dev)


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_every_example_runs_and_prints(script: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(script)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout
