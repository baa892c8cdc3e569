"""Where the binary is, and how to ask it something."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from dagster import Failure

PACKAGED = Path(__file__).parent / "bin" / "baselinr-pipes"
BAD_CONFIG = 2  # the exit code of what trying again would not mend


def find_binary() -> str:
    """Return the path of `baselinr-pipes`.

    It is the file that `$BASELINR_PIPES_BINARY` names, else the one inside this package, else the
    first on `PATH`.

    Raises:
        Failure: where there is none, or the variable names no file; the text says how to get it.
    """
    named = os.environ.get("BASELINR_PIPES_BINARY")
    if named:
        if not Path(named).is_file():
            raise Failure(
                f"BASELINR_PIPES_BINARY names {named}, and no file is there", allow_retries=False
            )
        return named
    found = str(PACKAGED) if PACKAGED.is_file() else shutil.which("baselinr-pipes")
    if not found:
        raise Failure(
            "the binary baselinr-pipes was not found, neither in this package nor on PATH: install"
            " dagster-baselinr from a wheel for your platform, or build it (`make build` in a"
            " clone) and name it in BASELINR_PIPES_BINARY",
            allow_retries=False,
        )
    return found


def ask(*arguments: str, timeout: float | None = None) -> Any:
    """Run `baselinr-pipes ARGUMENTS -o json` and return what it answers, parsed.

    Its warnings go to this module's logger. `timeout` is in seconds.

    Raises:
        Failure: where the binary is missing, fails, or takes longer; the text is the binary's own.
    """
    name = "baselinr-pipes " + arguments[0]
    try:
        done = subprocess.run(
            [find_binary(), *arguments, "-o", "json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"{name}: no answer within {timeout:g} seconds") from None
    except OSError as e:
        raise Failure(f"{name}: cannot be started: {e}", allow_retries=False) from None
    if done.returncode != 0:
        reason = done.stderr.strip() or f"{name}: exit code {done.returncode}"
        raise Failure(reason, allow_retries=done.returncode != BAD_CONFIG)
    for line in done.stderr.splitlines():
        logging.getLogger(__name__).warning("%s", line.removeprefix("warning: "))
    return json.loads(done.stdout)
