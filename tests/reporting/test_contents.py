"""The contents of the report page, over fake runs."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from IPython.display import Image, Markdown
from PIL import Image as ImageFile

from synthlib import params as parameters
from synthlib.reporting import contents
from synthlib.reporting.save import Report
from synthlib.reporting.tables.thesis_tables import ThesisTable
from synthlib.seeding import rng_for
from tests.helpers.fake_runs import write_fake_run


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list:
    found: list = []
    monkeypatch.setattr(contents, "display", found.append)
    return found


def here(found: contents.ReportContents) -> dict[tuple[str, int], str]:
    rows = found.items.to_dict("records")
    return {(row["kind"], row["number"]): row["here"] for row in rows}


def test_all_57_items_are_listed_in_order_with_their_coverage(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    for name in ("baseline", "synth_bg"):
        write_fake_run(tmp_path, name, 50)
    Report(p).folder.mkdir(parents=True)
    Report(p).path("figure_03", "png").write_bytes(b"image")
    found = contents.collect_report(p)
    kinds = found.items["kind"].tolist()
    assert kinds == ["table"] * 25 + ["figure"] * 32
    assert found.items["number"].tolist() == [*range(1, 26), *range(1, 33)]
    ran = here(found)
    assert ran["table", 10] == "1 of 2 rows"
    assert ran["table", 11] == "yes"  # its row 4 can't run
    assert ran["table", 14] == ran["figure", 17] == "2 of 4 rows"
    assert ran["table", 15] == "7 of 17 classes"
    assert ran["table", 16] == ran["table", 24] == "not run at this scale"
    assert ran["figure", 18] == ran["figure", 26] == ran["figure", 3] == "yes"
    assert ran["figure", 27] == ran["figure", 28] == ran["figure", 4] == "not run at this scale"
    complete = list(ran.values()).count("yes")
    text = contents.coverage_sentence(found)
    assert sum(map(int, (text.split(" complete")[i].split()[-1] for i in range(2)))) == complete
    listed = contents.contents_table(found)
    assert listed["what"].tolist()[24:26] == ["Table\xa025", "Figure\xa01"]


def test_tables_are_shown_filled_and_figures_as_saved(tmp_path: Path, shown: list) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "baseline", 50)
    found = contents.collect_report(p)
    contents.display_items(found, "table")
    numbered = [item for item in shown if isinstance(item, ThesisTable)]
    assert [item.number for item in numbered] == [n for n in range(1, 26) if n not in (2, 5)]
    headings = [item.data for item in shown if isinstance(item, Markdown)]
    titles = [text.splitlines()[0] for text in headings if text.startswith("### ")]
    assert titles[9] == "### Table 10: the baseline model"
    assert len(titles) == 25
    assert "notebook `02_explore_data` has not saved it" in headings[2]
    assert (tmp_path / "reports/tiny/table_10.csv").exists()

    shown.clear()
    Report(p).path("figure_16", "png").write_bytes(b"image")
    contents.display_items(found, "figure")
    images = [item for item in shown if isinstance(item, Image)]
    assert [image.data for image in images] == [b"image"]
    at = shown.index(images[0])
    assert shown[at - 1].data.startswith("### Figure 16: ")

    shown.clear()
    os.utime(Report(p).path("figure_16", "png"), (1, 1))  # a run was saved since
    contents.display_items(found, "figure")
    assert "Older than the newest run" in shown[at].data
    assert shown[at + 1].data == b"image"


def test_large_images_are_jpegs_on_the_page(tmp_path: Path, shown: list) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    noise = rng_for(0, "noise").integers(0, 256, (500, 600, 3), dtype=np.uint8)
    path = Report(p).path("figure_01", "png")
    path.parent.mkdir(parents=True)
    ImageFile.fromarray(noise).save(path)
    assert path.stat().st_size > contents.MAX_PNG_BYTES
    contents.display_items(contents.collect_report(p), "figure")
    image = next(item for item in shown if isinstance(item, Image))
    assert image.format == "jpeg"
    assert len(image.data) < path.stat().st_size / 2
    with ImageFile.open(io.BytesIO(image.data)) as opened:
        assert opened.size == (600, 500)


def test_figures_of_stand_ins_have_their_own_file_names(tmp_path: Path, shown: list) -> None:
    p = parameters.load("demo", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "baseline", 50, scale="demo")
    folder = tmp_path / "reports/demo"
    folder.mkdir(parents=True)
    (folder / "figure_16.png").write_bytes(b"not of stand-ins")
    (folder / "STAND-IN_figure_17.png").write_bytes(b"stand-in")
    found = contents.collect_report(p)
    contents.display_items(found, "figure")
    images = [item for item in shown if isinstance(item, Image)]
    assert [image.data for image in images] == [b"stand-in"]
    assert not any("slip" in str(getattr(item, "data", "")) for item in shown)


def test_every_figure_beyond_the_thesis_is_saved_by_a_notebook() -> None:
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    for name, (_, notebook) in contents.EXTRA_FIGURES.items():
        text = (folder / f"{notebook}.ipynb").read_text()
        assert name.removesuffix("_synth_bg") in text, name
