"""A running `overt watch`, whose two streams can be waited on."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.deployments import alive, children, start


class Watching:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._threads = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stdout, self.out), (process.stderr, self.err))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, list(self.out)) if "alert" in line]

    @property
    def figures(self) -> dict[str, Any]:
        found = json.loads(self.out[-1])["figures"]
        assert isinstance(found, dict)
        return found

    @property
    def said(self) -> str:
        return "".join(self.err)

    def wait_for(self, what: Callable[[], object], seconds: float = 45) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"waited in vain; it said: {self.said} and printed {self.out}"
            time.sleep(0.02)

    def wait_for_end(self, seconds: float = 45) -> int:
        code = self.process.wait(seconds)
        self.close()
        return code

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.wait_for_end()

    def close(self) -> None:
        for thread in self._threads:
            thread.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        lines.extend(iter(stream.readline, ""))  # a list grows while extend runs


@contextmanager
def watching(*arguments: str | Path, home: Path, **pipes: Any) -> Iterator[Watching]:
    """A run that is ended, with its camera processes, whatever the test does; none may be left by itself."""
    process = start(*arguments, home=home, **pipes)
    watched = Watching(process)
    family: set[int] = set()
    try:
        yield watched
    finally:
        family.update(children(process.pid))
        process.kill()
        process.wait()
        until = time.monotonic() + 2
        while alive(list(family)) and time.monotonic() < until:
            time.sleep(0.02)
        watched.close()
        assert not alive(list(family))
