"""`synthlib doctor` on a machine with faults put into it."""

import json
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from click.testing import CliRunner
from jupyter_client.kernelspec import KernelSpecManager

from synthlib.cli import doctor, main
from tests.helpers.fake_data import write_photographs


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_another_python_is_missing_and_says_which() -> None:
    found = doctor.check_python((3, 12, 4))
    assert found.state == "missing"
    assert "3.12.4" in found.result
    assert "3.11" in found.action
    assert doctor.check_python((3, 11, 0)).state == "ok"


def test_a_missing_system_library_is_named_with_its_package(tmp_path: Path) -> None:
    table = tmp_path / "libraries.txt"
    table.write_text("libm.so.6 libc6 glibc\nlibnowhere.so.1 libnowhere1 nowhere\n")
    found = doctor.check_system_libraries(table)
    assert found.state == "missing"
    assert "libnowhere.so.1" in found.result
    assert "libnowhere1 (Debian" in found.action
    assert "libc6" not in found.action
    table.write_text("libm.so.6 libc6 glibc\n")
    assert doctor.check_system_libraries(table).state == "ok"


@pytest.mark.parametrize(
    ("text", "words"),
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
def test_a_blender_that_does_not_load_is_missing(tmp_path: Path, text: str, words: str) -> None:
    limit = 0.5 if "sleep" in text else 30
    found = doctor.check_blender(script(tmp_path / "python", text), limit)
    assert found.state == "missing"
    assert words in found.result
    assert found.action


def test_blender_s_own_words_are_read_past_what_it_prints(tmp_path: Path) -> None:
    fake = script(tmp_path / "python", "echo noise; echo 'FOUND 4.5.15 LTS | Some GPU'; echo more")
    found = doctor.check_blender(fake)
    assert (found.state, found.result) == ("ok", "4.5.15 LTS, renders on Some GPU")
    assert doctor.check_blender(str(tmp_path / "nothing")).state == "missing"


def test_blender_loads_here() -> None:
    found = doctor.check_blender()
    assert found.state == "ok"
    assert found.result.startswith("4.5.")


def test_a_full_disk_and_one_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    for free, state in ((1e9, "missing"), (5e9, "advice"), (500e9, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(1e12, 0, free))
        assert doctor.check_disk(tmp_path / "not" / "yet").state == state

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    found = doctor.check_disk(tmp_path)
    assert found.state == "missing"
    assert "Permission denied" in found.result


def test_little_memory_is_advice() -> None:
    assert doctor.check_memory(1e9).state == "advice"
    assert doctor.check_memory(64e9).state == "ok"


def test_data_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.check_data_root().state == "advice"  # none given: the demo needs none
    assert "synthlib fetch tiny-imagenet" in doctor.check_data_root().action
    monkeypatch.setenv("SYNTHLIB_DATA", str(tmp_path / "nowhere"))
    found = doctor.check_data_root()
    assert found.state == "missing"
    assert "nowhere" in found.result
    assert "SYNTHLIB_DATA" in found.action
    assert "synthlib fetch" in found.action
    whole = write_photographs(tmp_path / "whole", train=1, val=1, scenes=1)
    assert doctor.check_data_root(str(whole)).state == "ok"
    assert "3 of 17" in doctor.check_data_root(str(whole)).result
    shutil.rmtree(whole / "places")
    found = doctor.check_data_root(str(whole))
    assert found.state == "missing"
    assert found.action.startswith("put places/ there")
    assert found.action.endswith("for the scale tiny `synthlib fetch places` will")


def test_jupyterlab_without_widgets(tmp_path: Path) -> None:
    assert doctor.check_jupyterlab().state == "ok"
    found = doctor.check_jupyterlab(folders=[str(tmp_path)])
    assert found.state == "missing"
    assert doctor.WIDGETS_EXTENSION in found.result
    page = tmp_path / "labconfig" / "page_config.json"
    page.parent.mkdir()
    for disabled in ({doctor.WIDGETS_EXTENSION: True}, [doctor.WIDGETS_EXTENSION]):
        page.write_text(json.dumps({"disabledExtensions": disabled}))
        found = doctor.check_jupyterlab(configs=[str(tmp_path)])
        assert found.state == "missing"
        assert f"jupyter labextension enable {doctor.WIDGETS_EXTENSION}" in found.action
    page.write_text(json.dumps({"disabledExtensions": {doctor.WIDGETS_EXTENSION: False}}))
    assert doctor.check_jupyterlab(configs=[str(tmp_path)]).state == "ok"


def test_a_kernel_of_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    monkeypatch.setattr(KernelSpecManager, "kernel_dirs", [str(tmp_path / "kernels")])
    monkeypatch.setattr(KernelSpecManager, "ensure_native_kernel", False)
    for first, state in (("/opt/other/bin/python", "missing"), (sys.executable, "ok"),
                         ("python3", "ok")):  # fmt: skip
        spec = {"argv": [first, "-m", "ipykernel_launcher"], "display_name": "x", "language": "p"}
        (folder / "kernel.json").write_text(json.dumps(spec))
        assert doctor.check_kernel().state == state
    assert "no kernel nosuch" in doctor.check_kernel("nosuch").result


def test_the_command_s_exit_code_says_whether_something_is_missing(
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
