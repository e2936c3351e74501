"""The 26 views, compared with rotation matrices that are written out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from synthlib.classes import CLASSES
from synthlib.render_ranges import MIN_RANDOM_ELEVATION, ViewRanges
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.viewpoints import (
    camera_axes,
    pose_from_turn_and_tilt,
    view_ranges,
    views_for,
)
from synthlib.utils.errors import ParameterError

ANGLES = st.floats(0, 360, allow_nan=False)


def rotated(turn: float, tilt: float) -> np.ndarray:
    """Rows right, up, back of a camera in front (at -Y), tilted about x, then turned about z."""
    a, t = np.radians([turn, tilt])
    about_x = np.array([[1, 0, 0], [0, np.cos(t), np.sin(t)], [0, -np.sin(t), np.cos(t)]])
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    front = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    return front @ (about_z @ about_x).T


@given(ANGLES, ANGLES)
def test_normal_form_is_the_same_camera(turn, tilt):
    azimuth, elevation, roll = pose_from_turn_and_tilt(turn, tilt)
    assert 0 <= azimuth < 360
    assert -90 <= elevation <= 90
    assert roll in (0.0, 180.0)
    np.testing.assert_allclose(
        camera_axes(azimuth, elevation, roll), rotated(turn, tilt), atol=1e-7
    )


@given(ANGLES, st.floats(-90, 90), ANGLES)
def test_axes_are_orthonormal_and_right_handed(azimuth, elevation, roll):
    axes = camera_axes(azimuth, elevation, roll)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(axes[0], axes[1]), axes[2], atol=1e-12)


def test_roll_goes_from_right_to_up():
    plain, rolled = camera_axes(30, 20, 0), camera_axes(30, 20, 90)
    np.testing.assert_allclose(rolled[0], plain[1], atol=1e-12)
    np.testing.assert_allclose(rolled[1], -plain[0], atol=1e-12)


def test_the_front_view_looks_from_minus_y_with_z_up():
    np.testing.assert_allclose(camera_axes(0, 0, 0), [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-12)


def test_deterministic_views_are_the_thesis_ones():
    views = views_for(0, "banana", "p0")
    assert [view.index for view in views] == list(range(26))
    turns, tilts = views[:8], views[8:16]
    assert [view.azimuth for view in turns] == [0, 50, 100, 150, 200, 250, 300, 350]
    assert {(view.elevation, view.roll) for view in turns} == {(0, 0)}
    assert [view.elevation for view in tilts] == [25, 50, 75, 80, 55, 30, 5, -20]
    assert [view.azimuth for view in tilts] == [0, 0, 0, 180, 180, 180, 180, 180]
    assert [view.roll for view in tilts] == [0, 0, 0, 180, 180, 180, 180, 180]
    assert {view.kind for view in views[:16]} == {"deterministic"}


def test_random_views_leave_out_the_underside_and_nothing_else():
    views = [v for i in range(200) for v in views_for(3, "banana", f"p{i}")[16:]]
    assert len(views) == 2000
    assert {view.kind for view in views} == {"random"}
    elevations = np.array([view.elevation for view in views])
    assert elevations.min() >= MIN_RANDOM_ELEVATION
    assert elevations.min() < MIN_RANDOM_ELEVATION + 2
    # a uniform tilt leaves [0, 205] and [335, 360): 115 degrees upright of 230
    upright = np.mean([view.roll == 0 for view in views])
    assert upright == pytest.approx(115 / 230, abs=0.05)
    azimuths = np.array([view.azimuth for view in views])
    assert np.histogram(azimuths, 4, (0, 360))[0] == pytest.approx(500, abs=90)


def test_views_depend_only_on_seed_class_and_instance():
    assert views_for(0, "cup", "a") == views_for(0, "cup", "a")
    others = [views_for(1, "cup", "a"), views_for(0, "vase", "a"), views_for(0, "cup", "b")]
    assert all(other[16:] != views_for(0, "cup", "a")[16:] for other in others)
    assert all(other[:16] == views_for(0, "cup", "a")[:16] for other in others)


def test_photographed_views_stay_in_the_class_s_ranges():
    for cls in CLASSES.values():
        views = views_for(0, cls.name, "p0", "photographed")
        assert [view.index for view in views] == list(range(26))
        turned = [(view.azimuth + 180.0) % 360.0 - 180.0 for view in views]
        assert min(turned) >= cls.azimuth[0] - 1e-6
        assert max(turned) <= cls.azimuth[1] + 1e-6
        assert min(view.elevation for view in views) >= cls.elevation[0] - 1e-6
        assert max(view.elevation for view in views) <= cls.elevation[1] + 1e-6
        rolled = [(view.roll + 180.0) % 360.0 - 180.0 for view in views]
        assert cls.roll[0] - 1e-6 <= min(rolled) <= max(rolled) <= cls.roll[1] + 1e-6
        fields = [view.field_of_view for view in views]
        assert cls.field_of_view[0] - 1e-6 <= min(fields) < max(fields)
        assert max(fields) <= cls.field_of_view[1] + 1e-6
        assert {view.aim for view in views} == {0.0}


def test_the_distances_of_a_class_are_its_own_and_multiplied_by_those_of_the_parameter(
    tmp_path, monkeypatch
):
    plain = views_for(0, "cup", "p0", "photographed")
    assert {view.distance for view in plain} == {1.0}
    assert view_ranges("cup")[1:] == [[-180, 180], [10, 65], [-10, 10], [25, 60], 0.1]
    file = tmp_path / "mine.yaml"
    file.write_text("cup: {distance: [1.5, 2.5]}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(file))
    CLASSES.reload()
    far = views_for(0, "cup", "p0", "photographed")
    farther = views_for(0, "cup", "p0", "photographed", ViewRanges(distance=(2, 2)))
    assert [replace(view, distance=1.0) for view in far] == list(plain)
    distances = [view.distance for view in far]
    assert 1.5 <= min(distances) < 1.7 < 2.3 < max(distances) <= 2.5
    assert [view.distance for view in farther] == pytest.approx([2 * d for d in distances])
    assert view_ranges("cup")[-1] == {"distance": [1.5, 2.5]}
    assert {view.distance for view in views_for(0, "cup", "p0")} == {1.0}  # the thesis's poses
    assert len(view_ranges("pc_keyboard")) == 6
    assert view_ranges("pc_keyboard", close_ups=True)[-1] == {"close_up_distance": [0.1, 0.4]}


def test_the_class_s_share_of_close_ups_is_near_and_aimed_at_a_point_of_the_object():
    for cls in ("pc_keyboard", "cup"):
        views, whole = (
            [
                view
                for i in range(100)
                for view in views_for(0, cls, f"p{i}", "photographed", close_ups=close_ups)
            ]
            for close_ups in (True, False)
        )
        near = [view for view in views if view.aim]
        assert len(near) / len(views) == pytest.approx(CLASSES[cls].close_ups, abs=0.03)
        assert {view.distance for view in whole} == {1.0}
        least, most = {"pc_keyboard": (0.1, 0.4), "cup": (0.25, 0.6)}[cls]
        assert least <= min(view.distance for view in near) < least + 0.02
        assert most - 0.02 < max(view.distance for view in near) <= most
        assert max(view.aim for view in near) <= 0.7
        assert 0 <= min(view.toward for view in near) < max(view.toward for view in near) < 1
        # directions and lens are those of the views that they replace
        for view, plain in zip(views, whole, strict=True):
            assert (view.azimuth, view.elevation, view.roll, view.field_of_view) == (
                plain.azimuth,
                plain.elevation,
                plain.roll,
                plain.field_of_view,
            )
            assert view == plain or view.aim


def test_photographed_views_of_an_unknown_class_are_above_the_underside():
    views = views_for(0, "teapot", "p0", "photographed")
    assert len(views) == 26
    assert all(view.elevation >= MIN_RANDOM_ELEVATION for view in views)
    assert views != views_for(0, "teapot", "p1", "photographed")


# --- ranges of further variation ------------------------------------------------------------------

SPANS = {
    "field_of_view": (1, 120),
    "elevation": (-90, 90),
    "roll": (-180, 180),
    "distance": (0.25, 10),
}


@st.composite
def ranges(draw) -> ViewRanges:
    given = {}
    for name, (low, high) in SPANS.items():
        room = 5 if name == "elevation" else 0  # random views rarely fall into a narrow range
        least = draw(st.floats(low, high - room))
        given[name] = (least, draw(st.floats(least + room, high)))
    return ViewRanges(**given, shift=draw(st.floats(0, 0.5)))


@settings(max_examples=50)
@given(ranges(), st.integers(0, 9))
def test_views_stay_in_their_ranges_and_in_normal_form(given_ranges, seed):
    views = views_for(seed, "cup", "p0", ranges=given_ranges)
    assert [view.index for view in views] == list(range(26))
    for view in views:
        assert 0 <= view.azimuth < 360
        assert 0 <= view.roll < 360
        for name in ("field_of_view", "distance"):
            low, high = getattr(given_ranges, name)
            assert low - 1e-6 <= getattr(view, name) <= high + 1e-6
        assert max(abs(view.shift_x), abs(view.shift_y)) <= given_ranges.shift + 1e-6
        if view.kind == "random":
            low, high = given_ranges.elevation
            assert low <= view.elevation <= high
    plain = views_for(seed, "cup", "p0", ranges=ViewRanges(elevation=given_ranges.elevation))
    for view, flat in zip(views, plain, strict=True):
        assert (view.azimuth, view.elevation) == (flat.azimuth, flat.elevation)
        turned = (view.roll - flat.roll + 180.0) % 360.0 - 180.0
        low, high = given_ranges.roll
        assert any(low - 1e-5 <= turned + lap <= high + 1e-5 for lap in (-360, 0, 360))


def test_by_default_only_directions_vary():
    for view in views_for(0, "cup", "p0"):
        pose = (view.field_of_view, view.shift_x, view.shift_y, view.distance)
        assert pose == (39.6, 0.0, 0.0, 1.0)
        assert view.roll in (0.0, 180.0)


RANGE = ViewRanges(field_of_view=(20, 60))


def test_one_range_does_not_change_another_s_draws():
    both = views_for(0, "cup", "p0", ranges=ViewRanges(field_of_view=(20, 60), shift=0.1))
    one = views_for(0, "cup", "p0", ranges=ViewRanges(field_of_view=(20, 60)))
    assert [v.field_of_view for v in both] == [v.field_of_view for v in one]
    assert len({v.field_of_view for v in both}) == 26
    assert len({v.shift_x for v in both} | {v.shift_y for v in both}) == 52
    instances = [views_for(0, "cup", f"p{i}", ranges=RANGE) for i in range(50)]
    fields = [view.field_of_view for views in instances for view in views]
    assert np.histogram(fields, 4, (20, 60))[0] == pytest.approx(len(fields) / 4, rel=0.15)
    photographed = views_for(0, "cup", "p0", "photographed", ViewRanges(shift=0.1))
    assert [v.shift_x for v in photographed] == [v.shift_x for v in both]


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        (
            {"field_of_view_range": (60, 20)},
            r"field_of_view_range: got \(60, 20\); expected \[least",
        ),
        ({"field_of_view_range": (0, 20)}, "within 1 and 120"),
        (
            {"elevation_range": (10, 10.5)},
            "elevation_range: got .* the last 1 or more above the first",
        ),
        ({"roll_range": (-10,)}, r"roll_range: got \(-10,\); expected \[least, most\]"),
        ({"lens_shift": 0.6}, "lens_shift: got 0.6; .*less than or equal to 0.5"),
        ({"distance_range": (0.1, 1)}, "distance_range"),
        ({"distance_range": (1, float("nan"))}, "distance_range"),
        ({"elevation_range": (0, 45), "poses": "photographed"}, "elevation_range .*photographed"),
        ({"roll_range": (0, 45), "poses": "photographed"}, "roll_range .*photographed"),
        ({"close_ups": True}, "close_ups needs poses 'photographed', and poses is 'thesis'"),
    ],
)
def test_an_invalid_range_is_named(given_settings, words):
    with pytest.raises(ParameterError, match=words):
        RenderSettings(**given_settings)
