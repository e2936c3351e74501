"""An executed notebook as one HTML page: contents beside the text, code folded away.

The page holds everything that it shows (no script, no address of another site), so that it opens
anywhere, without a network or a kernel.
"""

import re
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

_HEADING = re.compile(r'<h([23]) id="([^"]*)">(.*?)<a class="anchor-link".*?</a></h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_MISSING_ALT_TEXT = "No description has been provided for this image"

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["html.j2"])
)


def notebook_to_html(notebook: Path, title: str) -> str:
    """An `.ipynb` file's Markdown and outputs as a page of its own, with a table of contents of its
    headings of level 2 and 3; a tick shows the code."""
    from nbconvert import HTMLExporter  # seconds, and every notebook imports this module

    exporter = HTMLExporter(
        template_name="basic", exclude_output_prompt=True, embed_images=True
    )  # a body without the template's scripts, which it would take from the network
    body, _ = exporter.from_filename(str(notebook))
    body = _unique_anchors(body.replace(_MISSING_ALT_TEXT, "figure"))
    template = TEMPLATES.get_template("page.html.j2")
    return template.render(title=title, contents=Markup(table_of_contents(body)), body=Markup(body))


def table_of_contents(body: str) -> str:
    """A `nav` element that lists a body's headings of level 2, those of level 3 folded below."""
    headings: list[dict[str, Any]] = []
    for level, anchor, text in _HEADING.findall(body):
        found = {
            "anchor": Markup(anchor),
            "words": unescape(_TAG.sub("", text)).strip(),
            "below": [],
        }
        if level == "2":
            headings.append(found)
        elif headings:
            headings[-1]["below"].append(found)
    return TEMPLATES.get_template("contents.html.j2").render(headings=headings)


def _unique_anchors(body: str) -> str:
    """Headings of the same words get addresses of their own, so that each can be linked to."""
    seen: dict[str, int] = {}

    def renamed(match: re.Match) -> str:
        anchor = match[2]
        seen[anchor] = seen.get(anchor, 0) + 1
        if seen[anchor] == 1:
            return match[0]
        own = f"{anchor}-{seen[anchor]}"
        return match[0].replace(f'id="{anchor}"', f'id="{own}"').replace(f"#{anchor}", f"#{own}")

    return _HEADING.sub(renamed, body)
