"""Build the documentation as a static site: `make docs`, then open build/docs/site/index.html.

    python tools/docs_site.py [--external]

The pages are the README and docs/, one page per package from its docstrings, the notebooks, and a
gallery. Notebooks that need only finished runs are executed on the runs archived under
docs/results/tiny, without a data root: no page contains a photograph of a data set. They are
executed again only if they, the archives or the library change. MkDocs then builds the site in
strict mode (mkdocs.yml), and every link of every page is checked; `--external` also asks other
sites for theirs.
"""

import argparse
import ast
import base64
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "docs"
PAGES = BUILD / "pages"
SITE = BUILD / "site"
OUTPUTS = "build/docs/outputs"
ARCHIVES = ROOT / "docs" / "results" / "tiny" / "runs"

NOT_EXECUTED = {
    "00_start_here": "it lists what exists on the reader's own machine",
    "01_render": "it renders",
    "02_explore_data": "it shows photographs, which their data sets do not allow to pass on",
    "03_experiment": "it trains",
}
"""Notebooks whose pages show their code only, and why."""

NOTES = {
    **{name: f"Shown without outputs, because {reason}." for name, reason in NOT_EXECUTED.items()},
    "10_report": "Made from archived runs, without photographs and renders: what notebook 02 shows "
    "of them is not here.",
    "08_inspect_errors": "Executed on archived runs, which have neither weights nor images: cells "
    "that need them have no output. `make demo` makes runs that have all. This is the explorer:\n\n"
    "    ![Explorer of notebook 08](../pictures/explorer.png)",
}
"""A note below the title of some notebooks' pages."""

COMPARED = "mixed_synth100"
"""Experiment that notebook 08 compares with the baseline, as the thesis does."""

NEEDS_WEIGHTS = "needs-weights"
"""Tag of the cells that cannot be executed on archived runs."""

NOT_DRAWN = {"figure_28", "figure_29", "04_views", "06_feature_map", "06_gain_hours"}
"""Figures that need photographs, renders or weights, and without them say so."""

MODULES = ("params", "runs", "seeding", "classes")
"""Modules outside the packages that notebooks import."""

FENCE = re.compile(r"(^[ ]*```.*?^[ ]*```[ ]*$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
HTML_LINK = re.compile(r'(?<=src=")([^"]+)(?=")')
IMAGE = re.compile(r'!\[([^\]]+)\]\(docs/(pictures/[^)]+)\)|src="docs/([^"]+)"[^>]*alt="([^"]+)"')


# --- paths and links ------------------------------------------------------------------------------


def site_paths() -> dict[str, str]:
    """The files of the repository that the site has, each with its path in the site."""
    paths = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
    paths["CITATION.cff"] = "CITATION.cff"
    paths |= {f"docs/{p.name}": p.name for p in sorted((ROOT / "docs").glob("*.md"))}
    paths |= {f"docs/pictures/{p.name}": f"pictures/{p.name}" for p in pictures()}
    for name in ("tiny", "confirmation"):
        paths[f"docs/results/{name}/README.md"] = f"results/{name}.md"
    paths["docs/results/looked_at.md"] = "results/looked_at.md"
    for path in notebooks():
        is_report = path.stem == "10_report"
        paths[f"notebooks/{path.name}"] = "report.md" if is_report else f"notebooks/{path.stem}.md"
    for stub in sorted((ROOT / "synthlib").rglob("__init__.pyi")):
        package = stub.parent.relative_to(ROOT / "synthlib")
        paths[f"synthlib/{package}"] = f"api/{'.'.join(package.parts)}.md"
    return paths | {f"synthlib/{name}.py": f"api/{name}.md" for name in MODULES}


def pictures() -> list[Path]:
    """The images of README and docs."""
    return sorted((ROOT / "docs" / "pictures").glob("*.png"))


def notebooks() -> list[Path]:
    """The notebooks in the order of their numbers, the report last."""
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def rewrite_links(text: str, source: str, paths: Mapping[str, str]) -> str:
    """Make links among files of the repository links among pages of the site.

    Args:
        text: Markdown. Fenced code stays as it is.
        source: Path of its file in the repository.
        paths: Path in the site of each file that it has (`site_paths`).

    Returns:
        The text, in which a link to a file that the site does not have is replaced by its words.
        Such an image stays, so that MkDocs refuses it.
    """
    folder = os.path.dirname(source)

    def target_in_site(link: str) -> str | None:
        path, hash_sign, anchor = link.partition("#")
        if "://" in link or not path:
            return link
        target = paths.get(os.path.normpath(os.path.join(folder, path)))
        if target is None:
            return None
        return os.path.relpath(target, os.path.dirname(paths[source]) or ".") + hash_sign + anchor

    def markdown_link(match: re.Match[str]) -> str:
        mark, words, link = match.groups()
        words = LINK.sub(markdown_link, words)  # an image inside a link
        target = target_in_site(link)
        if target is None and not mark:
            return words
        return f"{mark}[{words}]({target or link})"

    parts = FENCE.split(text)
    for i in range(0, len(parts), 2):
        prose = LINK.sub(markdown_link, parts[i])
        parts[i] = HTML_LINK.sub(lambda match: target_in_site(match[0]) or match[0], prose)
    return "".join(parts)


# --- pages from docstrings ------------------------------------------------------------------------


def facade(stub: str) -> list[str]:
    """The names that a package's `__init__.pyi` offers, without its subpackages."""
    imports = [node for node in ast.parse(stub).body if isinstance(node, ast.ImportFrom)]
    return [name.asname or name.name for node in imports if node.module for name in node.names]


def api_page(source: str) -> str:
    """Page of a package (its facade) or module (everything public), for mkdocstrings.

    Args:
        source: Path in the repository, such as `synthlib/rendering`.
    """
    name = source.removesuffix(".py").replace("/", ".")
    page = f"# {name}\n\n::: {name}\n"
    if source.endswith(".py"):
        return page
    names = facade((ROOT / source / "__init__.pyi").read_text(encoding="utf-8"))
    return f"{page}    options:\n      members: [{', '.join(names)}]\n"


# --- executed notebooks ---------------------------------------------------------------------------


def execute_notebooks() -> dict[str, Path]:
    """Execute on the archived runs what needs only finished runs, where an input has changed.

    Returns:
        Paths of the executed notebooks by name.
    """
    os.environ.pop("SYNTHLIB_DATA", None)  # no photographs
    os.environ["SYNTHLIB_BATCH"] = "1"  # no widgets, which would need a kernel
    import papermill

    from synthlib import params
    from synthlib.study import run_archive
    from synthlib.utils.files import write_atomic

    # papermill warns about parameters that a notebook does not list
    logging.getLogger("papermill").setLevel(logging.ERROR)
    tiny = params.load("tiny", "baseline", outputs=OUTPUTS)
    run_archive.restore_runs(tiny, ARCHIVES)
    library = file_digests(
        path
        for folder in (ROOT / "synthlib", ROOT / "params", ARCHIVES)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    executed = {}
    for path in notebooks():
        if path.stem in NOT_EXECUTED:
            continue
        # the report shows the figures that the others have saved
        inputs = library + file_digests(notebooks() if path.stem == "10_report" else [path])
        output = ROOT / OUTPUTS / "notebooks" / "tiny" / path.name
        key = output.with_suffix(".inputs")
        if not (key.exists() and output.exists() and key.read_text() == inputs):
            print(f"executing {path.stem} ...", flush=True)
            key.unlink(missing_ok=True)
            output.parent.mkdir(parents=True, exist_ok=True)
            papermill.execute_notebook(
                path,
                output,
                parameters={"scale": "tiny", "compare_with": COMPARED, "outputs": OUTPUTS},
                cwd=path.parent,
                kernel_name="python3",
                progress_bar=False,
                skip_cells_with_tag=NEEDS_WEIGHTS,
                extra_arguments=["--IPKernelApp.log_level=ERROR"],
            )
            write_atomic(key, inputs)
        executed[path.stem] = output
    return executed


def file_digests(paths: Iterable[Path]) -> str:
    """Digest of the paths and contents of files."""
    from synthlib.utils.files import digest

    return digest([(path.relative_to(ROOT).as_posix(), path.read_bytes().hex()) for path in paths])


def notebook_page(notebook: Any, name: str, image_folder: Path, *, code: bool = True) -> str:
    """Convert a notebook to Markdown: code folded away if it was executed, images as files.

    Args:
        notebook: An nbformat notebook.
        name: Its name, without ending.
        image_folder: Folder for its images, `<the page's folder>/<name>`.
        code: False leaves the code out.
    """
    parts: list[str] = []
    heading = name
    images = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            heading = (re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE) or [heading])[-1]
            continue
        if code and cell.source:
            is_skipped = name in NOT_EXECUTED or NEEDS_WEIGHTS in cell.metadata.get("tags", [])
            parts.append(code_block(cell.source, folded=not is_skipped))
        for output in cell.get("outputs", []):
            data = output.get("data", {"text/plain": output.get("text", "")})
            if kind := next((k for k in ("image/png", "image/jpeg") if k in data), None):
                images += 1
                target = image_folder / f"{images:02d}.{kind.removeprefix('image/')}"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(base64.b64decode(data[kind]))
                alt = output.metadata.get(kind, {}).get("alt") or f"Figure of “{heading}”"
                parts.append(f"![{alt}]({image_folder.name}/{target.name})")
            elif "text/markdown" in data:
                parts.append(data["text/markdown"])
                heading = (re.findall(r"^#+ (.+)$", parts[-1], re.MULTILINE) or [heading])[-1]
            elif "text/html" in data:
                parts.append(f'<div class="output">\n{data["text/html"].strip()}\n</div>')
            elif text := data.get("text/plain", "").strip():
                parts.append(f"```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def code_block(source: str, *, folded: bool) -> str:
    """A cell's code as a fenced block; folded: behind a line to click on."""
    block = f"```python\n{source}\n```"
    if not folded:
        return block
    return '??? quote "Code"\n\n' + "\n".join(f"    {line}" for line in block.splitlines())


# --- the gallery ----------------------------------------------------------------------------------


def gallery_page() -> str:
    """Page of the images of README and docs, and of the figures of the archived runs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = {a or b: " ".join((c or d).split()) for c, a, b, d in IMAGE.findall(readme)}
    groups = {"The suite": [card(path, alt, "index.md") for path, alt in found.items()]}
    for title, name, notebook in report_figures():
        page = f"notebooks/{notebook}.md"
        groups.setdefault(notebook, []).append(card(f"gallery/{name}.png", title, page))
    text = (
        "# Gallery\n\nFigures of the archived runs at the scale `tiny`, as their notebooks draw "
        "them, without those that show photographs. Click a title to read on where a figure comes "
        "from.\n"
    )
    for group, cards in groups.items():
        heading = group if " " in group else f"Notebook `{group}`"
        body = "\n".join(cards)
        text += f'\n## {heading}\n\n<div class="grid cards" markdown>\n\n{body}\n\n</div>\n'
    return text


def card(image: str, title: str, page: str) -> str:
    """An image that opens in full size, and below it a title that leads to its page."""
    return f"-   [![{title}]({image}){{ loading=lazy }}]({image})\n\n    [{title}]({page})\n"


def report_figures() -> Iterator[tuple[str, str, str]]:
    """Copy the figures that notebooks have saved, and give the title, name and notebook of each."""
    from synthlib.reporting import contents, thesis

    rows = thesis.load_catalogue().query("kind == 'figure'").to_dict("records")
    found = [(f"Figure {r['number']}: {r['title']}", r["file"], r["notebook"]) for r in rows]
    extra = contents.EXTRA_FIGURES | {"06_forest": ("All comparisons at a glance", "06_mixing")}
    found += [(title, name, notebook) for name, (title, notebook) in extra.items()]
    for title, name, notebook in found:
        path = ROOT / OUTPUTS / "reports" / "tiny" / f"{name}.png"
        if path.exists() and name not in NOT_DRAWN:
            target = PAGES / "gallery" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            yield title.rstrip("."), name, notebook


# --- the site -------------------------------------------------------------------------------------


def write_pages() -> None:
    """Write all pages of the site as Markdown, and its configuration."""
    executed = execute_notebooks()
    shutil.rmtree(PAGES, ignore_errors=True)
    paths = site_paths()
    for source, target in paths.items():
        path, page = ROOT / source, PAGES / target
        page.parent.mkdir(parents=True, exist_ok=True)
        if source.startswith("synthlib/"):
            page.write_text(api_page(source), encoding="utf-8")
        elif source.startswith("notebooks/"):
            notebook = nbformat.read(executed.get(path.stem, path), as_version=4)
            for cell in notebook.cells:
                if cell.cell_type == "markdown":
                    cell.source = rewrite_links(cell.source, source, paths)
            is_report = page.name == "report.md"
            text = notebook_page(notebook, path.stem, page.with_suffix(""), code=not is_report)
            if note := NOTES.get(path.stem):
                text = text.replace("\n\n", f"\n\n!!! note\n\n    {note}\n\n", 1)
            page.write_text(text, encoding="utf-8")
        elif path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            page.write_text(rewrite_links(text, source, paths), encoding="utf-8")
        else:
            shutil.copyfile(path, page)
    shutil.copyfile(ROOT / "tools" / "docs_site.css", PAGES / "site.css")
    (PAGES / "gallery.md").write_text(gallery_page(), encoding="utf-8")
    write_config(paths)


def write_config(paths: Mapping[str, str]) -> None:
    """Write the configuration of MkDocs: that of mkdocs.yml, with all pages in its navigation."""
    base = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    nav = [
        *base["nav"],
        {"Notebooks": [p for p in paths.values() if p.startswith("notebooks/")]},
        {"API": sorted((p for p in paths.values() if p.startswith("api/")), key=lambda p: p[:-3])},
    ]
    config = {"INHERIT": "../../mkdocs.yml", "docs_dir": "pages", "site_dir": "site", "nav": nav}
    (BUILD / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def build_site() -> None:
    """Let MkDocs build the site; any warning fails."""
    # the theme's announcement of its successor is none of the pages' warnings
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    config = str(BUILD / "mkdocs.yml")
    # not with --quiet, as strict mode would then see no warnings
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", config]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


class PageLinks(HTMLParser):
    """The targets of a page's links, and the anchors that links may lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors = {"", "__top"}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag links to, and its anchor."""
        for name, value in attrs:
            if name in ("id", "name"):
                self.anchors.add(value or "")
            elif name in ("href", "src") and value:
                self.targets.append(value)


def check_links(site: Path) -> tuple[list[str], set[str]]:
    """Check the links of all pages of a site, those in tables and outputs included.

    Returns:
        One line per broken link inside the site, and the addresses of other sites.
    """
    pages = {path: PageLinks(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    pages.pop(site / "404.html", None)  # its links start at the root of a server
    broken, external = [], set()
    for path, page in pages.items():
        for link in page.targets:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                external.add(link)
            elif not parts.scheme:
                target = path.parent / unquote(parts.path) if parts.path else path
                target = Path(os.path.normpath(target))
                anchors = pages[target].anchors if target in pages else {""}
                if not target.exists() or unquote(parts.fragment) not in anchors:
                    broken.append(f"{path.relative_to(site)}: {link}")
    return broken, external


def unreachable(addresses: Iterable[str]) -> list[str]:
    """One line per address that does not answer with a page."""
    import requests

    failures = []
    for address in sorted(addresses):
        try:
            status = requests.get(address, timeout=30, stream=True).status_code
            failures += [f"{address}: status {status}"] if status >= 400 else []
        except requests.RequestException as error:
            failures.append(f"{address}: {type(error).__name__}")
    return failures


def main() -> int:
    """Build the site and check it; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the documentation as a static site.")
    parser.add_argument("--external", action="store_true", help="also check links to other sites")
    given = parser.parse_args()
    os.chdir(ROOT)
    write_pages()
    build_site()
    broken, external = check_links(SITE)
    broken += unreachable(external) if given.external else []
    print(*(f"broken link: {line}" for line in broken), sep="\n", end="\n" if broken else "")
    pages = len(list(SITE.rglob("*.html")))
    print(f"{SITE.relative_to(ROOT)}/index.html: {pages} pages, {len(broken)} broken links")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
