"""Conversion of an executed notebook to one HTML page with a table of contents and hidden code.

The page contains everything that it shows (no links to other sites), so that it opens without a
network or a kernel.
"""

import re
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

NOTEBOOK_ONLY = "notebook-only"
"""Tag of cells that the page leaves out."""

_HEADING = re.compile(r'<h([23]) id="([^"]*)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r'<a class="anchor-link".*?</a>|<[^>]+>', re.DOTALL)
_MISSING_ALT_TEXT = "No description has been provided for this image"

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["html.j2"])
)


def notebook_to_html(notebook: Path, title: str) -> str:
    """Convert a notebook's Markdown and outputs to a page.

    Args:
        notebook: An executed `.ipynb` file; cells tagged `NOTEBOOK_ONLY` are left out.
        title: Title of the page, as plain text.

    Returns:
        HTML with a table of contents of the headings of levels 2 and 3; a checkbox shows the code,
        without that of cells that are folded in the notebook.
    """
    # takes seconds, and every notebook imports this module
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    remover = {"enabled": True, "remove_cell_tags": {NOTEBOOK_ONLY}}
    config = Config({"TagRemovePreprocessor": remover})
    # the template "basic" has no scripts; others load theirs from the network
    exporter = HTMLExporter(
        config=config, template_name="basic", exclude_output_prompt=True, embed_images=True
    )
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["transient"] = {"remove_source": True}
    body, _ = exporter.from_notebook_node(content)
    body = _unique_anchors(body.replace(_MISSING_ALT_TEXT, "figure"))
    template = TEMPLATES.get_template("page.html.j2")
    return template.render(title=title, contents=Markup(table_of_contents(body)), body=Markup(body))


def markdown_to_html(text: str) -> str:
    """Convert Markdown as notebooks do."""
    from nbconvert.filters import markdown2html

    return markdown2html(text)


def table_of_contents(body: str) -> str:
    """A `nav` element with a body's headings of level 2, those of level 3 folded below."""
    headings: list[dict[str, Any]] = []
    for level, anchor, text in _HEADING.findall(body):
        heading = {
            "anchor": Markup(anchor),
            "text": unescape(_TAG.sub("", text)).strip(),
            "subheadings": [],
        }
        if level == "2":
            headings.append(heading)
        elif headings:
            headings[-1]["subheadings"].append(heading)
    return TEMPLATES.get_template("contents.html.j2").render(headings=headings)


def _unique_anchors(body: str) -> str:
    """Number the anchors of headings with the same text, so that each has its own link."""
    counts: Counter[str] = Counter()

    def numbered(match: re.Match) -> str:
        anchor = match[2]
        counts[anchor] += 1
        if counts[anchor] == 1:
            return match[0]
        new = f"{anchor}-{counts[anchor]}"
        return match[0].replace(f'id="{anchor}"', f'id="{new}"').replace(f"#{anchor}", f"#{new}")

    return _HEADING.sub(numbered, body)
