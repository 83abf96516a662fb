"""The wheel beside its core dependencies and nothing else, in an environment made of links, without network."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BIRTHWT = str(ROOT / "examples" / "birthwt.csv")
CORE = {"numpy", "scipy", "pandas", "formulaic", "jinja2", "click", "threadpoolctl", "narwhals"}
IMPORT_SECONDS = 0.5  # CPU, of `import statlogit`; what a fit needs is imported at the first name that is used


def needed(requirements):
    """These distributions and all that they require, extras left out."""
    found, waiting = {}, list(requirements)
    while waiting:
        name = re.split(r"[^\w.-]", waiting.pop())[0]
        try:
            one = distribution(name)
        except PackageNotFoundError:  # of another platform or Python
            continue
        if one.metadata["Name"] in found:
            continue
        found[one.metadata["Name"]] = one
        waiting += [line for line in one.requires or [] if "extra ==" not in line]
    return found.values()


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The interpreter of an environment that holds the wheel and what it requires."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    folder = tmp_path_factory.mktemp("fresh")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(site)
    for one in needed(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]):
        for top in {Path(str(file)).parts[0] for file in one.files or []} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(one.locate_file(top))
    return str(folder / "venv" / "bin" / "python")


def ran(python, *arguments, folder):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [python, "-I", *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False
    )


def test_the_core_dependencies_are_those_that_the_readme_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {re.split(r"[<>=]", line)[0] for line in project["dependencies"]} == CORE


def test_the_wheel_alone_imports_fits_and_reports(python, tmp_path):
    done = ran(python, "-m", "statlogit", "fit", "low ~ age + C(race)", BIRTHWT, "--report", "r.html", "--save",
               "m.json", folder=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.html").stat().st_size > 10_000
    done = ran(python, "-m", "statlogit", "predict", "m.json", BIRTHWT, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 190


def test_the_import_is_quick_and_brings_nothing_with_it(python, tmp_path):
    code = """if True:
        import json, sys, time
        start = time.process_time()
        import statlogit
        spent = time.process_time() - start
        loaded = [name for name in ("numpy", "pandas", "scipy", "click") if name in sys.modules]
        print(json.dumps([spent, loaded, statlogit.__file__]))
    """
    spent, loaded, place = json.loads(ran(python, "-c", code, folder=tmp_path).stdout)
    assert Path(python).parents[1] in Path(place).parents
    assert loaded == []
    assert spent < IMPORT_SECONDS


def cli(*arguments):
    return ["-m", "statlogit", *arguments]


MISSING = {
    "word": cli("fit", "low ~ age", BIRTHWT, "--report", "r.docx"),
    "excel": cli("fit", "low ~ age", BIRTHWT, "--report", "r.xlsx"),
    "parquet": cli("fit", "low ~ age", "data.parquet"),
    "onnx": ["-c", "import statlogit.export.onnx"],
    "sklearn": ["-c", "import statlogit.sklearn"],
    "plot": ["-c", "import statlogit.plots"],
    "web": cli("serve", "--no-browser"),
    "neighbours": ["-c", "import statlogit.marginaleffects"],
    "dask": ["-c", "import statlogit.sources.dask"],
    "fast": cli("info"),
}


@pytest.mark.parametrize("extra", MISSING)
def test_a_missing_extra_is_one_line_that_says_what_to_install(python, tmp_path, extra):
    (tmp_path / "data.parquet").write_bytes(b"PAR1")
    done = ran(python, *MISSING[extra], folder=tmp_path)
    lines = (done.stdout + done.stderr).splitlines()
    line = next(line for line in lines if "numba" in line) if extra == "fast" else lines[-1]  # fast goes without
    assert f"pip install 'statlogit[{extra}]'" in line, done.stdout + done.stderr
    if MISSING[extra][0] == "-m":
        assert "Traceback" not in done.stderr


def test_every_extra_for_users_is_tried():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    not_missed = {"dev", "bench", "docs"}
    assert set(extras) - not_missed == set(MISSING)
