"""Starts processes and stops them by their ids."""

import itertools
import socket
import subprocess
import time
from pathlib import Path

SECONDS_TO_STOP = 60


class Processes:
    """Processes that are stopped in reverse order at the end of the `with` block, also when a test fails."""

    def __init__(self, folder):
        self.folder, self.started, self.numbers = Path(folder), [], itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        killed = [process.args for process in reversed(self.started[:]) if not self.stop(process)]
        assert not killed, f"these did not end within {SECONDS_TO_STOP} s of SIGTERM: {killed}"

    def start(self, name, command, env=None, cwd=None):
        """Starts a command whose output goes to a log in the folder. Returns the process and the path of its log."""
        log = self.folder / f"{next(self.numbers)}-{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        return process, log

    def stop(self, process):
        """Terminates one process, or kills it when it does not end. Returns whether it ended on SIGTERM."""
        if process in self.started:
            self.started.remove(process)
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        return True


def wait_for(what, seen, process, log, seconds=60):
    """Waits until `seen()` is true and returns it. Fails with the log if the process ends or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if found := seen():
            return found
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not start:\n{log.read_text(errors='replace')[-3000:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
