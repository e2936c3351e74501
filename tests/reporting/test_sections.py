"""Sections of the report page, over fake runs."""

import base64
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image as ImageFile

from synthlib import params as parameters
from synthlib.params import Params
from synthlib.reporting import contents, sections
from synthlib.reporting.save import Report
from synthlib.seeding import rng_for
from tests.helpers.fake_runs import write_fake_run


@pytest.fixture
def tiny(tmp_path: Path) -> Params:
    return parameters.load("tiny", "baseline", outputs=str(tmp_path))


def section(params: Params, question: str, **options: bool) -> str:
    return str(sections.question_section(contents.collect_report(params), question, **options).data)


def headings(html: str) -> list[str]:
    return re.findall(r"<h3[^>]*>([^<]*)</h3>", html)


def images(html: str) -> list[bytes]:
    return [base64.b64decode(data) for data in re.findall(r"base64,([^\"]+)", html)]


def save_image(params: Params, name: str, size: int = 1) -> Path:
    path = Report(params).path(name, "png")
    path.parent.mkdir(parents=True, exist_ok=True)
    ImageFile.new("RGB", (size, size)).save(path)
    return path


def test_what_ran_is_shown_and_the_rest_is_one_folded_line(tmp_path: Path, tiny: Params) -> None:
    for name in ("baseline", "synth_bg"):
        write_fake_run(tmp_path, name, 50)
    path = save_image(tiny, "figure_17")
    html = section(tiny, "alone")
    assert headings(html) == [
        "Table 14: Trained on synthetic, tested on real (table)",
        "Figure 17: Trained on synthetic, tested on real (figure)",
        "Table 15: Per class top-1 accuracy with a background: full synthetic dataset",
    ]
    assert images(html) == [path.read_bytes()]
    fold = html[html.index('<details class="fold not-run">') :]
    assert html.count("<details") == 1  # closed, as it has no attribute open
    summary = fold[fold.index("<summary>") + 9 : fold.index("</summary>")]
    assert summary.startswith("Not run here: Table 16, Figure 18, Table 17, Figure 19, Figure 20;")
    assert summary.endswith("; some rows of Table 14, Figure 17, Table 15")
    names = ["synth_nobg", "synth_bg_1200", "synth_bg_1200_dense"]
    assert f"synthlib batch --scale tiny --only {' --only '.join(names)}</code>" in fold
    assert "(2 of 4 rows have run)" in fold


def test_a_complete_question_has_no_fold(tiny: Params) -> None:
    found = contents.collect_report(tiny)
    complete = {"items": found.items.assign(here="yes"), "extras": found.extras.assign(here="yes")}
    for name in ("figure_23", "05_steps_synth_bg"):
        save_image(tiny, name)
    html = str(sections.question_section(replace(found, **complete), "settings").data)
    assert len(headings(html)) == 3
    assert "<details" not in html


def test_the_note_on_the_scale_and_the_title_are_not_repeated_at_a_table(
    tmp_path: Path, tiny: Params
) -> None:
    write_fake_run(tmp_path, "baseline", 50)
    write_fake_run(tmp_path, "mixed_real33", 50)
    html = section(tiny, "replace")
    assert "Levels, and so the differences" not in html
    assert "Table 23." not in html
    assert "Not run at this scale: mixed_synth100" in html  # of this table alone
    assert "The same under the protocol matched" in html  # its companion, folded


def test_tables_are_saved_even_if_they_have_not_run(tmp_path: Path, tiny: Params) -> None:
    html = section(tiny, "stability")
    assert headings(html) == []
    assert (tmp_path / "reports/tiny/table_24.csv").exists()


def test_the_appendix_folds_each_item_below_its_heading(tiny: Params) -> None:
    path = save_image(tiny, "figure_03")
    html = section(tiny, "data", folded=True)
    assert "Table 1: ImageNet ID to semantic names mapping" in headings(html)
    n_items = len(headings(html))
    assert html.count('<details class="item fold"><summary><h3') == n_items
    assert images(html) == [path.read_bytes()]


def test_a_figure_older_than_the_newest_run_says_so(tmp_path: Path, tiny: Params) -> None:
    write_fake_run(tmp_path, "baseline", 50)
    path = save_image(tiny, "figure_16")
    assert "Older than" not in section(tiny, "gap")
    os.utime(path, (1, 1))
    assert "Older than the newest run" in section(tiny, "gap")


def test_large_images_are_jpegs_on_the_page(tiny: Params) -> None:
    noise = rng_for(0, "noise").integers(0, 256, (500, 600, 3), dtype=np.uint8)
    path = save_image(tiny, "figure_01")
    ImageFile.fromarray(noise).save(path)
    assert path.stat().st_size > sections.MAX_PNG_BYTES
    html = sections.image_html(path, 'a "title"')
    assert 'alt="a &quot;title&quot;" src="data:image/jpeg;base64,' in html
    (content,) = images(html)
    assert len(content) < path.stat().st_size / 2
    with ImageFile.open(io.BytesIO(content)) as opened:
        assert opened.size == (600, 500)


def test_figures_of_stand_ins_have_their_own_file_names(tmp_path: Path) -> None:
    p = parameters.load("demo", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "baseline", 50, scale="demo")
    path = save_image(p, "figure_17", size=2)
    assert path.name == "STAND-IN_figure_17.png"
    save_image(p, "figure_16").rename(path.with_name("figure_16.png"))  # not of stand-ins
    assert images(section(p, "gap") + section(p, "alone")) == [path.read_bytes()]


def test_a_fold_shows_markdown_and_tables_when_it_is_opened(tiny: Params) -> None:
    table = contents.collect_report(tiny).thesis_tables[10]
    html = str(sections.fold("A & B", "one **bold** word", table).data)
    assert html.startswith('<details class="item fold"><summary>A &amp; B</summary>')
    assert "<strong>bold</strong>" in html
    assert "<table" in html


def test_a_saved_figure_is_shown_with_its_alternative_text(tmp_path: Path, tiny: Params) -> None:
    figure, _ = plt.subplots(figsize=(1, 1))
    figure.suptitle("A title")
    html = str(sections.saved_figure(figure, tiny, "10_figure").data)
    assert 'alt="A title"' in html
    assert images(html) == [(tmp_path / "reports/tiny/10_figure.png").read_bytes()]
