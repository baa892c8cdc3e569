"""The wheel: built from the checkout, installed where nothing is, used as the README says."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support import ROOT, Sqlite


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built as `pip install .` builds one."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_is_of_this_platform_and_holds_the_binary(wheel: Path) -> None:
    assert re.fullmatch(
        r"dagster_baselinr-[\d.]+-py3-none-(manylinux|macosx)\w+.*\.whl", wheel.name
    )
    with zipfile.ZipFile(wheel) as archive:
        binary = archive.getinfo("dagster_baselinr/bin/baselinr-pipes")
        (metadata,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        required = re.findall(r"^Requires-Dist: (.*)$", archive.read(metadata).decode(), re.M)
    assert binary.external_attr >> 16 & 0o111
    assert [r for r in required if "extra ==" not in r] == ["dagster<2,>=1.12"]


@pytest.mark.timeout(400)
def test_the_readmes_repo_works_in_an_environment_that_has_only_the_wheel(
    wheel: Path, sqlite: Sqlite
) -> None:
    venv = sqlite.folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([venv / "bin/pip", "install", "--quiet", wheel], check=True)

    # Nothing else on PATH, and no variable that names a binary.
    environment = {
        "PATH": f"{venv / 'bin'}:/usr/bin:/bin",
        "HOME": str(sqlite.folder),
        "DAGSTER_HOME": str(sqlite.folder / "dagster_home"),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    (sqlite.folder / "dagster_home").mkdir()
    sqlite.table("orders")
    sqlite.configure("orders")
    example = re.search(r"```python\n(# repo\.py\n.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert example, "the README shows no repo.py"
    (sqlite.folder / "repo.py").write_text(example[1])

    def call(*command: str) -> str:
        done = subprocess.run(
            command, cwd=sqlite.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "sqlite" in call("baselinr-pipes", "version")
    output = call("dagster", "job", "execute", "-f", "repo.py", "-j", "baselinr_profile_all")
    assert "Materialized value baselinr_orders" in output
    assert (sqlite.folder / "history.db").exists()
