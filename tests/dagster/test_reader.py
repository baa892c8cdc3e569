"""The message reader, fed by a process that writes the Pipes protocol in pieces."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetExecutionContext,
    DagsterInstance,
    MaterializeResult,
    PipesTempFileContextInjector,
    asset,
    materialize,
    open_pipes_session,
)
from dagster_baselinr.reader import WholeLineMessageReader

# Writes each message in two halves with a pause between, and a line that is no message.
WRITER = """
import json, os, time
from dagster_pipes import DAGSTER_PIPES_MESSAGES_ENV_VAR, decode_param
path = decode_param(os.environ[DAGSTER_PIPES_MESSAGES_ENV_VAR])["path"]
def write(method, **params):
    line = json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params})
    with open(path, "a") as file:
        for piece in (line[:len(line) // 2], line[len(line) // 2:] + "\\n"):
            file.write(piece)
            file.flush()
            time.sleep(0.2)
write("opened", extras={})
with open(path, "a") as file:
    file.write("no message\\n")
write("report_asset_materialization", asset_key="a", data_version=None,
      metadata={"long": {"raw_value": "é" * 100_000, "type": "text"}})
write("closed")
with open(path, "a") as file:
    file.write('{"method": "cut o')
"""


def test_messages_in_pieces_arrive_whole_and_a_bad_one_does_not_stop_the_rest(
    instance: DagsterInstance,
) -> None:
    reader = WholeLineMessageReader()

    @asset
    def a(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any]]:
        with open_pipes_session(
            context=context,
            context_injector=PipesTempFileContextInjector(),
            message_reader=reader,
        ) as session:
            environment = session.get_bootstrap_env_vars()
            subprocess.run([sys.executable, "-c", WRITER], env=dict(environment), check=True)
        results = session.get_results(implicit_materializations=False)
        yield from (r for r in results if isinstance(r, MaterializeResult))

    result = materialize([a], instance=instance)
    (event,) = result.get_asset_materialization_events()
    long = event.step_materialization_data.materialization.metadata["long"]
    assert long.value == "é" * 100_000
    assert [e.split(":")[0] for e in reader.errors] == [
        "a message could not be read",
        "the last message was cut off",
    ]
