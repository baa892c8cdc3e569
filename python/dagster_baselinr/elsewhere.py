"""Runs the binary where the step does not: in a container, a cluster, another machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dagster import (
    AssetExecutionContext,
    AssetKey,
    Failure,
    MaterializeResult,
    MetadataValue,
)

from .keys import listed
from .launch import failed_tables
from .partitions import PartitionsTold, partitions_extra

if TYPE_CHECKING:
    from dagster import PipesClientCompletedInvocation  # Dagster 1.12.0 does not export it


class Launch(Protocol):
    """Starts `baselinr-pipes profile` by a Pipes client, and waits for its end.

    ```python
    def in_docker(context, extras):
        return PipesDockerClient().run(
            context=context, extras=extras, image="baselinr-pipes", command="baselinr-pipes profile"
        )
    ```
    """

    def __call__(
        self, context: AssetExecutionContext, extras: dict[str, Any], /
    ) -> PipesClientCompletedInvocation:
        """Give the client the step's context and the extras, and return what it returns.

        The extras tell the binary what to profile, and by which config.
        """


def profile_elsewhere(
    context: AssetExecutionContext,
    config_path: str | os.PathLike[str],
    asset_keys: Mapping[str, AssetKey],
    launch: Launch,
    report: Mapping[str, str] | None = None,
) -> Iterator[MaterializeResult[Any]]:
    """Profile tables, given by ID with their asset's key, in one process that `launch` starts.

    The process gets the config's text with its variables unresolved: it resolves them in its own
    environment. The results are yielded when it has ended. Where `report` has a `path`, and perhaps
    the `url` of that, the process writes an HTML report there.

    Raises:
        Failure: after all results, where a table failed or has no result; where the config cannot
            be read.
        Exception: what the client raises where it cannot start the process or that fails.
    """
    invocation = launch(
        context,
        {"baselinr": {**_extra(config_path, asset_keys, report), **partitions_extra(context)}},
    )
    PartitionsTold(context).take(invocation.get_custom_messages())
    reported = set()
    # Without a report there is no result: what was not profiled must not look materialized.
    for result in invocation.get_results(implicit_materializations=False):
        if isinstance(result, MaterializeResult):
            reported.add(result.asset_key)
            yield result
    failed = failed_tables(invocation.get_custom_messages())
    silent = [id for id, key in asset_keys.items() if key not in reported and id not in failed]
    if failed or silent:
        raise _failure(len(asset_keys), failed, silent)


def _extra(
    config_path: str | os.PathLike[str],
    asset_keys: Mapping[str, AssetKey],
    report: Mapping[str, str] | None,
) -> dict[str, Any]:
    path = Path(os.path.abspath(config_path))  # noqa: PTH100  a symbolic link stays as it is
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as e:
        raise Failure(f"the config {path} cannot be read: {e}", allow_retries=False) from None
    return {
        "version": 1,
        "config": {"text": text, "base_dir": str(path.parent)},
        "asset_keys": {id: key.to_escaped_user_string() for id, key in asset_keys.items()},
        "handles_failures": True,
        "elsewhere": True,
        **({"report": report} if report else {}),
    }


def _failure(tables: int, failed: Mapping[str, str], silent: list[str]) -> Failure:
    text: list[str] = []
    if failed:
        text.append(f"{len(failed)} of {tables} tables failed:")
        text.extend(f"{id}: {error}" for id, error in sorted(failed.items()))
    if silent:
        text.append(
            f"without a result: {listed(silent)}; what the process logged, where it ran, says why"
        )
    return Failure(
        "\n".join(text),
        metadata={"failed_tables": MetadataValue.json(sorted([*failed, *silent]))},
    )
