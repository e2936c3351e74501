"""A JupyterLab on this machine alone, with settings of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
"""Chromium's."""

START_TIMEOUT_SECONDS = 90  # seconds JupyterLab may take


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address (with `token`) and the project it serves."""

    url: str
    token: str
    project: Path


@contextmanager
def running_jupyter(project: Path, data_root: Path | None = None) -> Iterator[Lab]:
    """JupyterLab on a project's folder, its kernels with this checkout's synthlib."""
    token = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    news = project / ".jupyter/settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    log = (project / "lab.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
         "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--allow-root",
         f"--ServerApp.root_dir={project}", "--LabApp.news_url=None",
         "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
        cwd=project, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env=_environment(project, data_root),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(server, f"{address}/api?token={token}", project / "lab.log")
        yield Lab(address, token, project)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _environment(project: Path, data_root: Path | None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("SYNTHLIB_DATA", "SYNTHLIB_BATCH")}
    settings = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime",
                "JUPYTER_DATA_DIR": "jupyter", "JUPYTERLAB_SETTINGS_DIR": "settings",
                "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython"}  # fmt: skip
    kept |= {name: str(project / ".jupyter" / place) for name, place in settings.items()}
    if data_root is not None:
        kept["SYNTHLIB_DATA"] = str(data_root)
    kept["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    return kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def _wait(server: subprocess.Popen, address: str, log: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(
        f"JupyterLab did not answer in {START_TIMEOUT_SECONDS} s: {log.read_text()[-3000:]}"
    )
