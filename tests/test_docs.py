"""Every block of Python and every command in the documentation runs and prints what the page says; the site builds."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def with_blocks(language):
    return [name for name in NAMES if blocks(name, language)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", with_blocks("python"))
def test_the_python_of_a_page_runs_and_prints_what_it_says(page):
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    names = {}
    for number, block in enumerate(blocks(page, "python"), start=1):
        test = doctest.DocTestParser().get_doctest(block, names, f"{page} block {number}", page, 0)
        assert test.examples, f"{page} block {number} has no >>> and would not be run"
        runner.run(test, clear_globs=False)
        names |= test.globs
    assert runner.failures == 0


@pytest.mark.slow
@pytest.mark.parametrize("page", with_blocks("console"))
def test_the_commands_of_a_page_print_what_it_says(page, folder):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for part in [part for block in blocks(page, "console") for part in block.split("$ ")[1:]]:
        command, expected = part.split("\n", 1)
        run = subprocess.run(command, shell=True, cwd=folder, env={**os.environ, "PATH": path, "COLUMNS": "80"},
                             capture_output=True, text=True, check=False)  # fmt: skip
        assert run.returncode == 0, (command, run.stderr)
        same = expected.strip() == "..." or doctest.OutputChecker().check_output(expected, run.stdout, FLAGS)
        assert same, (command, run.stdout, run.stderr)


@pytest.mark.parametrize("page", NAMES)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_every_page_is_in_the_menu_and_on_the_first_page():
    front = (ROOT / "docs" / "index.md").read_text("utf-8")
    for name in NAMES[1:]:
        stem = Path(name).stem
        assert stem == "index" or re.search(rf"^{stem}$", front, re.MULTILINE), f"{name} is in no toctree"


def test_every_setting_is_documented():
    from statlogit.cli.settings import KEYS

    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    (table,) = re.findall(r"^```toml\n\[tool.statlogit\]\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert {line.split("=")[0].strip() for line in table.splitlines()} == set(KEYS)


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_asks_no_other_host(tmp_path):
    for module in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(module, reason="make docs")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "site").glob("*.html"):
        text = page.read_text("utf-8")
        asked = re.findall(r"""<(?:script|link|img)\b[^>]*?(?:src|href)=["']([^"']+)""", text)
        assert not [url for url in asked if "//" in url], page.name
        assert "<pre>" not in text, f"{page.name} has code that scrolls and that no key reaches"
