"""One server for the tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from tests.web.running import Server, Visitor, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the usual limits, and room for the sessions of all tests."""
    with running(tmp_path_factory.mktemp("sessions"), sessions=500) as found:
        yield found


@pytest.fixture
def visitor(server: Server) -> Visitor:
    """A new session."""
    return Visitor(server)
