"""The documentation's site: links between its pages, and every page of the project in it."""

import base64
import importlib.util
import re
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("docs_site", ROOT / "tools" / "docs_site.py")
assert SPEC
assert SPEC.loader
docs_site = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(docs_site)

PATHS = docs_site.site_paths()


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("README.md", "[study](docs/study.md)", "[study](study.md)"),
        ("README.md", "[one](docs/study.md#protocols)", "[one](study.md#protocols)"),
        ("README.md", "[cite](CITATION.cff)", "[cite](CITATION.cff)"),
        (
            "notebooks/06_mixing.ipynb",
            '![f](../docs/pictures/flow.png) <img src="../docs/pictures/answer.png">',
            '![f](../pictures/flow.png) <img src="../pictures/answer.png">',
        ),
        ("docs/design.md", "[words](#1-words)", "[words](#1-words)"),
        ("docs/design.md", "[home](../README.md)", "[home](index.md)"),
        ("docs/study.md", "[x](../notebooks/06_mixing.ipynb)", "[x](notebooks/06_mixing.md)"),
        ("docs/study.md", "[r](../notebooks/10_report.ipynb)", "[r](report.md)"),
        ("docs/code.md", "[`data`](../synthlib/data)", "[`data`](api/data.md)"),
        ("docs/code.md", "[`runs`](../synthlib/runs.py)", "[`runs`](api/runs.md)"),
        ("docs/code.md", "[`utils`](../synthlib/utils) and", "`utils` and"),
        ("notebooks/06_mixing.ipynb", "[`0`](00_start_here.ipynb)", "[`0`](00_start_here.md)"),
        ("docs/results/tiny/README.md", "[l](../../limits.md)", "[l](../limits.md)"),
        ("docs/code.md", "![none](none.png)", "![none](none.png)"),
        ("docs/speed.md", "[dask](https://dask.org)", "[dask](https://dask.org)"),
        ("docs/code.md", "```\n[a](../x.py)\n```\n[a](../x.py)", "```\n[a](../x.py)\n```\na"),
    ],
)
def test_a_link_leads_to_a_page_of_the_site(source: str, text: str, expected: str) -> None:
    assert docs_site.rewrite_links(text, source, PATHS) == expected


def test_the_site_has_every_page_notebook_and_facade() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    notebooks = {path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").iterdir()}
    stubs = (ROOT / "synthlib").rglob("__init__.pyi")
    packages = {path.parent.relative_to(ROOT).as_posix() for path in stubs}
    assert "docs/tutorial.md" in pages
    assert {"synthlib/rendering", "synthlib/reporting/tables"} < packages
    assert pages | {n for n in notebooks if n.endswith(".ipynb")} | packages <= set(PATHS)
    assert len(set(PATHS.values())) == len(PATHS)
    assert all((ROOT / source).exists() for source in PATHS)


def test_the_navigation_has_every_page() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    listed = re.findall(r"[\w/]+\.md", str(nav))
    made = {page for page in PATHS.values() if re.fullmatch(r"(results/)?\w+\.md", page)}
    assert len(listed) == len(set(listed))
    assert set(listed) == made | {"gallery.md"}


def test_a_facade_is_listed_without_subpackages() -> None:
    stub = "from . import tables as tables\nfrom .save import Report as Report, DPI as DPI\n"
    assert docs_site.facade(stub) == ["Report", "DPI"]
    page = docs_site.api_page("synthlib/training")
    assert page.startswith("# synthlib.training\n\n::: synthlib.training\n")
    assert re.search(r"^      members: \[load_model, train, build_model, ", page, re.MULTILINE)
    assert docs_site.api_page("synthlib/params.py") == "# synthlib.params\n\n::: synthlib.params\n"


def test_a_notebook_becomes_a_page(tmp_path: Path) -> None:
    png = base64.b64encode(b"png").decode()
    shown = [
        new_output("display_data", {"text/html": "<table></table>", "text/plain": "?"}),
        new_output("display_data", {"image/png": png}, metadata={"image/png": {"alt": "curve"}}),
        new_output("display_data", {"image/png": png}),
        new_output("stream", text="run A\n"),
    ]
    cells = [
        new_markdown_cell("# Title\n\nText."),
        new_code_cell("show()", outputs=shown),
        new_code_cell("explore()", metadata={"tags": ["needs-weights"]}),
    ]
    page = docs_site.notebook_page(new_notebook(cells=cells), "06_mixing", tmp_path / "06_mixing")
    assert page.split("\n\n") == [
        "# Title",
        "Text.",
        '??? quote "Code"',
        "    ```python\n    show()\n    ```",
        '<div class="output">\n<table></table>\n</div>',
        "![curve](06_mixing/01.png)",
        "![Figure of “Title”](06_mixing/02.png)",
        "```text\nrun A\n```",
        "```python\nexplore()\n```\n",
    ]
    assert (tmp_path / "06_mixing" / "02.png").read_bytes() == b"png"


def test_notebooks_are_named_and_tagged_as_the_tool_expects() -> None:
    names = {path.stem for path in docs_site.notebooks()}
    assert set(docs_site.NOT_EXECUTED) | set(docs_site.NOTES) <= names
    tagged = {}
    for path in docs_site.notebooks():
        cells = nbformat.read(path, as_version=4).cells
        tags = [cell.metadata.get("tags", []) for cell in cells]
        tagged[path.stem] = sum(docs_site.NEEDS_WEIGHTS in each for each in tags)
    assert {name for name, count in tagged.items() if count} == {"08_inspect_errors"}


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">x</h1><a href="api/a.html#f">1</a><a href="api/a.html#g">2</a>'
        '<a href="#top">3</a><img src="none.png"><a href="https://example.org/">4</a>'
        '<a href="mailto:me">5</a><a href="api/">6</a>'
    )
    (tmp_path / "api" / "a.html").write_text('<p id="f"></p><a href="../index.html">home</a>')
    broken, external = docs_site.check_links(tmp_path)
    assert broken == ["index.html: api/a.html#g", "index.html: none.png"]
    assert external == {"https://example.org/"}
