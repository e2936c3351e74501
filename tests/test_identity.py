"""Names, digests and bytes depend on explicit versions, not on source text, paths or Blender."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import synthlib
from synthlib import assets
from synthlib.rendering import worker_process
from synthlib.study import parallel

ROOT = Path(synthlib.__file__).parent

SCRIPT = """
import json, sys
from pathlib import Path
import synthlib
from synthlib import params, rendering, runs
from synthlib.data import prepare
from synthlib.photographs import stand_in
from synthlib.rendering import worker_process
from synthlib.rendering.supervisor import RenderReport
from synthlib.study import parallel

if __name__ == "__main__":
    out = Path(sys.argv[1])
    given = {"assets": "procedural", "outputs": str(out / "outputs"), "views": 2, "instances": 2}
    given |= {"render_size": 16, "render_samples": 1, "random_textures": 0.5}
    p = params.load("tiny", "mixed_real33", **given)
    plan = prepare.render_plan(p)
    found = {
        "package": str(Path(synthlib.__file__).parent),
        "without Blender": sys.modules.get("bpy", "") is None,
        "store": plan.store.name,
        "recipe": plan.recipe,
        "instances": [i.name for i in plan.instances],
        "run": runs.find_run(p, {"photographs": "a", "renders": "b"}).digest,
        "code": [worker_process.rendering_code_digest(), parallel.training_code_digest()],
    }
    few = rendering.plan_renders(
        out / "outputs", ["banana", "cup"], 2, assets="procedural", models_root=None,
        settings=plan.settings,
    )
    options = rendering.RenderOptions(workers=1, progress=False)
    if "--plan" in sys.argv:
        stand_in.supervise = lambda *_, **__: RenderReport()
    else:
        assert not rendering.render(few, options).failed
    numbers = {"train": 1, "val": 1, "backgrounds": 2, "size": 16, "seed": 0}
    stand_ins = stand_in.StandInSettings(classes=["cup"], **numbers)
    root = stand_in.make_stand_ins(out / "outputs", stand_ins, options)
    found["stand-ins"] = root.name
    (out / "found.json").write_text(json.dumps(found))
"""


def run_script(out: Path, package: Path, *options: str) -> dict:
    """Run `SCRIPT` with the package below a folder; return the names and digests it gives."""
    out.mkdir()
    (out / "script.py").write_text(SCRIPT)
    environment = {k: v for k, v in os.environ.items() if k != "SYNTHLIB_CLASSES"}
    done = subprocess.run(
        [sys.executable, str(out / "script.py"), str(out), *options],
        cwd=package,
        env=environment | {"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((out / "found.json").read_text())


def read_outputs(out: Path) -> dict[str, bytes]:
    """The bytes of every image and every instance.json, by path."""
    suffixes = (".png", ".JPEG", ".jpg", ".json")
    paths = [path for path in sorted(out.rglob("*")) if path.suffix in suffixes]
    return {str(p.relative_to(out)): p.read_bytes() for p in paths if p.name != "found.json"}


def copy_rewritten(folder: Path) -> Path:
    """Copy the project with moved generators and colours, and with other comments, docstrings and
    imports in every source below `blender/`."""
    package = shutil.copytree(ROOT, folder / "synthlib", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(ROOT.parent / "params", folder / "params")
    shutil.move(package / "blender" / "generators", package / "blender" / "makers")
    shutil.move(package / "blender/modelling/colours.py", package / "blender/modelling/paints.py")
    moved = {
        "synthlib.blender.generators": "synthlib.blender.makers",
        '.with_name("blender") / "generators"': '.with_name("blender") / "makers"',
        "synthlib.blender.modelling.colours": "synthlib.blender.modelling.paints",
    }
    for path in package.rglob("*.py"):
        text = path.read_text()
        for old, new in moved.items():
            text = text.replace(old, new)
        if path.is_relative_to(package / "blender") and path.name != "__init__.py":
            text = re.sub(r'^""".', '"""Rewritten: ', text)
            text = text.replace("\n\n\ndef ", "\n\nimport os.path\n\n\n# a remark\ndef ", 1)
        path.write_text(text)
    return folder


def test_moved_and_rewritten_sources_change_no_name_digest_or_byte(tmp_path: Path) -> None:
    other = copy_rewritten(tmp_path / "project")
    assert not (other / "synthlib/blender/generators").exists()
    here = run_script(tmp_path / "here", ROOT.parent)
    there = run_script(tmp_path / "there", other)
    assert [here.pop("package"), there.pop("package")] == [str(ROOT), str(other / "synthlib")]
    assert there == here
    images = read_outputs(tmp_path / "here" / "outputs")
    assert len([name for name in images if name.endswith(".png")]) == 2 * 2 * 2
    assert len([name for name in images if name.lower().endswith(("jpeg", "jpg"))]) == 4
    assert read_outputs(tmp_path / "there" / "outputs") == images


def test_names_and_digests_need_no_blender(tmp_path: Path) -> None:
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text(
        "import importlib.metadata, sys\n"
        "sys.modules['bpy'] = None\n"
        "_version = importlib.metadata.version\n"
        "def version(name):\n"
        "    if name == 'bpy':\n"
        "        raise importlib.metadata.PackageNotFoundError(name)\n"
        "    return _version(name)\n"
        "importlib.metadata.version = version\n"
    )
    for name in ("synthlib", "params"):
        (without / name).symlink_to(ROOT.parent / name)
    found = run_script(tmp_path / "absent", without, "--plan")
    whole = run_script(tmp_path / "whole", ROOT.parent, "--plan")
    assert [each.pop("without Blender") for each in (found, whole)] == [True, False]
    assert found.pop("package") != whole.pop("package")
    assert found == whole


@pytest.mark.parametrize("name", ["RENDER_VERSION", "RANDOM_TEXTURES_VERSION", "STAND_IN_VERSION"])
def test_another_version_changes_the_code_digests(name: str, monkeypatch) -> None:
    before = worker_process.rendering_code_digest(), parallel.training_code_digest()
    monkeypatch.setattr(worker_process, name, 99)
    assert worker_process.rendering_code_digest() != before[0]
    assert parallel.training_code_digest() != before[1]


def test_other_packages_generators_and_torch_change_the_code_digests(monkeypatch) -> None:
    before = worker_process.rendering_code_digest(), parallel.training_code_digest()
    monkeypatch.setattr(parallel, "version", lambda _: "9.9")
    assert worker_process.rendering_code_digest() == before[0]
    assert parallel.training_code_digest() != before[1]
    monkeypatch.undo()
    versions = assets.generator_versions() | {"cup": 99}
    monkeypatch.setattr(worker_process, "generator_versions", lambda: versions)
    assert worker_process.rendering_code_digest() != before[0]
    assert parallel.training_code_digest() != before[1]
    monkeypatch.undo()
    monkeypatch.setattr(worker_process, "__version__", "9.9")
    assert worker_process.rendering_code_digest() != before[0]
    monkeypatch.undo()
    few = {name: cls for name, cls in worker_process.CLASSES.items() if name != "cup"}
    monkeypatch.setattr(worker_process, "CLASSES", few)
    assert worker_process.rendering_code_digest() != before[0]
