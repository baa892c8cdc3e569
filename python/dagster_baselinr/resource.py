"""The resource that gives user code the resolved config."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dagster import ConfigurableResource

from .binary import ask


class BaselinrResource(ConfigurableResource[Any]):
    """Gives the config that a file resolves to, read once a process.

    The assets need no resource; it is for code beside them.
    """

    config_path: str

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The config with its defaults, variables resolved and secrets as `***`.

        Raises:
            Failure: where the binary is missing or the config is bad; the text is the binary's own.
        """
        resolved: Mapping[str, Any] = ask("config", "show", "--config", self.config_path)
        return resolved

    def get_config(self) -> Mapping[str, Any]:
        """Return `config`."""
        return self.config
