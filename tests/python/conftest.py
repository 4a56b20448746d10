"""Fixtures of every suite: processes that end with the run, and `audit serve` on free ports."""

import functools
import signal

import pytest

pytest.register_assert_rewrite("support")

from support.processes import Processes  # noqa: E402
from support.served import Served  # noqa: E402


def pytest_configure():
    # A terminated run stops its processes, as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def processes(tmp_path_factory):
    with Processes(tmp_path_factory.mktemp("processes")) as started:
        yield started


@pytest.fixture(scope="session")
def serve(processes):
    """Starts `audit serve` on a folder of its own: `serve(NAME, *OPTIONS)`."""
    return functools.partial(Served, processes)
