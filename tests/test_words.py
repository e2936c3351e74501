"""The lint of words: phrases that it catches, phrases that it allows, where it looks."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("check_words", ROOT / "tools" / "check_words.py")
assert SPEC
assert SPEC.loader
check_words = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_words)

PHRASES = check_words.read_phrases()


def hits(tmp_path: Path, name: str, content: str, shown_as: str = "") -> list[str]:
    """Hits in a file of that name and content, as if it were `shown_as` in the project."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return list(check_words.check(path, shown_as or name, PHRASES))


@pytest.mark.parametrize(
    "text",
    [
        "A table with a row a sample.",
        "One row a test set, and one file a run: all of it.",
        "It makes 64 frames a second.",
        "One Blender process a core (64 MB).",
        "There are 26 an instance.",
        "As many renders a class as photographs.",
        "Four of the controls' seeds lack.",
        "Images that one of them alone names rightly.",
        "Which class it is taken for, and which it takes for another.",
        "the how manieth time",
        "It learns small sets by heart.",
        "The two cannot be told apart.",
        "What tells the rows apart.",
        "A file is there whole or not at all.",
        "Renders pasted on scenes, the licence beside it.",
        "Something amiss?",
        "What runs say of a cell.",
        "It holds the manifest against the files.",
        "A run that was cut goes on.",
        "The folder is made if it is not there.",
        "Upside down, as it falls out.",
        "It is said in the caption.",
        "A number on the next\nline, one row a\nsample.",
    ],
)
def test_a_phrase_is_caught(tmp_path: Path, text: str) -> None:
    assert hits(tmp_path, "page.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "One row per sample, and 64 frames per second.",
        "The images a run trains on, and the files a worker needs.",
        "It renders an instance and draws a sample.",
        "A row and a sample; a class of a run.",
        "Step 3 a run can skip.",
        "This is a file that a model needs; there is no file here.",
        "Of course. He told us a story of two runs.",
        "Two paragraphs end in one row\n\nA sample begins.",
        "`docs/pictures/flow.png`, `mend_materials` and `lock-guess`.",
    ],
)
def test_plain_text_is_allowed(tmp_path: Path, text: str) -> None:
    assert hits(tmp_path, "page.md", text) == []


@pytest.mark.parametrize("word", ["What", "Whether", "How", "Where", "Who", "Which", "Of"])
def test_a_docstring_begins_with_a_noun_phrase_or_an_imperative(tmp_path: Path, word: str) -> None:
    source = f'def f():\n    """{word} a file needs."""\n    return "{word} is this"\n'
    [hit] = hits(tmp_path, "module.py", source)
    assert hit.startswith("module.py:2: ")
    assert hit.endswith(" -> a noun phrase or an imperative")


def test_a_question_may_begin_a_docstring(tmp_path: Path) -> None:
    assert hits(tmp_path, "module.py", '"""How much real data can renders replace?"""\n') == []


def test_python_is_read_in_comments_and_strings_only(tmp_path: Path) -> None:
    source = (
        "heed = amiss(lack)\n"  # names are renamed elsewhere
        "x = 1  # something is\n"
        "# amiss here\n"
        'y = f"{x} lacks a test set"\n'
    )
    found = [hit.split(" -> ")[0] for hit in hits(tmp_path, "module.py", source)]
    assert sorted(found) == ["module.py:3: amiss", "module.py:4: lacks"]


def test_a_phrase_is_found_across_lines_of_a_comment(tmp_path: Path) -> None:
    [hit] = hits(tmp_path, "module.py", "# A table with a row\n# a sample.\n")
    assert hit.startswith("module.py:1: row a sample -> ")


def test_a_notebook_is_read_in_its_markdown(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": ["x = 'amiss'"]},
        {"cell_type": "markdown", "source": ["# Title\n", "One row a sample."]},
    ]
    content = json.dumps({"cells": cells}, indent=1)
    [hit] = hits(tmp_path, "book.ipynb", content)
    line = content.splitlines().index('    "# Title\\n",') + 1
    assert hit.startswith(f"book.ipynb:{line + 1}: row a sample -> ")


def test_yaml_is_read_in_keys_and_comments(tmp_path: Path) -> None:
    content = "instances: 3 # a class, in all\nviews: 4 # of 26\n"
    [hit] = hits(tmp_path, "scale.yaml", content)
    assert hit.startswith("scale.yaml:1: 3 # a class -> ")


def test_things_lie_on_tables_in_generators_only(tmp_path: Path) -> None:
    source = "# Pictures of where things lie.\n"
    assert hits(tmp_path, "module.py", source, "synthlib/blender/parts/module.py") == []
    assert len(hits(tmp_path, "module.py", source, "synthlib/module.py")) == 2


def test_the_exit_code_says_if_anything_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.md").write_text("One row per sample.\n")
    (tmp_path / "bad.md").write_text("One row per sample.\nOne row a sample.\n")
    assert check_words.main([str(tmp_path / "good.md")]) == 0
    assert capsys.readouterr().out == ""
    assert check_words.main([str(tmp_path / "bad.md")]) == 1
    assert 'bad.md:2: row a sample -> "per"' in capsys.readouterr().out


def test_every_phrase_has_a_suggestion() -> None:
    assert len(PHRASES) > 40
    assert all(phrase.suggestion and phrase.pattern.pattern for phrase in PHRASES)
