"""The process of the binary: started, watched while it runs, and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

STDERR_LINES = 50  # of its standard error are kept
INTERRUPT_SECONDS = 2.0  # between SIGINT and SIGTERM: the binary needs them to end its queries
TERMINATE_SECONDS = 1.5  # between SIGTERM and SIGKILL
INTERRUPTS = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT)}


class Process:
    """A process that was started, its exit code, and the end of its standard error."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], output: IO[str] | None = None
    ) -> None:
        """Start it, with variables beside those of this process.

        Its standard input is a pipe that nobody writes to: it closes when this process dies,
        however that happens, and then a binary that reports to a step stops. Its standard error
        goes to ours, and so does its standard output where no file is given.
        """
        self.stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._stopping = threading.Lock()
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self._forwarder = threading.Thread(
            target=self._forward, args=(self._process.stderr,), daemon=True
        )
        self._forwarder.start()

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, so long at most."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait(self) -> None:
        """Wait for its end."""
        self._process.wait()

    @property
    def exit_code(self) -> int:
        """The exit code of a process that has ended; of one that a signal ended, less than 0."""
        return self._process.returncode

    def stop(self) -> None:
        """End it if it still runs: by SIGINT, by SIGTERM, by SIGKILL, within 4 seconds.

        Any thread may call this, and several may at once.
        """
        process = self._process
        with self._stopping:
            try:
                if process.poll() is None and self._interrupt(INTERRUPT_SECONDS):
                    return
                if process.poll() is None:
                    process.terminate()
                    self.ends_within(TERMINATE_SECONDS)
            finally:  # also where an interrupt ends the waiting
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def _interrupt(self, seconds: float) -> bool:
        if os.name == "nt":  # which has no signals for one process: there the lifeline asks
            assert self._process.stdin
            self._process.stdin.close()
        else:
            self._process.send_signal(signal.SIGINT)
        return self.ends_within(seconds)

    def close(self) -> None:
        """Let go of a process that has ended: take the rest of its standard error."""
        assert self._process.stdin
        self._process.stdin.close()
        self._forwarder.join(INTERRUPT_SECONDS)

    def _forward(self, stderr: IO[str]) -> None:
        for line in stderr:
            sys.stderr.write(line)
            if line.strip():
                self.stderr.append(line.rstrip())


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], output: IO[str] | None = None
) -> Iterator[Process]:
    """Run a process that is stopped at the end of the context, and by any interrupt before."""
    process = Process(command, environment, output)
    try:
        with _stopped_by_interrupts(process):
            yield process
    finally:
        process.stop()
        process.close()


@contextmanager
def _stopped_by_interrupts(process: Process) -> Iterator[None]:
    """Stop a process as soon as this one is sent SIGINT or SIGTERM, whatever it is doing then.

    Dagster raises an interrupt in a step's code only while that code runs. Of one that comes while
    Dagster records what was yielded, the step's generator learns when it is closed, and that may
    be much later. So a thread waits for the signal itself: Python writes its number to a socket
    (`signal.set_wakeup_fd`), whichever handler is in place, and even where the main thread hangs.

    Does nothing outside the main thread, to which signals are not raised either, nor where
    somebody else, such as an event loop, has taken the socket's place.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    tells, told = socket.socketpair()
    tells.setblocking(False)
    before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
    if before != -1:
        signal.set_wakeup_fd(before)
        tells.close()
        told.close()
        yield
        return

    def watch() -> None:
        while signals := told.recv(1):
            if signals == END:
                return
            if signals[0] in INTERRUPTS:
                process.stop()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.set_wakeup_fd(-1)
            tells.send(END)
            watcher.join()
            tells.close()
            told.close()
        else:  # closed by a collector of garbage: the socket stays, since Python still writes to it
            tells.send(END)


END = b"\0"  # no signal has this number
