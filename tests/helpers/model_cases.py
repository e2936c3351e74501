"""Model files rendered by the real worker, without a plan or a study."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from synthlib.rendering.items import InstanceItem
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.stage import INSTANCE_MODULE
from synthlib.rendering.supervisor import RenderJob, supervise
from tests.helpers.render_cases import ONE_WORKER

SETTINGS = asdict(RenderSettings(size=48, samples=4, views=11))


def render_model_cases(
    out: Path,
    sources: Mapping[str, Path],
    varied: Collection[str] = (),
    folders: Mapping[str, Path] | None = None,
) -> tuple[dict[str, dict], dict[str, str], Path]:
    """Render model files by one worker.

    Args:
        out: Folder of the renders.
        sources: Model files by the name of their case.
        varied: Cases that are imported with a variation of colours and proportions.
        folders: Folders of models that do not share theirs with others, by case.

    Returns:
        The content of `instance.json` of each rendered case, the reason of each failed one, and the
        folder of all cases.
    """
    items = [
        InstanceItem(
            name=f"case/{name}",
            cls="case",
            instance=name,
            split="train",
            asset=source.name,
            source=str(source),
            folder=str(folders[name]) if folders and name in folders else None,
            turn=(0.0, 0.0, 0.0),
            variation=int(name in varied),
        )
        for name, source in sources.items()
    ]
    job = RenderJob(
        module=INSTANCE_MODULE, items=items, settings=SETTINGS, out=out, is_done=lambda name: False
    )
    report = supervise(job, replace(ONE_WORKER, recycle_after=999))
    files = {name: out / "case" / name / "instance.json" for name in sources}
    rendered = {name: json.loads(path.read_text()) for name, path in files.items() if path.exists()}
    reasons = {f["name"].removeprefix("case/"): f["reason"] for f in report.failed}
    return rendered, reasons, out / "case"
