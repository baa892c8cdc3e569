"""The resource that gives user code the resolved config, and profiles for it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from typing import Any

from dagster import ConfigurableResource, EnvVar, Failure

from .binary import BAD_CONFIG, ask, find_binary
from .process import running


class Settings(dict[str, Any]):
    """A dictionary whose keys are attributes too: `config.source.type` is a value of a value.

    As in the Python tool's object, what a config may have and this one has not is None, and
    `schema_` is `schema`. A key that is there goes before a dictionary's method of that name:
    `partition.values` is what the config says.
    """

    def __getattribute__(self, name: str) -> Any:
        """Return what the key holds, else what any dictionary has."""
        if name in self and not name.startswith("__"):
            return self[name]
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        """Return what the key holds.

        Raises:
            AttributeError: where no config has such a key.
        """
        key = name.removesuffix("_")
        if key in self:
            return self[key]
        if name.startswith("__") or key not in _names_of_settings():
            raise AttributeError(f"no setting of a config is named {name!r}")
        return None


class BaselinrResource(ConfigurableResource[Any]):
    """Gives the config that a file resolves to, read once a process, and profiles tables.

    The assets need no resource; it is for code beside them. The path may be an `EnvVar`, which is
    looked up when the config is first asked for, and may differ between the processes of a
    deployment.
    """

    config_path: str

    @property
    def config(self) -> Settings:
        """The config with its defaults, variables resolved and secrets as `***`.

        Raises:
            Failure: where the binary is missing or the config is bad, in the binary's own words;
                where the path is an `EnvVar` that is not set.
        """
        return _resolved(self._path())

    def get_config(self) -> Settings:
        """Return `config`."""
        return self.config

    def profile(self, table: str | None = None, schema: str | None = None) -> list[Settings]:
        """Profile one table of the config, or all, and return what was measured and what drifted.

        The list holds the `tables` of `baselinr-pipes profile -o json`. Nothing is reported to
        Dagster: that is for who calls.

        Raises:
            Failure: where the config has no such table, one failed, or the run did; the text is the
                binary's own.
        """
        id = f"{schema}.{table}" if schema else table
        command = [find_binary(), "profile", "--config", self._path(), "-o", "json"]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as answer:
            with running([*command, "--table", id] if id else command, {}, answer) as process:
                process.wait()
            if process.exit_code != 0:
                reason = "\n".join(process.stderr) or f"exit code {process.exit_code}"
                raise Failure(reason, allow_retries=process.exit_code != BAD_CONFIG)
            answer.seek(0)
            return [_settings(table) for table in json.load(answer)["tables"]]

    def _path(self) -> str:
        path = self.config_path
        if not isinstance(path, EnvVar):  # nor is it one in a run: Dagster has put its value here
            return path
        value = path.get_value()
        if not value:
            raise Failure(
                f"the variable {path.env_var_name}, which names the config, is not set",
                allow_retries=False,
            )
        return value


def _settings(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Settings({key: _settings(it) for key, it in value.items()})
    return [_settings(it) for it in value] if isinstance(value, list) else value


@cache
def _names_of_settings() -> frozenset[str]:
    """Return the keys that any part of a config may have, by the JSON Schema of configs."""

    def names(schema: Any) -> set[str]:
        parts = schema.values() if isinstance(schema, dict) else schema
        found = set(schema.get("properties", ())) if isinstance(schema, dict) else set()
        return found.union(*(names(part) for part in parts if isinstance(part, dict | list)))

    return frozenset(
        names(json.loads(subprocess.check_output([find_binary(), "config", "schema"])))
    )


@cache
def _resolved(config_path: str) -> Settings:
    """Ask once a process: Dagster makes a resource anew for each step."""
    resolved = _settings(ask("config", "show", "--config", config_path))
    assert isinstance(resolved, Settings)
    return resolved
