"""A Pipes message reader that takes whole lines only."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from dagster import PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesDefaultMessageWriter

POLL_SECONDS = 0.05


class WholeLineMessageReader(PipesMessageReader):
    """Reads messages from a temporary file, each when its line has ended.

    Dagster's own file reader parses whatever part of a line is there: a message that is written
    in two pieces ends its thread, and all later messages are lost. A message that cannot be
    handled is reported to the run's log and kept in `errors`; those after it are still read.
    """

    def __init__(self) -> None:
        """Create a reader for one session."""
        self.errors: list[str] = []

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[dict[str, Any]]:
        """Read in a thread while the context lasts; at its end, what is still in the file too."""
        with tempfile.TemporaryDirectory(prefix="baselinr-pipes-") as folder:
            path = Path(folder, "messages")
            path.touch()
            ended = Event()
            thread = Thread(target=self._follow, args=(path, handler, ended), daemon=True)
            thread.start()
            try:
                yield {PipesDefaultMessageWriter.FILE_PATH_KEY: str(path)}
            finally:
                ended.set()
                thread.join()

    def _follow(self, path: Path, handler: PipesMessageHandler, ended: Event) -> None:
        line = b""
        with path.open("rb") as file:
            while True:
                last = ended.is_set()  # before reading: nothing is written after it
                while piece := file.readline():
                    line += piece
                    if line.endswith(b"\n"):
                        self._handle(line, handler)
                        line = b""
                if last:
                    break
                ended.wait(POLL_SECONDS)
        if line:
            self.errors.append("the last message was cut off")

    def _handle(self, line: bytes, handler: PipesMessageHandler) -> None:
        try:
            handler.handle_message(json.loads(line))
        except Exception as e:
            self.errors.append(f"a message could not be read: {e}")
            handler.report_pipes_framework_exception("baselinr's message reader", sys.exc_info())

    @property
    def expected_writer_count(self) -> int:
        """One process writes; said here because Dagster warns where its own default is taken."""
        return 1

    def no_messages_debug_text(self) -> str:
        """Return what Dagster says where no message came."""
        return "Attempted to read messages from a temporary file."
