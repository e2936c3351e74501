"""docs/code.md from the modules themselves: `python tools/code_map.py > docs/code.md`."""

import ast
from pathlib import Path

from synthlib.utils.files import project_dir

HEAD = """# Reading the code

`synthlib/` by what its modules are for; the sentence is each one's own. A good first hour: `params`
(what a run is), `sources` (its data), `compositing` and `datasets` (its batches), `training`,
`evaluation`, `tables/answer` (the number all is for). A module imports only from those that
`tests/test_architecture.py` has before it; Blender's `bpy` is imported below `blender/` alone, and
torch by nothing that plans, renders or tabulates. `python tools/code_map.py` writes this page; a
test holds it against the code.
"""

CHAPTERS = {
    "A run, its name and its folder": (
        "classes seeding params param_checks param_files validation files holding environment runs "
        "kept"
    ),
    "Objects": (
        "assets splitting model_library model_files model_faults obj_files model_archives sheets"
    ),
    "Renders": (
        "viewpoints framing render_settings rendering render_stage supervision chunks work_folders "
        "progress orphans alive clusters blender stores curation live"
    ),
    "Photographs": (
        "photos subsets flags stand_in fetching data_sets data_folders downloads archives"
    ),
    "From pixels to batches": (
        "sources scaling packing pack_building placement resampling compositing cropping "
        "photometric augmentation samples synthetic schedule overlap datasets allocator"
    ),
    "Training and testing": (
        "models small_maps shared_norm devices optimisation feeding checkpoints training "
        "batch_norm predicting peek"
    ),
    "Numbers": "evaluation bootstrap discordant statistics thesis tables results",
    "Pictures": (
        "figures galleries exhibits variants contributed feature_map diversity gathered reports "
        "pages overview"
    ),
    "Why a sample went wrong": (
        "inspection opened pictures saliency neighbours provenance closeups widgets"
    ),
    "A whole study": "search executing together estimates batch doctor cli __main__",
    "What all stand on": "utils",
}
"""Every module and package, in the order to read them."""


def page() -> str:
    """The page's text."""
    parts = [HEAD]
    for title, names in CHAPTERS.items():
        parts += [f"## {title}\n", *(_line(name) for name in names.split()), ""]
    return "\n".join(parts)


def _line(name: str) -> str:
    """A module's link and the first paragraph of what it says of itself, in one line."""
    root = project_dir() / "synthlib"
    file = root / f"{name}.py"
    inside = root / name / "__init__.py"
    path = file if file.exists() else inside
    said = _said(path) or SAID[name]
    shown, target = (name, file) if file.exists() else (f"{name}/", inside.parent)
    return f"- [`{shown}`](../{target.relative_to(root.parent).as_posix()}) {said}"


SAID = {
    "blender": "All that touches Blender: generators a class (`procedural/`, of `parts/`), "
    "importers, scene, light and camera, and the worker process that renders an instance."
}
"""Of packages that say nothing themselves, since importing them must load nothing."""


def _said(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


if __name__ == "__main__":
    print(page(), end="")
