"""A scale's renders, and its runs with their weights, as archives for other people.

`archive_renders` and `archive_trained_runs` write folders that any web server can offer (`shards`);
`fetch_renders` and `fetch_runs` bring them into another outputs folder, where they count as if they
had been made there.

An archive of renders has the instances of the scale's render store, the list of its instances (so
that a store of model files can be used without these files) and, at a scale with stand-ins, the
stand-in photographs. An archive of runs has of each finished run what `run_archive` keeps, and its
weights and predictions: no images, and neither the notebook nor the checkpoint.
"""

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import yaml

from synthlib import __version__, evaluation, params as parameters
from synthlib.data import prepare
from synthlib.data.export.card import restricted_text, source_table
from synthlib.data.export.images import Source, model_source
from synthlib.params import Params
from synthlib.photographs.licences import STAND_IN, PhotographLicences
from synthlib.photographs.stand_in import stand_in_files, stand_in_root
from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import SETTINGS_FILE, RenderPlan, failed_instances
from synthlib.rendering.recorded_plan import plan_file, plan_record
from synthlib.rendering.store import verify_store
from synthlib.runs import SCHEMA_VERSION, RunError, is_from_earlier_version, load_run, load_runs
from synthlib.study.run_archive import run_texts
from synthlib.utils.archives import ArchiveError
from synthlib.utils.errors import ParameterError
from synthlib.utils.fetch_shards import FetchedArchive, fetch_archive, read_archive
from synthlib.utils.files import (
    data_root,
    raise_on_absolute_paths,
    read_text,
    resolve_in_project,
    shorten_absolute_paths,
)
from synthlib.utils.folders import raise_if_not_empty
from synthlib.utils.shards import SHARD_BYTES, Archive, ArchiveEntry, write_archive

FOLDERS = {"renders": ("renders", "stand_in"), "runs": ("runs",)}
"""Folders of the outputs folder that an archive fills, by its kind."""

RUN_FILES = ("model.safetensors", "predictions.parquet")
"""Files of a run that an archive has besides its texts."""

_README = """\
# {title}

Written by synthlib {version}. It is fetched with

    synthlib fetch {kind} --url <the address of this folder>

after which these runs find it:

    {command}

`archive.json` has the size and SHA-256 of everything in the shards.

## Sources and licences

| kind | name | source | licence | use | images |
|---|---|---|---|---|---|
{rows}
{restricted}"""


def archive_renders(
    params: Params, target: Path, *, shard_bytes: int = SHARD_BYTES, progress: bool = True
) -> Archive:
    """Archive the render store of a scale.

    The same store gives the same bytes.

    Args:
        params: Parameters that the renders follow from.
        target: Folder of the archive, which must not exist or be empty.
        shard_bytes: Size after which the next shard is begun.
        progress: If true, show a progress bar.

    Raises:
        ArchiveError: If the store is not complete, or a file of it is damaged.
        FolderError: If the target is not empty.
        FileError: If a file cannot be read or written.

    Examples:
        >>> archive = archive_renders(params.load("tiny", "baseline"), Path("tiny_renders"))
        >>> archive.about["instances"]
        210
    """
    raise_if_not_empty(target)
    plan = prepare.render_plan(params)
    _raise_if_incomplete(plan, params, progress=progress)
    manifest = read_manifest(plan)
    images: Counter[Source] = Counter()
    columns = ["class", "asset", "source", "licence"]
    for row in manifest.value_counts(columns, dropna=False).reset_index().to_dict("records"):
        images[model_source({str(key): value for key, value in row.items()})] += row["count"]
    entries = [*_store_entries(plan, params)]
    if params.stand_in:
        stand_ins = _stand_in_entries(params)
        entries += stand_ins
        source = Source("photograph", "stand-ins", STAND_IN.source, STAND_IN.licence)
        images[source] = sum(not entry.path.endswith(".json") for entry in stand_ins)
    about = {
        "store": plan.store.name,
        "recipe": plan.recipe,
        "instances": len(manifest[["class", "instance"]].drop_duplicates()),
        "renders": len(manifest),
        "failed": len(failed_instances(plan)),
        "classes": list(params.classes),
        "bpy": params.bpy_version,
    }
    title = f"{len(manifest):,} renders of the scale {params.scale}"
    return _write(target, "renders", title, params, entries, about, images, shard_bytes)


def archive_trained_runs(
    params: Params,
    target: Path,
    *,
    only: Sequence[str] = (),
    shard_bytes: int = SHARD_BYTES,
) -> Archive:
    """Archive the finished runs of a scale with their weights.

    Args:
        params: Parameters with the scale and the outputs folder.
        target: Folder of the archive, which must not exist or be empty.
        only: Names of experiments; empty: all.
        shard_bytes: Size after which the next shard is begun.

    Raises:
        RunError: If there is no such run with its weights.
        FolderError: If the target is not empty.
        SynthlibError: If a file of a run contains a path of this machine.
    """
    raise_if_not_empty(target)
    table = load_runs(params.output_dir, params.scale, with_weights=True)
    folders = [Path(folder) for folder in table.get("folder", ())]
    found = [
        folder
        for folder in folders
        if (not only or folder.parent.name in only) and (folder / RUN_FILES[0]).exists()
    ]
    names = {folder.parent.name for folder in found}
    if not found or set(only) - names:
        missing = ", ".join(sorted(set(only) - names)) or "any experiment"
        raise RunError(
            f"no finished run of {missing} at scale {params.scale} has its weights under "
            f"{params.output_dir}: synthlib batch --scale {params.scale} makes them"
        )
    entries = [_run_entry(folder, params) for folder in found]
    about = {
        "runs": [folder.relative_to(params.output_dir / "runs").as_posix() for folder in found],
        "schema": SCHEMA_VERSION,
    }
    title = f"{len(found)} runs of the scale {params.scale} with their weights"
    images = _photograph_sources(params, found)
    return _write(target, "runs", title, params, entries, about, images, shard_bytes)


def fetch_renders(url: str, outputs: Path, *, progress: bool = True) -> FetchedArchive:
    """Fetch an archive of renders into an outputs folder.

    What exists is compared with the archive and left alone. After an interruption the next call
    continues where this one ended.

    Args:
        url: Address of the archive's folder.
        outputs: The outputs folder.
        progress: If true, show progress bars.

    Raises:
        DownloadError: If something cannot be downloaded.
        ArchiveError: If it is no such archive, is damaged, or does not fit on the disk.
        LockedError: If another process is fetching into the folder.
        FileError: If the folder cannot be written to.
    """
    return _fetch("renders", url, outputs, progress)


def fetch_runs(url: str, outputs: Path, *, progress: bool = True) -> FetchedArchive:
    """Fetch an archive of runs into an outputs folder; as `fetch_renders`.

    Raises:
        ArchiveError: Also if the runs were made by another version of synthlib, as tables would
            mix them with runs that have other defaults.
    """
    return _fetch("runs", url, outputs, progress)


def next_command(archive: Archive, outputs: str = "outputs") -> str:
    """The command whose runs find what was fetched into an outputs folder."""
    about = archive.about
    settings = about.get("settings", {})
    settings = settings if isinstance(settings, dict) else {}
    values = (f"{key}={_yaml_value(value)}" for key, value in sorted(settings.items()))
    options = "".join(f" --set {shlex.quote(value)}" for value in values)
    if outputs != "outputs":
        options = f" --outputs {shlex.quote(outputs)}{options}"
    return f"synthlib batch --scale {shlex.quote(str(about.get('scale')))}{options}"


def licences_sentence(archive: Archive) -> str:
    """Sentence about the licences of what an archive shows."""
    counts = Counter(str(source.get("licence")) for source in archive.sources)
    licences = ", ".join(f"{licence} ({n})" for licence, n in sorted(counts.items()))
    columns = ["kind", "name", "licence", "use"]
    restricted = restricted_text(pd.DataFrame(archive.sources, columns=columns))
    return f"licences of its sources: {licences}" + (f"; {restricted}" if restricted else "")


# --- renders --------------------------------------------------------------------------------------


def _raise_if_incomplete(plan: RenderPlan, params: Params, *, progress: bool) -> None:
    faults = verify_store(plan, progress=progress).faults
    # the manifest is made from the instances
    faults = [fault for fault in faults if fault.instance]
    if faults:
        raise ArchiveError(
            f"{plan.store} has {len(faults)} faults, the first is {faults[0].file} "
            f"({faults[0].kind}): `synthlib render verify --scale {params.scale} --remove` "
            f"removes what is damaged, `synthlib render --scale {params.scale}` renders what is "
            "missing"
        )


def _store_entries(plan: RenderPlan, params: Params) -> list[ArchiveEntry]:
    """The finished instances of a plan, and the files of its store that belong to it."""
    top = f"renders/{plan.store.name}"
    entries = []
    for name in plan.instance_names:
        folder = plan.store / name
        if folder.exists():  # else it is known to fail
            files: dict[str, Path | bytes] = {path.name: path for path in folder.iterdir()}
            files["instance.json"] = _shortened(folder / "instance.json")
            entries.append(ArchiveEntry(f"{top}/{name}", files))
    failures = failed_instances(plan)
    record = plan_file(params.classes, params.instances, params.assets)
    manifest = read_manifest(plan).to_parquet(index=False)
    texts: dict[str, Path | bytes] = {record: plan_record(plan.instances)}
    texts["manifest.parquet"] = manifest
    if (settings := plan.store / SETTINGS_FILE).exists():
        texts[SETTINGS_FILE] = _shortened(settings)
    if (timings := plan.store / "timings.jsonl").exists():
        texts[timings.name] = timings
    if failures:
        lines = [json.dumps(failure | {"log": ""}) + "\n" for failure in failures]
        texts["failed.jsonl"] = shorten_absolute_paths("".join(lines)).encode()
    entries += [ArchiveEntry(f"{top}/{n}", {"": text}, True) for n, text in texts.items()]
    return entries


def _shortened(path: Path) -> bytes:
    return shorten_absolute_paths(read_text(path)).encode()


def _stand_in_entries(params: Params) -> list[ArchiveEntry]:
    """The files of a scale's stand-in photographs."""
    settings = prepare.stand_in_settings(params)
    root = stand_in_root(params.output_dir, settings)
    files = stand_in_files(settings)
    missing = [name for name in files if not (root / name).exists()]
    if missing:
        raise ArchiveError(
            f"{root} is missing {len(missing)} stand-in photographs: "
            f"synthlib batch --scale {params.scale} renders them"
        )
    return [ArchiveEntry(f"stand_in/{root.name}/{name}", {"": root / name}) for name in files]


# --- runs -----------------------------------------------------------------------------------------


def _run_entry(folder: Path, params: Params) -> ArchiveEntry:
    run = load_run(folder)
    if is_from_earlier_version(run.status):
        raise RunError(
            f"{folder} was made by an earlier version of synthlib: archive it with that version"
        )
    files: dict[str, Path | bytes] = {name: text.encode() for name, text in run_texts(run).items()}
    files |= {name: folder / name for name in RUN_FILES}
    path = folder.relative_to(params.output_dir).as_posix()
    return ArchiveEntry(path, files)


def _photograph_sources(params: Params, folders: Sequence[Path]) -> Counter[Source]:
    """The data sets of the photographs that runs were tested on, with their licences."""
    if params.stand_in:
        root = stand_in_root(params.output_dir, prepare.stand_in_settings(params))
    else:
        try:
            root = data_root(params.data_root)
        except ParameterError:  # the names of the folders tell the terms of ImageNet and Places
            root = params.output_dir
    samples: set[str] = set()
    for folder in folders:
        table = evaluation.read_predictions(folder)
        real = table[~table["test_set"].str.startswith("synthetic")]
        samples |= {*real["sample"], *table["background"].dropna().astype(str)} - {""}
    licences = PhotographLicences(root)
    images: Counter[Source] = Counter()
    for sample in sorted(samples):
        licence = licences.of(sample)
        top = PurePosixPath(sample).parts[0]
        images[Source("photograph", f"{top}/", licence.source, licence.licence)] += 1
    return images


# --- both -----------------------------------------------------------------------------------------


def _write(
    target: Path,
    kind: str,
    title: str,
    params: Params,
    entries: Sequence[ArchiveEntry],
    about: Mapping[str, Any],
    images: Counter[Source],
    shard_bytes: int,
) -> Archive:
    sources = source_table(images)
    source_rows = [
        {str(key): value for key, value in row.items()} for row in sources.to_dict("records")
    ]
    about = {"scale": params.scale, "settings": _own_settings(params), **about}
    raise_on_absolute_paths("archive.json", json.dumps(about))
    rows = [tuple(map(str, row)) for row in sources.itertuples(index=False)]
    restricted = restricted_text(sources)
    archive_for_command = Archive(kind, "", about, (), (), ())
    readme = _README.format(
        title=title,
        version=__version__,
        kind=kind,
        command=next_command(archive_for_command),
        rows="\n".join("| " + " | ".join(row) + " |" for row in rows),
        restricted=f"\nNot free for every use, {restricted}.\n" if restricted else "",
    )
    return write_archive(
        target,
        kind,
        entries,
        about=about,
        sources=source_rows,
        texts={"README.md": readme, "sources.csv": sources.to_csv(index=False)},
        shard_bytes=shard_bytes,
    )


def _own_settings(params: Params) -> dict[str, Any]:
    """The parameters that differ from the scale's file, so that `--set` must give them again."""
    base = parameters.load(params.scale, params.experiment).digest_parameters()
    given = params.digest_parameters()
    settings = {name: value for name, value in given.items() if base.get(name) != value}
    settings |= {name: getattr(params, name) for name in base if name not in given}
    return json.loads(shorten_absolute_paths(json.dumps(settings)))


def _yaml_value(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"))
    return text.removesuffix("...\n").strip()


def _fetch(kind: str, url: str, outputs: Path, progress: bool) -> FetchedArchive:
    archive = read_archive(url, kind, FOLDERS[kind])
    schema = archive.about.get("schema", SCHEMA_VERSION)
    if schema != SCHEMA_VERSION:
        raise ArchiveError(
            f"{url} has runs of synthlib {archive.synthlib}, whose parameters have other defaults "
            f"than those of {__version__}: install synthlib {archive.synthlib} to use them."
        )
    return fetch_archive(url, archive, resolve_in_project(outputs), progress=progress)
