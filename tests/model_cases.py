"""Model files through the real worker: what became of each, without a plan or a study."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from synthlib.supervision import supervise

SETTINGS = {"size": 48, "samples": 4, "denoise": False, "views": 11, "seed": 0}
SETTINGS |= {"field_of_view": 39.6, "fill": 0.95, "poses": "thesis", "random_textures": 0.0}


def render_cases(
    out: Path, sources: Mapping[str, Path], varied: Collection[str] = ()
) -> tuple[dict[str, dict], dict[str, str], Path]:
    """Every model by one worker: {case: instance.json}, {case: reason}, the folder of the cases."""
    items = [
        {
            "name": f"case/{name}",
            "cls": "case",
            "instance": name,
            "asset": source.name,
            "source": str(source),
            "turn": [0, 0, 0],
            "variation": int(name in varied),
        }
        for name, source in sources.items()
    ]
    report = supervise(
        "instances",
        items,
        settings=SETTINGS,
        out=out,
        done=lambda item: False,
        workers=1,
        chunk=999,
        progress=False,
    )
    found = {name: out / "case" / name / "instance.json" for name in sources}
    good = {name: json.loads(path.read_text()) for name, path in found.items() if path.exists()}
    reasons = {f["name"].removeprefix("case/"): f["reason"] for f in report.failed}
    return good, reasons, out / "case"
