"""The 17 classes of the thesis, and the classes of a user's file."""

import dataclasses
import subprocess
import sys

import pytest

from synthlib.classes import (
    CLASSES,
    THESIS_CLASSES,
    generator_names,
    is_thesis_class,
    load_classes,
    load_user_classes,
    normalise_category,
    select_classes,
)
from synthlib.utils.errors import ParameterError


def test_the_thesis_classes():
    assert len(CLASSES) == 17
    assert list(CLASSES) == sorted(CLASSES)
    assert len({c.synset for c in CLASSES.values()}) == 17
    assert CLASSES["alarm_clock"].synset == "n02708093"
    assert CLASSES["wall_clock"].synset == "n04548280"
    for cls in CLASSES.values():
        keys = [normalise_category(scene) for scene in cls.scenes]
        assert len(keys) == len(set(keys)) > 0


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("atrium/public", "atrium_public"),
        ("a/atrium/public", "atrium_public"),
        ("/a/atrium/public", "atrium_public"),
        ("atrium-public", "atrium_public"),
        ("atrium_public", "atrium_public"),
        ("Dining Room", "dining_room"),
        ("child_sroom", "childs_room"),
        ("c/childs_room", "childs_room"),
        ("kitchen", "kitchen"),
    ],
)
def test_all_spellings_of_a_scene_category_are_normalised(spelling, key):
    assert normalise_category(spelling) == key
    assert normalise_category(key) == key


def test_select_keeps_the_order_and_names_the_unknown():
    assert [c.name for c in select_classes(["vase", "banana"])] == ["vase", "banana"]
    with pytest.raises(ParameterError, match=r"'vaze'; did you mean vase\? allowed: .*vase"):
        select_classes(["banana", "vaze"])


def test_a_users_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("mug: {synset: my_mugs, scenes: [kitchen, d/dining_room]}\n")
    (mug,) = load_classes(path).values()
    assert (mug.name, mug.synset, mug.scenes) == ("mug", "my_mugs", ("kitchen", "d/dining_room"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected `name"),
        ("- mug", "expected `name"),
        ("Mug: {synset: a, scenes: [b]}", "class Mug: name: got 'Mug'; .*pattern"),
        ("mug: {synset: 7, scenes: [b]}", "class mug: synset: got 7; .*valid string; .*in quotes"),
        ("mug: {synset: '', scenes: [b]}", "class mug: synset: got ''; .*at least 1 character"),
        (
            "a: {synset: s, scenes: [b]}\nb: {synset: s, scenes: [b]}",
            "a and b have the same synset",
        ),
        ("a: {synset: s, scenes: [b]}\na: {synset: t, scenes: [b]}", ": a is there twice"),
        ("7: {synset: a, scenes: [b]}", "class 7: name: got 7; .*valid string; .*in quotes"),
        ("mug: {synset: a, scenes: [5]}", "class mug: scenes: got 5; .*valid string"),
        ("mug: {synset: a}", "class mug: scenes: missing"),
        ("mug: [a, b]", r"class mug is \['a', 'b'\]; expected `name: {synset: "),
        ("mug: {synset: a, scenes: [b], name: cup}", "class mug is .*; expected `name: {synset"),
        ("mug: {synset: a, scenes: [b], 3: c}", "class mug: 3: unknown key"),
        (
            "mug: {synset: a, scenes: [b], colour: 3}",
            "class mug: colour: unknown key .value 3.; allowed: .*synset, scenes",
        ),
        (
            "mug: {synset: a, scenes: []}",
            "class mug: scenes: got .*; list should have at least 1 item",
        ),
        ("mug: {synset: a, scenes: kitchen}", "class mug: scenes: got 'kitchen'; .*valid list"),
        (
            "mug: {generator: keyboard, scenes: [b]}",
            "class mug: generator: there is none called keyboard, the nearest is pc_keyboard; "
            "allowed: alarm_clock, .*wall_clock$",
        ),
        ("mug: {generator: [cup], scenes: [b]}", "class mug: generator: there is none called"),
        ("mug: {models: ../mugs, scenes: [b]}", "class mug: models: got '../mugs'; .*pattern"),
        ("mug: {synset: a, scenes: [b], azimuth: 3}", r"azimuth: got 3; expected \[least, most\]"),
        ("mug: {synset: a, scenes: [b], elevation: [9, 95]}", "within -90 and 90"),
        ("mug: {synset: a, scenes: [b], elevation: [9, 5]}", "class mug: elevation: got"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=message) as error:
        load_classes(path)
    assert "mine.yaml" in str(error.value)


def test_a_users_classes_come_after_those_of_the_thesis(tmp_path, monkeypatch):
    path = tmp_path / "mine.yaml"
    path.write_text("shoe: {synset: shoes, scenes: [hall]}\nhat: {scenes: [hall]}\ncup: {}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(path))
    assert list(CLASSES) == [*THESIS_CLASSES, "shoe", "hat"]
    assert [CLASSES[name].synset for name in ("shoe", "hat")] == ["shoes", "hat"]
    assert [is_thesis_class(name) for name in ("cup", "shoe")] == [True, False]  # cup: no change
    assert load_user_classes("") == {}
    with pytest.raises(
        ParameterError, match=r"nothing\.yaml, which is not a file; correct or unset it"
    ):
        load_user_classes(str(tmp_path / "nothing.yaml"))


def test_a_users_class_may_change_a_built_in_one_or_use_its_generator(tmp_path, monkeypatch):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "laptop: {scenes: [hall]}\nmug: {generator: cup, models: mugs}\n"
        "glass: {generator: cup, scenes: [bar], azimuth: [0, 90]}\n"
    )
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(path))
    laptop, mug, glass = select_classes(["laptop", "mug", "glass"])
    before, cup = THESIS_CLASSES["laptop"], THESIS_CLASSES["cup"]
    assert list(CLASSES) == [*THESIS_CLASSES, "mug", "glass"]
    assert laptop == dataclasses.replace(before, scenes=("hall",))
    assert not is_thesis_class("laptop")
    assert (mug.synset, mug.generator, mug.models) == ("mug", "cup", "mugs")
    assert (mug.scenes, mug.azimuth, mug.elevation) == (cup.scenes, cup.azimuth, cup.elevation)
    assert (glass.generator, glass.scenes, glass.azimuth) == ("cup", ("bar",), (0, 90))
    assert {cls.generator for cls in THESIS_CLASSES.values()} == set(generator_names())


def test_commands_show_one_sentence_about_a_missing_file_of_classes(monkeypatch):
    monkeypatch.setenv("SYNTHLIB_CLASSES", "/nowhere.yaml")
    command = [sys.executable, "-m", "synthlib", "table", "--scale", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "Error: SYNTHLIB_CLASSES names /nowhere.yaml, which is not a file; correct or unset it\n"
    )
