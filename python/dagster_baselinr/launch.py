"""Runs the binary for a step, and passes on what it reports while it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    Failure,
    MaterializeResult,
    MetadataValue,
    OpExecutionContext,
    PipesTempFileContextInjector,
    open_pipes_session,
)

from .binary import BAD_CONFIG, find_binary
from .keys import listed
from .partitions import PartitionsTold, partitions_extra
from .process import running
from .reader import WholeLineMessageReader

POLL_SECONDS = 0.1


def profile_tables(
    context: AssetExecutionContext | OpExecutionContext,
    config_path: str | os.PathLike[str],
    asset_keys: Mapping[str, AssetKey],
    report: Mapping[str, str] | None = None,
) -> Iterator[MaterializeResult[Any]]:
    """Profile tables, given by ID with their asset's key, in one process.

    Each table's result is yielded when it is there, while the process goes on. The process never
    outlives this: it is stopped when the generator is closed or the step's process is interrupted,
    and it stops by itself when the step's process dies. At its end it writes an HTML report, where
    `report` has its `path`, and perhaps the `url` of that.

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
        **partitions_extra(context),
        **({"report": report} if report else {}),
    }
    partitions = PartitionsTold(context)
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
        running(command, session.get_bootstrap_env_vars()) as process,
    ):
        ended = False
        while not ended:
            ended = process.ends_within(POLL_SECONDS)
            # All results so far are returned each time.
            results = session.get_reported_results()[sent:]
            partitions.take(session.get_custom_messages())
            for result in results:
                sent += 1
                yield _materialization(result)
    # The session has now read what was still in the file.
    partitions.take(session.get_custom_messages())
    for result in session.get_reported_results()[sent:]:
        yield _materialization(result)

    failed = failed_tables(session.get_custom_messages())
    reported = {result.asset_key for result in session.get_reported_results()}
    silent = [id for id, key in asset_keys.items() if key not in reported and id not in failed]
    if failed or silent or process.exit_code != 0:
        stderr = list(process.stderr)
        raise _failure(len(asset_keys), failed, silent, process.exit_code, stderr, reader.errors)


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
    stderr: Sequence[str],
    reader_errors: Sequence[str],
) -> Failure:
    """Say what failed: first the process, then tables by name with their reasons."""
    text: list[str] = []
    if exit_code != 0:
        how = f"exit code {exit_code}" if exit_code > 0 else f"signal {-exit_code}"
        text.append(f"baselinr-pipes ended with {how}" + (":" if stderr else ""))
        text.extend(stderr[-10:])
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
        allow_retries=exit_code != BAD_CONFIG,
    )
