"""Where the HTML report of a step goes, and where a browser finds it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from dagster import AssetExecutionContext


@dataclass(frozen=True)
class ReportPlace:
    """A folder for reports, and the address of that folder for a browser where it has one."""

    folder: str
    url: str | None = None

    def of(self, context: AssetExecutionContext, *, here: bool) -> dict[str, str]:
        """Return the path and the address of the report of a step's attempt.

        The file is named after the run, the step, and, from the second on, the number of the
        attempt, so that no two processes write the same one. A relative folder starts at the
        working directory, here or, where the process runs elsewhere, there.
        """
        attempt = f"_{context.retry_number + 1}" if context.retry_number else ""
        name = f"{context.run.run_id}_{context.op_def.name}{attempt}.html"
        folder = os.path.abspath(self.folder) if here else self.folder  # noqa: PTH100
        place = {"path": f"{folder.rstrip('/')}/{name}"}
        if self.url is not None:
            place["url"] = f"{self.url.rstrip('/')}/{name}"
        return place
