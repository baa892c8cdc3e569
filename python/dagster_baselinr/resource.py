"""The resource that gives user code the resolved config."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from dagster import ConfigurableResource, EnvVar, Failure

from .binary import ask


class BaselinrResource(ConfigurableResource[Any]):
    """Gives the config that a file resolves to, read once a process.

    The assets need no resource; it is for code beside them. The path may be an `EnvVar`, which is
    looked up when the config is first asked for, and may differ between the processes of a
    deployment.
    """

    config_path: str

    @property
    def config(self) -> Mapping[str, Any]:
        """The config with its defaults, variables resolved and secrets as `***`.

        Raises:
            Failure: where the binary is missing or the config is bad, in the binary's own words;
                where the path is an `EnvVar` that is not set.
        """
        return _resolved(self._path())

    def get_config(self) -> Mapping[str, Any]:
        """Return `config`."""
        return self.config

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


@cache
def _resolved(config_path: str) -> Mapping[str, Any]:
    """Ask once a process: Dagster makes a resource anew for each step."""
    resolved: Mapping[str, Any] = ask("config", "show", "--config", config_path)
    return resolved
