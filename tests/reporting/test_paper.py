"""Figures as PDF and tables as LaTeX."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexWalker
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from synthlib import params as parameters
from synthlib.reporting import Report, paper, tables
from tests.helpers.fake_runs import write_fake_run


def labelled_figure(label="a label"):
    figure, ax = plt.subplots(figsize=(6.5, 2.8), layout="constrained")
    ax.plot([0, 1], [0, 1], marker="o")
    ax.set(title="a title", xlabel="share")
    ax.barh([label, f"{label} 2"], [0.4, 0.7])
    plt.close(figure)
    return figure


@pytest.mark.parametrize("label", ["short", "a label that is much longer than its bar is wide"])
def test_pdfs_have_the_widths_of_a_column_and_a_page_and_embed_fonts(tmp_path, label):
    figure = labelled_figure(label)
    size = figure.get_size_inches().copy()
    for path, width in zip(paper.save_figure(figure, tmp_path, "bars"), (3.5, 7.2), strict=True):
        (page,) = PdfReader(path).pages
        assert float(page.mediabox.width) / 72 == pytest.approx(width, abs=0.01)
        assert label in " ".join(page.extract_text().split())
        resources = page["/Resources"].get_object()
        assert isinstance(resources, DictionaryObject)
        named_fonts = resources["/Font"].get_object()
        assert isinstance(named_fonts, DictionaryObject)
        fonts = named_fonts.values()
        for font in (each.get_object() for each in fonts):
            assert font["/Subtype"] == "/Type0"
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert "/FontFile2" in descriptor
    assert np.array_equal(figure.get_size_inches(), size)
    assert {text.get_fontsize() for text in figure.axes[0].get_xticklabels()} == {10.0}


def test_labels_leave_the_axes_their_room(tmp_path):
    figure = labelled_figure("a label that is much longer than its bar is wide")
    figure.draw_without_rendering()
    before = paper._axes_shares(figure)
    with paper._resized(figure, 3.5, paper.FONT_SCALES["column"]):
        assert (paper._axes_shares(figure) > 0.8 * before).all()


def test_same_figure_same_bytes(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        paper.save_figure(labelled_figure(), folder, "bars")
    assert (first / "bars_page.pdf").read_bytes() == (second / "bars_page.pdf").read_bytes()


SPECIAL = "50% of a_b & c # $5 {x} ~y^2 \\ <z>"


def test_tables_are_latex_with_special_characters_escaped(tmp_path):
    frame = pd.DataFrame({"class_name": [SPECIAL, "cup"], "top1": [12.34, np.nan], "n": [1200, 3]})
    text = paper.save_table(frame, tmp_path, "by_class", SPECIAL).read_text()
    environments = [
        node.environmentname
        for node in LatexWalker(text, tolerant_parsing=False).get_latex_nodes()[0]
        if node.isNodeType(LatexEnvironmentNode)
    ]
    assert environments == ["table"]
    assert r"\toprule" in text
    assert r"\bottomrule" in text
    assert r"\label{tab:by_class}" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    cells = [[LatexNodes2Text().latex_to_text(c).strip() for c in row[:-2].split(" & ")]
             for row in rows if r"\&" not in row]  # fmt: skip
    assert cells == [["class name", "top-1", "n"], ["cup", "", "3"]]
    plain = LatexNodes2Text().latex_to_text(text)
    # in the caption and in the cell; latex2text writes ^ as \u02c6, and no text for < and >
    assert plain.count("50% of a_b & c # $5 {x} ~y\u02c62 \\") == 2
    assert text.count(r"\textless{}z\textgreater{}") == 2
    assert "12.3" in plain
    assert "1,200" in plain


def test_long_tables_may_break_across_pages(tmp_path):
    frame = pd.DataFrame({"n": range(paper.MAX_TABLE_ROWS + 1)})
    assert r"\begin{longtable}" in paper.save_table(frame, tmp_path, "long", "").read_text()


def test_report_saves_tables_of_the_thesis_with_measured_and_published_values(tmp_path):
    write_fake_run(tmp_path, "baseline", 54.0)
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path), paper=str(tmp_path / "paper"))
    report = Report(p)
    report.thesis_table(tables.thesis_table(10, p.output_dir, p.scale))
    report.figure(labelled_figure(), "figure_01")
    text = LatexNodes2Text().latex_to_text((tmp_path / "paper/table_10.tex").read_text())
    assert "54.0 [" in text
    assert "66.8" in text
    assert "-12.8" in text
    assert "ResNet-18, SGD 0.01" in text
    assert "not run" in text
    main = paper.save_main(tmp_path / "paper").read_text()
    assert r"\input{table_10}" in main
    assert r"\includegraphics{figure_01_page}" in main
