"""Processes that the tests start, and stop by their id."""

import os
import signal
import subprocess
import time

SECONDS_TO_STOP = 20


class Processes:
    """Everything that was started; stopped in reverse order."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []

    def start(self, name, command, env=None, **options):
        """Starts a command; its output goes to `<folder>/<name>.log`. Returns the process and the log's path."""
        path = os.path.join(self.folder, f"{name}.log")
        with open(path, "ab") as log:
            process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **options
            )
        self.started.append(process)
        return process, path

    def stop(self, process):
        """Ends one process, and kills it when it does not."""
        if process in self.started:
            self.started.remove(process)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self):
        for process in reversed(self.started[:]):
            self.stop(process)


def wait_for(what, seen, process, path, seconds=60):
    """Waits until `seen()` is something; fails with the log where the process ends or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = seen()
        if found:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.02)
    with open(path, encoding="utf-8", errors="replace") as log:
        raise RuntimeError(f"{what} did not start:\n{log.read()[-2000:]}")
