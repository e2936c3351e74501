"""Flags: a CSV with one row per flagged sample, which can be left out of data."""

from pathlib import Path

import pandas as pd
import pytest

from synthlib.classes import select_classes
from synthlib.data import study_tables
from synthlib.photographs import flags
from synthlib.utils.errors import ParameterError, SynthlibError
from tests.helpers.fake_data import CLASSES, micro_params, write_photographs, write_renders


def flag(path: Path, sample: str, **columns: str) -> pd.DataFrame:
    defaults = {"test_set": "real", "true": "banana", "reason": "wrong label"}
    return flags.add_flag(path, sample=sample, **(defaults | columns))


def test_a_flag_is_stored_with_its_note_and_replaced_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "flags" / "tiny.csv"
    assert flags.read_flags(path).empty
    flag(path, "a/1.jpg", note='two, "or\nthree" bananas', run="seed0-12")
    flag(path, "a/2.jpg")
    found = flags.read_flags(path)
    assert list(found.columns) == flags.FLAG_COLUMNS
    assert found["note"].tolist() == ['two, "or three" bananas', ""]
    again = flag(path, "a/1.jpg", reason="other")
    assert again["sample"].tolist() == ["a/2.jpg", "a/1.jpg"]
    assert flags.read_flags(path)["reason"].tolist() == ["wrong label", "other"]
    assert flags.remove_flag(path, "a/1.jpg")["sample"].tolist() == ["a/2.jpg"]
    assert flags.read_flags(path)["sample"].tolist() == ["a/2.jpg"]


def test_unknown_reasons_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'ugly'; allowed are wrong label, "):
        flag(tmp_path / "f.csv", "a", reason="ugly")
    assert not (tmp_path / "f.csv").exists()
    (tmp_path / "f.csv").write_text("sample,note\na,b\n")
    with pytest.raises(SynthlibError, match="has no column test_set, true, reason, run"):
        flags.read_flags(tmp_path / "f.csv")


def test_flagged_photographs_and_renders_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    flag(path, "imagenet/val/n1/7.JPEG")
    flag(path, "vase/p0001/07", test_set="synthetic_bg", true="vase")
    flagged = flags.read_flags(path)
    names = ["imagenet/val/n1/6.JPEG", "imagenet/val/n1/7.JPEG", "imagenet/val/n1/8.JPEG"]
    photographs = pd.DataFrame({"sample": names, "height": [1, 2, 3]})
    remaining = flags.drop_flagged(photographs, flagged)
    assert remaining["height"].tolist() == [1, 3]
    assert remaining.index.tolist() == [0, 1]
    renders = pd.DataFrame(
        {"class": ["vase", "vase", "cup"], "instance": ["p0001"] * 3, "view": [7, 17, 7]}
    )
    assert flags.drop_flagged(renders, flagged)[["class", "view"]].values.tolist() == [
        ["vase", 17],
        ["cup", 7],
    ]
    none = flags.read_flags(tmp_path / "nothing.csv")
    assert flags.drop_flagged(photographs, none).equals(photographs)


def test_a_run_leaves_flagged_samples_out_and_keeps_every_other_split(tmp_path: Path) -> None:
    root = write_photographs(tmp_path / "data")
    params = micro_params(tmp_path / "outputs", data_root=str(root), dev_per_class=2)
    classes = select_classes(CLASSES)
    before = study_tables.study_photographs(params, root, classes).table
    flagged = before["sample"].iloc[[0, 20]].tolist()
    path = tmp_path / "flags.csv"
    for name in flagged:
        flag(path, name)
    without = params.model_copy(update={"exclude_flagged": str(path)})
    after = study_tables.study_photographs(without, root, classes).table
    expected = before[~before["sample"].isin(flagged)].reset_index(drop=True)
    pd.testing.assert_frame_equal(after, expected)
    assert study_tables.table_digest(after, "sample") != study_tables.table_digest(before, "sample")
    assert (
        without.digest_parameters() == params.digest_parameters()
    )  # the digests of the data differ instead
    absent = params.model_copy(update={"exclude_flagged": str(tmp_path / "no.csv")})
    with pytest.raises(ParameterError, match=r"exclude_flagged: no file .*no\.csv"):
        study_tables.study_photographs(absent, root, classes)


@pytest.mark.parametrize("by", ["instance", "view"])
def test_flagging_a_render_changes_no_other_render_s_split(tmp_path: Path, by: str) -> None:
    params = micro_params(tmp_path, split_by=by)
    renders = write_renders(tmp_path / "store")
    before = study_tables.split_and_drop_excluded(params, renders)
    tested = before[(before["split"] == "test") & (before["class"] == "banana")].iloc[0]
    name = tested["file"].removesuffix(".png")
    path = tmp_path / "flags.csv"
    flag(path, name)
    without = params.model_copy(update={"exclude_flagged": str(path)})
    after = study_tables.split_and_drop_excluded(without, renders)
    expected = before[before["file"] != tested["file"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(after, expected)
