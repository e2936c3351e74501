"""`synthlib doctor` on machines with simulated faults."""

import json
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from click.testing import CliRunner
from jupyter_client.kernelspec import KernelSpecManager

from synthlib.cli import doctor, main
from synthlib.params import BPY_VERSION
from synthlib.utils import files
from tests.helpers.fake_data import write_photographs

ROOT = Path(__file__).resolve().parents[2]


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_versions_of_python() -> None:
    finding = doctor.check_python((3, 10, 4))
    assert finding.state == "missing"
    assert "3.10.4" in finding.result
    assert "3.11, 3.12 or 3.13" in finding.action
    for minor in (11, 12, 13):
        assert doctor.check_python((3, minor, 0)).state == "ok"
    assert doctor.check_python((3, 14, 0)).state == "advice"


def test_a_study_folder_is_named_and_is_no_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor.check_study_folder() == doctor.Finding("study folder", "ok", str(ROOT))
    monkeypatch.setattr(files, "_CHECKOUT", tmp_path / "site-packages")
    monkeypatch.chdir(tmp_path)
    finding = doctor.check_study_folder()
    assert (finding.state, finding.result) == (
        "advice",
        f"no study folder is at or above {tmp_path}",
    )
    assert finding.action.startswith("make one with `synthlib init FOLDER`")


def test_a_missing_system_library_is_named_with_its_package(tmp_path: Path) -> None:
    table = tmp_path / "libraries.txt"
    table.write_text("libm.so.6 libc6 glibc\nlibnowhere.so.1 libnowhere1 nowhere\n")
    finding = doctor.check_system_libraries(table)
    assert finding.state == "advice"  # only renders need it
    assert "libnowhere.so.1" in finding.result
    assert "libnowhere1 (Debian" in finding.action
    assert "libc6" not in finding.action
    table.write_text("libm.so.6 libc6 glibc\n")
    assert doctor.check_system_libraries(table).state == "ok"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "echo 'ImportError: libGL.so.1: cannot open' >&2; exit 1",
            "libGL.so.1",
        ),
        ("kill -SEGV $$", "exit code"),
        ("exec sleep 60", "did not load in 0.5 s"),
        ("echo 'Blender prints what it likes'", "bpy does not load"),
    ],
)
def test_a_blender_that_does_not_load_is_missing(tmp_path: Path, text: str, message: str) -> None:
    timeout = 0.5 if "sleep" in text else 30
    finding = doctor.probe_blender(script(tmp_path / "python", text), timeout)
    assert finding.state == "missing"
    assert message in finding.result
    assert finding.action


def test_blenders_other_output_is_ignored(tmp_path: Path) -> None:
    text = "echo noise; echo 'FOUND 4.5.15 LTS | Some GPU'; echo more"
    fake = script(tmp_path / "python", text)
    finding = doctor.probe_blender(fake)
    assert finding == doctor.Finding("Blender", "ok", f"4.5.15 LTS in {fake}, renders on Some GPU")
    assert doctor.probe_blender(str(tmp_path / "nothing")).state == "missing"


def test_another_release_of_blender_is_advice(tmp_path: Path) -> None:
    finding = doctor.probe_blender(script(tmp_path / "python", "echo 'FOUND 5.2.3 LTS | the CPU'"))
    assert finding.state == "advice"
    assert finding.action.startswith(
        "set bpy_version: 5.2.3 (its renders get a store of their own)"
    )


def test_blender_loads_here() -> None:
    finding = doctor.check_blender()
    assert finding.state == "ok"
    assert finding.result.startswith("4.5.")


def test_without_bpy_other_interpreters_that_have_it_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This Python and one more have no bpy; others have bpy 5.2, bpy 4.5, and too few packages."""
    monkeypatch.delenv(doctor.BLENDER_PYTHON_VARIABLE, raising=False)
    monkeypatch.setattr(doctor.shutil, "which", lambda path: path if "/" in path else None)
    monkeypatch.setattr(doctor.Path, "home", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    found = {"a": "5.2.3 |", "b": "4.5.15 |", "c": "4.5.15 | scipy", "d": " | numpy"}
    paths = {}
    for name, answer in found.items():
        (tmp_path / name / "bin").mkdir(parents=True)
        paths[name] = script(tmp_path / name / "bin" / "python", f"echo 'FOUND {answer}'")
    monkeypatch.setattr(doctor.sys, "executable", paths["d"])
    finding = doctor.check_blender()
    assert finding.state == "advice"
    listed = f"{paths['a']} (5.2.3), {paths['b']} (4.5.15)"
    assert finding.result == f"not in this Python, but in {listed}"
    assert finding.action == f"export SYNTHLIB_BLENDER_PYTHON={paths['b']}"

    monkeypatch.setenv(doctor.BLENDER_PYTHON_VARIABLE, paths["c"])
    finding = doctor.check_blender()
    assert (finding.state, finding.result) == ("missing", f"{paths['c']} has bpy, and no scipy")
    assert finding.action == f"{paths['c']} -m pip install scipy"
    monkeypatch.setenv(doctor.BLENDER_PYTHON_VARIABLE, "nosuchpython")
    assert doctor.check_blender().state == "missing"

    monkeypatch.delenv(doctor.BLENDER_PYTHON_VARIABLE)
    for name in "abc":
        shutil.rmtree(tmp_path / name)
    finding = doctor.check_blender()
    assert (finding.state, finding.result) == (
        "advice",
        "no Python here has bpy: all but rendering works",
    )
    assert f"pip install bpy=={BPY_VERSION} lazy-loader numpy" in finding.action
    assert "\n" not in finding.action


def test_a_full_disk_and_one_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    for free, state in ((1e9, "missing"), (5e9, "advice"), (500e9, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(1e12, 0, free))
        assert doctor.check_disk(tmp_path / "not" / "yet").state == state

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    finding = doctor.check_disk(tmp_path)
    assert finding.state == "missing"
    assert "Permission denied" in finding.result


def test_little_memory_is_advice() -> None:
    assert doctor.check_memory(1e9).state == "advice"
    assert doctor.check_memory(64e9).state == "ok"


def test_a_wrong_file_of_classes_is_one_finding_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor.check_classes().result == "the thesis's 17"
    path = tmp_path / "classes.yaml"
    path.write_text("shoe: {synset: shoe, scenes: [hall]}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(path))
    assert doctor.check_classes().result == "the thesis's 17; of SYNTHLIB_CLASSES: shoe"
    root = write_photographs(tmp_path / "data", train=1, val=1, scenes=1)
    path = tmp_path / "other.yaml"
    path.write_bytes(b"shoe: {synset: caf\xe9, scenes: [hall]}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(path))
    monkeypatch.setattr(doctor, "check_blender", lambda: doctor.Finding("Blender", "ok", "fine"))
    done = CliRunner().invoke(main, ["doctor", "--data-root", str(root)])
    assert f"MISSING classes          {path} is not UTF-8 (byte 0xe9 in line 1)" in done.output
    assert "photographs of 3 of 17 classes" in done.output
    assert done.output.endswith("1 missing\n")


def test_data_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.check_data_root().state == "advice"  # none given: the demo needs none
    assert "synthlib fetch tiny-imagenet" in doctor.check_data_root().action
    monkeypatch.setenv("SYNTHLIB_DATA", str(tmp_path / "nowhere"))
    finding = doctor.check_data_root()
    assert finding.state == "missing"
    assert "nowhere" in finding.result
    assert "SYNTHLIB_DATA" in finding.action
    assert "synthlib fetch" in finding.action
    whole = write_photographs(tmp_path / "whole", train=1, val=1, scenes=1)
    assert doctor.check_data_root(str(whole)).state == "ok"
    assert "photographs of 3 of 17 classes" in doctor.check_data_root(str(whole)).result
    shutil.rmtree(whole / "places")
    finding = doctor.check_data_root(str(whole))
    assert finding.state == "missing"
    assert finding.action.startswith("put places/ there")
    assert finding.action.endswith("for the scale tiny `synthlib fetch places` will")


def test_jupyterlab_without_widgets(tmp_path: Path) -> None:
    assert doctor.check_jupyterlab().state == "ok"
    finding = doctor.check_jupyterlab(folders=[str(tmp_path)])
    assert finding.state == "missing"
    assert doctor.WIDGETS_EXTENSION in finding.result
    (tmp_path / doctor.WIDGETS_EXTENSION).mkdir(parents=True)
    (tmp_path / doctor.WIDGETS_EXTENSION / "package.json").write_text("{}")
    finding = doctor.check_jupyterlab(folders=[str(tmp_path)])
    assert f"without the extension {doctor.EXPLORER_EXTENSION}" in finding.result
    page = tmp_path / "labconfig" / "page_config.json"
    page.parent.mkdir()
    for disabled in ({doctor.WIDGETS_EXTENSION: True}, [doctor.WIDGETS_EXTENSION]):
        page.write_text(json.dumps({"disabledExtensions": disabled}))
        finding = doctor.check_jupyterlab(configs=[str(tmp_path)])
        assert finding.state == "missing"
        assert f"jupyter labextension enable {doctor.WIDGETS_EXTENSION}" in finding.action
    page.write_bytes(b"{caf\xe9")
    finding = doctor.check_jupyterlab(configs=[str(tmp_path)])
    assert finding.state == "missing"
    assert f"{page} is not JSON" in finding.result
    page.write_text(json.dumps({"disabledExtensions": {doctor.WIDGETS_EXTENSION: False}}))
    assert doctor.check_jupyterlab(configs=[str(tmp_path)]).state == "ok"


def test_a_kernel_of_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    monkeypatch.setattr(KernelSpecManager, "kernel_dirs", [str(tmp_path / "kernels")])
    monkeypatch.setattr(KernelSpecManager, "ensure_native_kernel", False)
    states = {"/opt/other/bin/python": "missing", sys.executable: "ok", "python3": "ok"}
    for interpreter, state in states.items():
        spec = {
            "argv": [interpreter, "-m", "ipykernel_launcher"],
            "display_name": "x",
            "language": "p",
        }
        (folder / "kernel.json").write_text(json.dumps(spec))
        assert doctor.check_kernel().state == state
    (folder / "kernel.json").write_text("{")
    assert "kernel.json of python3 is not JSON" in doctor.check_kernel().result
    assert "no kernel nosuch" in doctor.check_kernel("nosuch").result


def test_the_exit_code_says_whether_something_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "check_blender", lambda: doctor.Finding("Blender", "ok", "fine"))
    whole = CliRunner().invoke(main, ["doctor"])
    assert whole.exit_code == 0, whole.output
    assert "this machine can run the suite" in whole.output
    broken = CliRunner().invoke(main, ["doctor", "--data-root", "/nowhere/at/all"])
    assert broken.exit_code == 1
    assert "MISSING data" in broken.output
    assert "/nowhere/at/all" in broken.output
    assert broken.output.endswith("1 missing\n")
