"""One HTML page of an executed notebook: everything in it, nothing from elsewhere."""

import base64
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from synthlib import params as parameters
from synthlib.reporting import save
from synthlib.reporting.html_page import notebook_to_html, table_of_contents

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n fake").decode()


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    outputs = [
        new_output("stream", text="12 runs\n"),
        new_output("display_data", data={"text/markdown": "### Table 1: classes\n\n**bold**"}),
        new_output("display_data", data={"text/html": "<table><tr><td>7</td></tr></table>"}),
        new_output("display_data", data={"text/markdown": "### Table 1: classes\n\nagain"}),
        new_output("display_data", data={"text/html": '<h3 id="table_02">Table 2: mine</h3>'}),
        new_output("display_data", data={"image/png": PNG},
                   metadata={"image/png": {"alt": "Figure 1: photographs"}}),
    ]  # fmt: skip
    cells = [
        new_markdown_cell("# The report\n\nWords."),
        new_markdown_cell("## Tables & figures"),
        new_code_cell("secret_of_the_code = 1", outputs=outputs),
        new_markdown_cell("## Last"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "report.ipynb")
    return tmp_path / "report.ipynb"


def test_a_page_needs_nothing_else(notebook: Path) -> None:
    html = notebook_to_html(notebook, "synthlib <tiny>")
    assert "<title>synthlib &lt;tiny&gt;</title>" in html
    assert "<script src" not in html
    assert not re.search(r"(src|href)=[\"'](?!#|data:)", html)  # all links lead into the page
    assert not re.search(r"url\(|@import|<link", html)
    for text in ("12 runs", "<strong>bold</strong>", "<td>7</td>", f"data:image/png;base64,{PNG}"):
        assert text in html
    assert 'alt="Figure 1: photographs"' in html


def test_code_that_is_folded_in_the_notebook_is_left_out(notebook: Path) -> None:
    assert "secret_of_the_code" in notebook_to_html(notebook, "t")
    content = nbformat.read(notebook, as_version=4)
    content.cells[2].metadata["jupyter"] = {"source_hidden": True}
    nbformat.write(content, notebook)
    html = notebook_to_html(notebook, "t")
    assert "secret_of_the_code" not in html
    assert "12 runs" in html


def test_contents_link_to_headings_of_their_own(notebook: Path) -> None:
    html = notebook_to_html(notebook, "t")
    nav = html[html.index("<nav") : html.index("</nav>")]
    links = re.findall(r'<a href="#([^"]+)"[^>]*>([^<]+)</a>', nav)
    assert [text for _, text in links] == [
        "Summary", "Tables &amp; figures", "Table 1: classes", "Table 1: classes",
        "Table 2: mine", "Last",
    ]  # fmt: skip
    anchors = [anchor for anchor, _ in links]
    assert len(set(anchors)) == 6
    for anchor in anchors:
        assert html.count(f'id="{anchor}"') == 1
    assert nav.count("<details>") == 1  # what lies below a heading is folded
    assert table_of_contents("no heading").count("<li>") == 1  # the top of the page


def test_cells_for_the_notebook_alone_are_left_out(notebook: Path) -> None:
    read = nbformat.read(notebook, as_version=4)
    read.cells[0].metadata["tags"] = ["notebook-only"]
    nbformat.write(read, notebook)
    html = notebook_to_html(notebook, "t")
    assert "Words." not in html
    assert "Last" in html


def test_code_is_there_and_hidden_until_asked_for(notebook: Path) -> None:
    html = notebook_to_html(notebook, "t")
    assert "secret_of_the_code" in html
    assert ".input { display: none;" in html
    assert "body:has(#show-code:checked) .input { display: block }" in html
    assert html.count('<input type="checkbox" id="show-code">') == 1


def test_a_report_is_written_as_one_file_that_says_stand_in(notebook: Path, tmp_path: Path) -> None:
    for scale, name in (("tiny", "report.html"), ("demo", "STAND-IN_report.html")):
        p = parameters.load(scale, "baseline", outputs=str(tmp_path))
        target = save.Report(p).html(notebook, "report")
        assert target == tmp_path / "reports" / scale / name
        assert ("STAND-IN" in target.read_text()) == p.stand_in
