"""Who may import whom, and what nobody may do: read from the syntax trees, nothing is imported."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "statlogit"
FILES = sorted(PACKAGE.rglob("*.py"))

LEAVES = {"_version", "errors", "figures", "tables"}
BELOW = {  # room -> the rooms it may import, besides the leaves and itself
    "errors": set(),
    "_version": set(),
    "figures": set(),
    "tables": {"report"},  # imported where a table is printed, never before
    "core": set(),
    "solvers": {"core"},
    "design": {"core"},
    "sources": {"core"},
    "demo": {"core", "solvers"},
    "fit": {"core", "solvers", "design", "sources"},
}
BELOW["inference"] = BELOW["fit"] | {"fit"}
BELOW["effects"] = BELOW["inference"] | {"inference"}
BELOW["diagnostics"] = BELOW["effects"] | {"effects"}
BELOW["report"] = BELOW["fit"] | {"fit", "inference", "diagnostics", "effects"}
BELOW["persist"] = BELOW["report"] | {"report"}
BELOW["export"] = BELOW["persist"] | {"persist"}
BELOW["results"] = BELOW["persist"] | {"persist"}
BELOW["api"] = BELOW["results"] | {"results"}
BELOW |= dict.fromkeys(
    ["__init__", "cli", "__main__", "sklearn", "formula_api", "plots", "marginaleffects", "maketables"],
    BELOW["api"] | {"api", "demo", "cli", "export", "_version"},
)

BELOW["web"] = BELOW["api"] | {"api", "demo"}
BELOW["cli"] = BELOW["cli"] | {"web"}

ANYWHERE = {"numpy", "scipy", "pandas", "threadpoolctl"}
NUMERIC_ROOMS, NUMERIC = {"core", "solvers"}, {"numpy", "scipy.linalg", "scipy.special", "threadpoolctl"}
ONLY_IN = {  # third-party package -> the places (rooms or files) that may import it
    "formulaic": {"design"},
    "narwhals": {"design", "sources"},
    "pyarrow": {"sources/parquet.py"},
    "duckdb": {"sources/parquet.py"},
    "dask": {"sources/dask.py"},
    "distributed": {"sources/dask.py"},
    "numba": {f"core/kernels{part}.py" for part in ("", "_cells", "_codes", "_order", "_rows", "_several", "_softmax")},
    "llvmlite": {"core/kernels_rows.py"},
    "jinja2": {"report/sandbox.py"},
    "markupsafe": {"report/render.py"},
    "docx": {"report/word.py"},
    "xlsxwriter": {"report/excel.py"},
    "sklearn": {"sklearn"},
    "onnx": {"export/onnx.py"},
    "click": {"cli"},
    "starlette": {"web"},
    "uvicorn": {"web/server.py"},
    "matplotlib": {"plots.py"},
    "marginaleffects": {"marginaleffects.py"},
    "polars": {"marginaleffects.py"},
    "maketables": {"maketables.py"},
}
RUNS_TEXT_AS_CODE = {"eval", "exec", "compile", "__import__", "read_pickle", "to_pickle"}
PICKLES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "code", "codeop", "runpy"}


def imports(path: Path, tree: ast.Module) -> Iterator[str]:
    """Every imported name in full, relative ones resolved."""
    package = ["statlogit", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1], node.module or ""] if node.level else [node.module]
            yield from (".".join(part for part in [*base, alias.name] if part) for alias in node.names)


def refused(path: Path, name: str) -> bool:
    place = path.relative_to(PACKAGE).as_posix()
    room = place.split("/")[0].removesuffix(".py")
    top = name.split(".")[0]
    if top == "statlogit":
        target = name.split(".")[1]
        return target not in {room, "__version__"} | LEAVES | BELOW[room]
    if top in sys.stdlib_module_names:
        return top in PICKLES
    if room in NUMERIC_ROOMS and top in ANYWHERE:
        return not any(name == allowed or name.startswith(allowed + ".") for allowed in NUMERIC)
    return top not in ANYWHERE and not ONLY_IN.get(top, set()) & {room, place}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_each_file_imports_only_what_its_room_may(path: Path) -> None:
    assert [name for name in imports(path, ast.parse(path.read_text())) if refused(path, name)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_runs_text_as_code_or_pickles(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        plain_regex = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"
        assert name not in RUNS_TEXT_AS_CODE or plain_regex, f"line {node.lineno}: {name}"
        assert not (isinstance(node, ast.keyword) and node.arg == "allow_pickle"), "allow_pickle"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("core/blocks.py", "statlogit.solvers.irls"),
        ("core/blocks.py", "pandas"),
        ("solvers/irls.py", "scipy.optimize.minimize"),
        ("design/state.py", "statlogit.fit.fit"),
        ("report/text.py", "jinja2.Environment"),
        ("api.py", "click"),
        ("tables.py", "statlogit.core.types"),
        ("results.py", "pickle"),
        ("fit.py", "requests"),
    ],
)
def test_the_rules_can_fail(place: str, name: str) -> None:
    assert refused(PACKAGE / place, name)
