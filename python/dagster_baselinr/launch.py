"""Runs the binary for a step, and passes on what it reports while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import IO, Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    Failure,
    MaterializeResult,
    MetadataValue,
    PipesTempFileContextInjector,
    open_pipes_session,
)

from .binary import find_binary
from .keys import listed
from .reader import WholeLineMessageReader

POLL_SECONDS = 0.1
GRACE_SECONDS = 5.0  # between asking the binary to stop and killing it
STDERR_LINES = 50  # of its standard error are shown where it fails


def profile_tables(
    context: AssetExecutionContext,
    config_path: str | os.PathLike[str],
    asset_keys: Mapping[str, AssetKey],
) -> Iterator[MaterializeResult[Any]]:
    """Profile tables, given by ID with their asset's key, in one process.

    Each table's result is yielded when it is there, while the process goes on. The process never
    outlives this: it is stopped when the generator is closed, and it stops by itself when the
    step's process dies.

    Raises:
        Failure: after all results, where a table failed, the process failed, or a table has no
            result; the text names the tables and gives the reasons, its metadata has the end of
            the process's standard error.
    """
    path = os.path.abspath(config_path)  # noqa: PTH100  a symbolic link stays as it is
    extra = {
        "version": 1,
        "config": {"path": path},
        "asset_keys": {id: key.to_escaped_user_string() for id, key in asset_keys.items()},
        "handles_failures": True,
    }
    reader = WholeLineMessageReader()
    command = [find_binary(), "profile", "--config", path]
    sent = 0
    with (
        open_pipes_session(
            context=context,
            context_injector=PipesTempFileContextInjector(),
            message_reader=reader,
            extras={"baselinr": extra},
        ) as session,
        _running(command, session.get_bootstrap_env_vars()) as (process, stderr),
    ):
        ended = False
        while not ended:
            ended = _ends_within(process, POLL_SECONDS)
            # All results so far are returned each time.
            for result in session.get_reported_results()[sent:]:
                sent += 1
                yield _materialization(result)
    # The session has now read what was still in the file.
    for result in session.get_reported_results()[sent:]:
        yield _materialization(result)

    failed = failed_tables(session.get_custom_messages())
    reported = {result.asset_key for result in session.get_reported_results()}
    silent = [id for id, key in asset_keys.items() if key not in reported and id not in failed]
    if failed or silent or process.returncode != 0:
        raise _failure(len(asset_keys), failed, silent, process.returncode, stderr, reader.errors)


def failed_tables(messages: Sequence[Any]) -> dict[str, str]:
    """Return why tables failed, by ID, from what the binary sent beside the materializations."""
    return {
        m["table"]: f"{m['error']['kind']}: {m['error']['message']}"
        for m in messages
        if isinstance(m, dict) and m.get("type") == "baselinr/table_failed"
    }


def _materialization(result: object) -> MaterializeResult[Any]:
    assert isinstance(result, MaterializeResult), f"unexpected report: {result}"
    return result


def _failure(
    tables: int,
    failed: Mapping[str, str],
    silent: list[str],
    exit_code: int,
    stderr: deque[str],
    reader_errors: list[str],
) -> Failure:
    """Say what failed: first the process, then tables by name with their reasons."""
    text: list[str] = []
    if exit_code != 0:
        how = f"exit code {exit_code}" if exit_code > 0 else f"signal {-exit_code}"
        text.append(f"baselinr-pipes ended with {how}" + (":" if stderr else ""))
        text.extend(list(stderr)[-10:])
    if failed:
        text.append(f"{len(failed)} of {tables} tables failed:")
        text.extend(f"{id}: {error}" for id, error in sorted(failed.items()))
    if silent:
        text.append(f"without a result: {listed(silent)}")
    text.extend(reader_errors)
    return Failure(
        "\n".join(text),
        metadata={
            "failed_tables": MetadataValue.json(sorted([*failed, *silent])),
            "stderr": MetadataValue.text("\n".join(stderr)),
        },
    )


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[str], deque[str]]]:
    """Run a process, which is stopped at the end if it still runs.

    Its standard input is a pipe that nobody writes to: it closes when this process dies, however
    that happens, and then the binary stops. Its standard error goes to ours, and its last lines
    into the queue that is yielded.
    """
    tail: deque[str] = deque(maxlen=STDERR_LINES)
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    thread = Thread(target=_forward, args=(process.stderr, tail), daemon=True)
    thread.start()
    try:
        yield process, tail
    finally:
        _stop(process)
        thread.join(GRACE_SECONDS)


def _forward(stderr: IO[str], tail: deque[str]) -> None:
    for line in stderr:
        sys.stderr.write(line)
        if line.strip():
            tail.append(line.rstrip())


def _stop(process: subprocess.Popen[str]) -> None:
    try:
        if process.poll() is None:
            process.terminate()
            _ends_within(process, GRACE_SECONDS)
    finally:  # also where a second interrupt ends the waiting
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stdin
        process.stdin.close()


def _ends_within(process: subprocess.Popen[str], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
