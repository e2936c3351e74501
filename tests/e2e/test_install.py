"""pyproject.toml, constraints.txt, environment.yml, the Makefile and its scripts agree."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from synthlib import __version__
from synthlib.params import BPY_VERSION
from synthlib.rendering.interpreters import WORKER_PACKAGES

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
EXTRAS = {
    name: [Requirement(text) for text in texts]
    for name, texts in PYPROJECT["project"]["optional-dependencies"].items()
}
WORKER = [r for r in EXTRAS["worker"] if r.marker is None or r.marker.evaluate()]
RENDER = [r for r in EXTRAS["render"] if r.name != "synthlib"]
DEV = [r for r in EXTRAS["dev"] if r.name != "synthlib"] + WORKER + RENDER
DOCS = EXTRAS["docs"]
BUILD = [Requirement(text) for text in PYPROJECT["build-system"]["requires"]]
CONSTRAINTS = [
    line
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line[:1] not in ("", "#")
]
PINS = {canonicalize_name(n): v for n, _, v in (line.partition("==") for line in CONSTRAINTS)}


# --- what is installed ----------------------------------------------------------------------------


def test_main_dependencies_are_required():
    required = {r.name for r in RUNTIME}
    expected = "jupyterlab papermill torch torchvision ipywidgets matplotlib seaborn pandas pillow"
    assert required >= set(expected.split())


def test_blender_is_an_extra_and_limits_nothing_in_the_core():
    assert not any(s.operator in ("<", "<=", "==") for r in RUNTIME for s in r.specifier)
    assert "bpy" not in {r.name for r in RUNTIME}
    versions = {"3.11": "4.5.15", "3.12": None, "3.13": "5.2.3"}
    for python, version in versions.items():
        marked = [r for r in EXTRAS["worker"] if r.name == "bpy"]
        fitting = [r for r in marked if r.marker and r.marker.evaluate({"python_version": python})]
        assert [version in r.specifier for r in fitting] == [True] * (version is not None)
    assert versions["3.11"] == BPY_VERSION
    assert [str(r) for r in EXTRAS["render"] if r.name == "synthlib"] == ["synthlib[worker]"]
    assert [str(r) for r in EXTRAS["dev"] if r.name == "synthlib"] == ["synthlib[render]"]


def test_the_workers_packages_are_those_that_it_imports():
    """A fresh interpreter imports everything below `synthlib.blender`, as a worker may."""
    declared = {canonicalize_name(r.name) for r in EXTRAS["worker"]}
    assert declared == {"bpy", *WORKER_PACKAGES}
    code = (
        "import importlib, os, pkgutil, sys\n"
        "from synthlib import blender\n"
        "from synthlib.blender import worker\n"
        "worker.import_bpy()\n"
        "for m in pkgutil.walk_packages(blender.__path__, 'synthlib.blender.'):\n"
        "    importlib.import_module(m.name)\n"
        "print('FOUND', *{n.split('.')[0] for n in sys.modules}, flush=True)\n"
        "os._exit(0)\n"
    )
    output = run(sys.executable, "-c", code).stdout.splitlines()
    modules = next(line for line in output if line.startswith("FOUND")).split()[1:]
    providers = metadata.packages_distributions()
    imported = {canonicalize_name(p) for m in modules for p in providers.get(m, [])}
    needed = {
        canonicalize_name(Requirement(text).name)
        for name in declared
        for text in metadata.requires(name) or []
    }
    installers = {"synthlib", "setuptools"}
    assert declared - imported == set()
    assert imported - declared - needed - installers == set()


def test_constraints_are_plain_pins():
    for line in CONSTRAINTS:
        assert re.fullmatch(r"[\w.-]+==[\w.!+]+", line), f"not NAME==VERSION: {line}"
    assert len(PINS) == len(CONSTRAINTS)
    assert not {"synthlib", "pip"} & set(PINS)


@pytest.mark.parametrize("requirement", RUNTIME + DEV + DOCS + BUILD, ids=str)
def test_each_dependency_is_pinned_within_its_range_and_has_a_floor(requirement):
    pin = PINS[canonicalize_name(requirement.name)]
    assert pin in requirement.specifier
    operators = {s.operator for s in requirement.specifier}
    assert operators & {">=", "=="}, "a dependency states the oldest version that was tried"


def test_indirect_dependencies_are_pinned_too():
    """Follow the requirements of the installed packages, as pip did."""
    queue = [(r, e) for r in RUNTIME + DEV for e in ("", *r.extras)]
    seen = set()
    while queue:
        requirement, extra = queue.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        assert name in PINS, f"{name} is not in constraints.txt: run `make constraints`"
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                queue += [(needed, e) for e in ("", *needed.extras)]
    assert len(seen) > 100


def test_torch_and_torchvision_fit_each_other():
    requirements = [Requirement(text) for text in metadata.requires("torchvision") or []]
    torch = next(r for r in requirements if r.name == "torch")
    assert PINS["torch"] in torch.specifier


def test_the_version_is_stated_alike_everywhere():
    assert PYPROJECT["project"]["dynamic"] == ["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    assert [reference["type"] for reference in citation["references"]] == ["thesis"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == __version__


def test_the_conda_environment_installs_the_same():
    text = (ROOT / "environment.yml").read_text()
    *conda, pip = yaml.safe_load(text)["dependencies"]
    assert conda == ["python=3.11", "pip"], "conda installs only Python; numpy comes from pip"
    assert pip == {"pip": ["--constraint constraints.txt", "--editable .[dev]"]}
    install = (ROOT / "tools" / "install.sh").read_text()
    assert "--constraint constraints.txt --editable '.[dev]'" in install
    supported = SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert [v in supported for v in ("3.10.9", "3.11.0", "3.12.0", "3.13.0")] == [False] + [
        True
    ] * 3


@pytest.mark.parametrize(
    ("folder", "allowed"), [("synthlib", RUNTIME), ("tests", RUNTIME + DEV)], ids=["code", "tests"]
)
def test_every_import_is_a_declared_dependency(folder, allowed):
    providers = metadata.packages_distributions()
    declared = {canonicalize_name(r.name) for r in allowed}
    local = {"synthlib", "tests"} | {"bpy", "bmesh", "mathutils", "bpy_extras"}  # all of bpy
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for top in {name.split(".")[0] for name in names}:
                if top in sys.stdlib_module_names | local:
                    continue
                distributions = {canonicalize_name(p) for p in providers.get(top, [])}
                assert distributions & declared, (
                    f"{path.name} imports {top}: declare it in pyproject.toml"
                )


# --- the commands ---------------------------------------------------------------------------------


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHON", "VENV", "MAKEFLAGS")}
    environment = inherited | environment
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE)) - {"machine"}
    listed = set(re.findall(r"^make (\w+) +\S", run("make").stdout, flags=re.MULTILINE))
    assert listed == targets
    assert {"demo", "test", "lab", "lint", "help"} <= listed


def test_lab_listens_on_loopback_only():
    assert "--ip=127.0.0.1" in run("make", "-n", "lab").stdout


def write_script(path: Path, text: str) -> str:
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def check_machine(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("sh", "tools/check_machine.sh", *arguments, **environment)


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("synthlib: ")
    assert line.endswith(".")
    return line


def test_a_complete_machine_gets_its_interpreter():
    done = check_machine(PYTHON=sys.executable)
    assert (done.returncode, done.stdout, done.stderr) == (0, sys.executable + "\n", "")


def test_missing_python_is_reported_first(tmp_path):
    sentence = one_sentence(check_machine(PYTHON="python-none"))
    assert "python-none" in sentence
    assert "python3.11 and python3.11-venv (Debian, Ubuntu) or python3.11 (Fedora)" in sentence
    done = run("make", "test", f"VENV={tmp_path}/venv", "PYTHON=python-none")
    assert done.returncode != 0
    assert sentence in done.stderr
    assert not (tmp_path / "venv").exists()


def test_another_python_version_is_refused(tmp_path):
    other = write_script(tmp_path / "python", "exit 1")  # as `-c` exits with another version
    assert "Python 3.11 is missing" in one_sentence(check_machine(PYTHON=other))


def test_missing_venv_module_is_reported(tmp_path):
    without_venv = write_script(
        tmp_path / "python",
        f'case "$*" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac',
    )
    assert "python3.11-venv" in one_sentence(check_machine(PYTHON=without_venv))


def test_missing_system_libraries_are_all_named_with_their_packages(tmp_path):
    table = tmp_path / "libraries.txt"
    table.write_text(
        "# library deb rpm\nlibc.so.6 libc6 glibc\nlibnone.so.1 libnone1 none-libs\n"
        "libnil.so.2 libnil2 nil\n"
    )
    sentence = one_sentence(check_machine(str(table), PYTHON=sys.executable))
    assert "without libnone.so.1 libnil.so.2:" in sentence
    assert "install libnone1 libnil2 (Debian, Ubuntu) or none-libs nil (Fedora)" in sentence
    assert "libc6" not in sentence


def test_the_table_lists_the_system_libraries_that_blender_loads():
    """The X and GL libraries that the installed module links to are read from its binaries."""
    wheel = Path(str(metadata.distribution("bpy").locate_file("bpy")))
    linked = set()
    for binary in [*wheel.glob("__init__*.so"), wheel / "lib" / "libusd_ms.so"]:
        linked |= set(
            re.findall(rb"\0(lib(?:X\w+|SM|ICE|GL|xkbcommon)\.so\.\d+)(?=\0)", binary.read_bytes())
        )
    rows = (ROOT / "synthlib/utils/system_libraries.txt").read_text().splitlines()
    table = [row.split() for row in rows if not row.startswith("#")]
    assert all(len(row) == 3 for row in table)
    assert {row[0] for row in table} == {n.decode() for n in linked} | {"libstdc++.so.6"}


FAKE_PYTHON = """
# Replaces Python 3.11: `-m venv DIR` puts this script into DIR, pip logs its calls.
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *"pip install"*)
        echo "install $*" >> log
        [ -e fail ] && { touch .venv/half; kill -9 $PPID; sleep 1; }
        touch .venv/complete ;;
    *) exit 0 ;;
esac
"""


def test_an_interrupted_install_starts_again(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for name in ("tools", "synthlib"):
        (tmp_path / name).symlink_to(ROOT / name)
    python, venv = write_script(tmp_path / "python3.11", FAKE_PYTHON), tmp_path / ".venv"

    def install() -> subprocess.CompletedProcess[str]:
        return run("make", ".venv/.installed", cwd=tmp_path, PYTHON=python)

    (tmp_path / "fail").touch()
    assert install().returncode != 0, "the installer was killed in the middle"
    assert (venv / "half").exists()
    assert not (venv / ".installed").exists()

    (tmp_path / "fail").unlink()
    done = install()
    assert done.returncode == 0, done.stderr
    assert "was interrupted; starting again" in done.stdout
    assert not (venv / "half").exists(), "nothing of the interrupted install is left"
    assert (venv / "complete").exists()
    assert (venv / ".installed").exists()

    calls = (tmp_path / "log").read_text()
    install()
    assert (tmp_path / "log").read_text() == calls, "a complete environment is not changed"

    later = (venv / ".installed").stat().st_mtime + 10
    os.utime(tmp_path / "constraints.txt", (later, later))
    install()
    assert len((tmp_path / "log").read_text()) > len(calls), "changed pins are installed"
