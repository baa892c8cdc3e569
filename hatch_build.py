"""The wheel's build hook: compiles the Go binary into `dagster_baselinr/bin/`."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A static Go binary needs no libc, so it is honest to promise the oldest of both; macOS 12 is what
# Go itself asks for.
PLATFORMS = {
    "linux/amd64": "manylinux_2_17_x86_64.musllinux_1_1_x86_64",
    "linux/arm64": "manylinux_2_17_aarch64.musllinux_1_1_aarch64",
    "darwin/amd64": "macosx_12_0_x86_64",
    "darwin/arm64": "macosx_12_0_arm64",
}


class BinaryHook(BuildHookInterface[Any]):
    """Adds the binary, and the command `baselinr-pipes` that starts it, to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile and add; an editable install takes none, and finds one as the docs say.

        Raises:
            RuntimeError: where Go is missing, the code does not compile, or no tag fits.
        """
        if version == "editable":
            return
        root = Path(self.root)
        self._folder = tempfile.TemporaryDirectory(prefix="baselinr-pipes-")
        binary = Path(self._folder.name) / "baselinr-pipes"
        try:
            subprocess.run(["sh", str(root / "scripts/build.sh"), str(binary)], check=True)
            target = subprocess.run(
                ["go", "env", "GOOS", "GOARCH"], check=True, capture_output=True, text=True
            )
        except subprocess.CalledProcessError as e:
            raise RuntimeError(f"the Go binary was not built: {e}; its reason stands above") from e
        platform = "/".join(target.stdout.split())
        if platform not in PLATFORMS:
            raise RuntimeError(
                f"no wheel tag is known for {platform}; known: {', '.join(PLATFORMS)}"
            )
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{PLATFORMS[platform]}"
        build_data["force_include"][str(binary)] = "dagster_baselinr/bin/baselinr-pipes"
        build_data["shared_scripts"][str(root / "scripts/baselinr-pipes")] = "baselinr-pipes"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the compiled file; the wheel has it."""
        if version != "editable":
            self._folder.cleanup()
