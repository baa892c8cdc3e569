"""Events of profiling in a run's log."""

from __future__ import annotations

import logging
from typing import Any


def emit_profiling_event(
    context: Any | None, event_type: str, dataset_name: str, **kwargs: Any
) -> None:
    """Write a profiling event to the log of a Dagster context, or to Python's where it is None.

    Args:
        context: a Dagster execution context, or None.
        event_type: such as `profiling_started`, `profiling_completed`, `profiling_failed`.
        dataset_name: the table.
        kwargs: whatever else is worth telling; it goes into the message.
    """
    log = logging.getLogger(__name__) if context is None else context.log
    level = logging.ERROR if event_type == "profiling_failed" else logging.INFO
    details = "".join(f" {key}={value}" for key, value in kwargs.items())
    log.log(level, f"Baselinr event: {event_type} {dataset_name}{details}")
