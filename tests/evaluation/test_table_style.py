"""The style of every table that is shown."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import style_table
from synthlib.evaluation.table_style import is_number_column


def cells(html: str) -> list[str]:
    return [text.strip() for text in re.findall(r"<td[^>]*>(.*?)</td>", html, re.DOTALL)]


def headers(html: str) -> list[str]:
    return [text.strip() for text in re.findall(r"<th id[^>]*col_heading[^>]*>(.*?)</th>", html)]


def right_aligned_columns(html: str) -> set[int]:
    return {int(n) for n in re.findall(r"td\.col(\d+)\s*\{\s*text-align: right", html)}


def test_numbers_are_at_the_right_with_one_decimal_and_counts_without() -> None:
    frame = pd.DataFrame(
        {
            "class": ["pc_mouse", "alarm_clock"],
            "top1": [50.0, 61.25],
            "n_test": [153.0, np.nan],
            "steps": [1380, 12000],
            "points": ["+1.0 [-2.0, +4.0]", ""],
            "experiment": ["mixed_real33", "baseline"],
            "done": [True, False],
            "folder": [Path("a/b"), Path("c")],
        }
    )
    html = style_table(frame, "a caption").to_html()
    shown = cells(html)
    assert shown[:8] == [
        "pc mouse", "50.0", "153", "1,380", "+1.0 [-2.0, +4.0]", "mixed_real33", "yes", "a/b",
    ]  # fmt: skip
    assert shown[8:12] == ["alarm clock", "61.2", "", "12,000"]
    assert headers(html)[:4] == ["class", "top-1", "test images", "steps"]
    assert right_aligned_columns(html) == {1, 2, 3, 4}
    assert not re.search(r"PosixPath|nan|153\.0", html)


def test_values_of_several_kinds_in_a_column_each_have_their_form() -> None:
    values = pd.Series([153, 2.5, "text", None, [1, 2]], dtype=object, name="value")
    html = style_table(values.rename_axis("parameter").reset_index(), "").to_html()
    assert cells(html)[1::2] == ["153", "2.5", "text", "", "[1, 2]"]


def test_an_index_of_classes_is_readable() -> None:
    frame = pd.DataFrame({"n": [1]}, pd.Index(["tv_remote"], name="class"))
    assert ">tv remote<" in style_table(frame, "").to_html()


def test_texts_of_numbers_are_numbers() -> None:
    numbers = (
        ["0, 1, 2", "0"],
        ["339 to 1,406", ""],
        ["2 of 25"],
        ["<b>53.7</b> ± 0.8"],
        ["1.0", "<i>not run</i>", "not run"],
    )
    assert all(is_number_column(pd.Series(column)) for column in numbers)
    texts = (["ResNet-18, SGD 0.01"], ["real (2,730)", "3"], ["", ""], ["thesis"], ["n02708093"])
    assert not any(is_number_column(pd.Series(column)) for column in texts)
