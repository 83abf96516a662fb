"""`statlogit serve`: what it says before there is a page."""

import socket
import sys
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from statlogit.cli import main, serve


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[serve.callback.__module__]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "uvicorn" else find_spec(name))
    found = CliRunner().invoke(main, ["serve"])
    assert found.exit_code == 2
    assert found.stderr.splitlines()[-1] == "Error: serve needs starlette and uvicorn: pip install 'statlogit[web]'"


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = CliRunner().invoke(main, ["serve", "--no-browser", "--port", port])
    assert found.exit_code == 2
    assert f"port {port} cannot be used" in found.stderr
    assert "--port 0" in found.stderr


@pytest.mark.parametrize("option", [["--port", "70000"], ["--max-mb", "0"], ["--time-limit", "0"]])
def test_limits_have_limits(option: list[str]) -> None:
    assert CliRunner().invoke(main, ["serve", *option]).exit_code == 2
