"""An executed notebook as one HTML page: contents beside the text, code folded away.

The page holds everything that it shows (no script, no address of another site), so that it opens
anywhere, without a network or a kernel.
"""

import re
from html import escape, unescape
from pathlib import Path

_HEADING = re.compile(r'<h([23]) id="([^"]*)">(.*?)<a class="anchor-link".*?</a></h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_UNDESCRIBED = "No description has been provided for this image"

STYLE = """
:root { color-scheme: light }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: white }
main { max-width: 64em; margin: 0 auto; padding: 1em 1.2em 4em }
nav { font-size: 13px; line-height: 1.35 }
nav ol, nav ul { list-style: none; margin: 0; padding-left: .9em }
nav li { margin: .22em 0 }
nav a { color: #0b4f7d; text-decoration: none }
nav a:hover { text-decoration: underline }
nav summary { cursor: pointer }
@media (min-width: 76em) {
  nav { position: fixed; inset: 0 auto 0 0; width: 16em; overflow-y: auto; padding: 1em .8em;
        border-right: 1px solid #ddd; box-sizing: border-box }
  main { margin-left: 17em }
}
@media (max-width: 75.99em) { nav { max-width: 62em; margin: 0 auto; padding: 1em 1.5em } }
@media print { nav, .show-code, .show-code + label { display: none } main { margin: 0 auto } }
h1 { font-size: 1.7em; line-height: 1.2 }
h2 { font-size: 1.35em; margin-top: 2.2em; border-bottom: 1px solid #ddd; padding-bottom: .15em }
h3 { font-size: 1.08em; margin: 2em 0 .4em }
.anchor-link { visibility: hidden; text-decoration: none; padding-left: .3em }
:is(h1, h2, h3):hover .anchor-link { visibility: visible }
main img { max-width: min(100%, 52em); height: auto; display: block; margin: .6em 0 }
.output_html { overflow-x: auto }
table { border-collapse: collapse; font-size: 12px; margin: .6em 0 1.2em }
caption { text-align: left; padding: .3em 0; font-size: 13px; color: #333 }
th { text-align: left; border-bottom: 1.5px solid #777; vertical-align: bottom;
     padding: .25em .45em }
tbody th { border-bottom: 1px solid #e4e4e4; vertical-align: top }
td { border-bottom: 1px solid #e4e4e4; vertical-align: top; padding: .25em .45em }
pre { overflow-x: auto; font-size: 12.5px; margin: .4em 0 }
.input { display: none; background: #f6f6f6; border-left: 3px solid #ccc; padding: 0 .8em }
.prompt { display: none }
.show-code:checked ~ .input, .show-code:checked ~ .cell .input { display: block }
.show-code + label { font-size: 13px; color: #555 }
"""


def page(notebook: Path, title: str) -> str:
    """An `.ipynb` file's Markdown and outputs as a page of its own, with a table of contents of its
    headings of level 2 and 3; a tick shows the code."""
    from nbconvert import HTMLExporter  # seconds, and every notebook imports this module

    exporter = HTMLExporter(
        template_name="basic", exclude_output_prompt=True, embed_images=True
    )  # a body without the template's scripts, which it would take from the network
    body, _ = exporter.from_filename(str(notebook))
    body = _unique(body.replace(_UNDESCRIBED, "figure"))
    tick = (
        '<input type="checkbox" class="show-code" id="show-code">'
        '<label for="show-code"> show the code</label>'
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{contents(body)}\n<main>\n{tick}\n{body}\n</main>\n</body>\n</html>\n"
    )


def contents(body: str) -> str:
    """A `nav` element that lists a body's headings of level 2, those of level 3 folded below."""
    parts: list[tuple[str, str, list[str]]] = []
    for level, anchor, text in _HEADING.findall(body):
        words = escape(unescape(_TAG.sub("", text)).strip())
        if level == "2":
            parts.append((anchor, words, []))
        elif parts:
            parts[-1][2].append(f'<li><a href="#{anchor}">{words}</a></li>')
    lines = []
    for anchor, words, below in parts:
        link = f'<a href="#{anchor}">{words}</a>'
        if below:
            link = f"<details><summary>{link}</summary><ul>{''.join(below)}</ul></details>"
        lines.append(f"<li>{link}</li>")
    return f'<nav aria-label="contents"><strong>Contents</strong><ol>{"".join(lines)}</ol></nav>'


def _unique(body: str) -> str:
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
