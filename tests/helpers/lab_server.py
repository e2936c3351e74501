"""JupyterLab on 127.0.0.1 with its own settings, and the flags of a headless Chromium."""

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

START_TIMEOUT_SECONDS = 90


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token and the project that it serves."""

    url: str
    token: str
    project: Path


@contextmanager
def running_jupyter(project: Path, data_root: Path | None = None) -> Iterator[Lab]:
    """Run JupyterLab on a project's folder; its kernels import this checkout's synthlib."""
    token = secrets.token_hex(16)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = project / ".jupyter/settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    log = (project / "lab.log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
            *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={project}"),
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        cwd=project,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=_environment(project, data_root),
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for_answer(server, f"{address}/api?token={token}", project / "lab.log")
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
    removed = ("SYNTHLIB_DATA", "SYNTHLIB_BATCH")
    environment = {name: value for name, value in os.environ.items() if name not in removed}
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "jupyter",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment |= {name: str(project / ".jupyter" / folder) for name, folder in folders.items()}
    if data_root is not None:
        environment["SYNTHLIB_DATA"] = str(data_root)
    environment["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    return environment | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def _wait_for_answer(server: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
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
