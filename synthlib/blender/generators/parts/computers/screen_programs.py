"""Programs on a screen: documents, code, tables, web pages, films, galleries, terminals."""

from dataclasses import dataclass, replace

import numpy as np

from synthlib.blender.generators.parts.computers import screen_pictures
from synthlib.blender.generators.parts.computers.screen_rectangles import (
    Box,
    rectangle,
    rectangles,
    sub_box,
    word_boxes,
)
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class WindowColours:
    """The colours of a system's windows; bar is of the running programs, top whether above."""

    taskbar: Colour
    title: Colour
    page: Colour
    toolbar: Colour
    text: Colour
    taskbar_on_top: bool


@dataclass(frozen=True)
class ProgramArea:
    """Where a program is shown; em is the height of a line, layer the lowest."""

    box: Box
    line_height: float
    layer: int
    colours: WindowColours


def _toolbar(rng: np.random.Generator, area: ProgramArea, lines: float) -> list[Shape]:
    """A strip of buttons along the top, `tall` lines high."""
    strip = (area.box[0], area.box[3] - lines * area.line_height, area.box[2], area.box[3])
    at = np.arange(
        strip[0] + area.line_height, strip[2] - 1.5 * area.line_height, 1.7 * area.line_height
    )
    at = at[rng.random(len(at)) < 0.7]
    hues = np.array([sample_colour(rng, (0.0, 0.7), (0.15, 0.7)) for _ in at]).reshape(-1, 3)
    low = strip[1] + 0.4 * area.line_height
    icons = [
        (x, low, x + area.line_height, low + min(1.1, lines - 0.8) * area.line_height) for x in at
    ]
    return [
        rectangle(strip, area.layer, area.colours.toolbar),
        rectangles(icons, area.layer + 1, hues),
    ]


def _document_page(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Paper with words on it between grey margins."""
    rim = rng.uniform(0.04, 0.25)
    paper = sub_box(area.box, rim, -0.0, 1 - rim, 0.97)
    tools = rng.uniform(1.8, 4.5)
    paper = (
        paper[0],
        paper[1],
        paper[2],
        max(paper[3] - tools * area.line_height, paper[1] + area.line_height),
    )
    boxes, _ = word_boxes(rng, sub_box(paper, 0.1, 0.03, 0.9, 0.93), area.line_height)
    grey = scale_colour(area.colours.toolbar, rng.uniform(0.35, 0.95))
    made = [
        rectangle(area.box, area.layer, grey),
        *_toolbar(rng, replace(area, layer=area.layer + 1), tools),
    ]
    return [
        *made,
        rectangle(paper, area.layer + 1, (0.9, 0.9, 0.9)),
        rectangles(boxes, area.layer + 2, (0.06,) * 3),
    ]


def _code_editor(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """A program's text in colours, mostly on black, beside a list of files."""
    code, ground = ("1e1e1e", "272822", "0d2a35", "101418", "f8f8f4")[rng.integers(5)], 0.0
    ground, side = jitter_colour(rng, code, 0.5), rng.uniform(0.05, 0.25)
    hues = np.array([sample_colour(rng, (0.3, 0.75), (0.4, 0.85)) for _ in range(4)] + [(0.6,) * 3])
    if code == "f8f8f4":
        hues *= 0.35
    boxes, drawn = word_boxes(
        rng, sub_box(area.box, side + 0.06, 0.02, 0.98, 0.98), area.line_height, indented=True
    )
    numbers = np.arange(
        area.box[1] + area.line_height,
        area.box[3] - 0.5 * area.line_height,
        1.05 * area.line_height,
    )
    x = sub_box(area.box, side + 0.015, 0, 1, 1)[0]
    files, _ = word_boxes(
        rng, sub_box(area.box, 0.02, 0.1, side, 0.96), area.line_height, indented=True
    )
    return [
        rectangle(area.box, area.layer, ground),
        rectangle(sub_box(area.box, 0, 0, side, 1), area.layer + 1, scale_colour(ground, 1.8)),
        rectangles(boxes, area.layer + 1, hues[(drawn * 5).astype(int)]),
        rectangles(
            [(x, y, x + 0.8 * area.line_height, y + 0.5 * area.line_height) for y in numbers],
            area.layer + 1,
            (0.2, 0.2, 0.22),
        ),
        rectangles(files, area.layer + 2, (0.4, 0.4, 0.42)),
    ]


def _terminal(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Words of one colour on black or blue."""
    ground, ink = (("050505", "c8c8c8"), ("050805", "40e060"), ("0a1a9a", "e8e8f0"))[
        rng.integers(3)
    ]
    boxes, _ = word_boxes(
        rng, sub_box(area.box, 0.03, rng.uniform(0.05, 0.5), 0.97, 0.97), area.line_height, True
    )
    return [
        rectangle(area.box, area.layer, srgb_to_linear(ground)),
        rectangles(boxes, area.layer + 1, srgb_to_linear(ink)),
    ]


def _spreadsheet(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Cells, some coloured, with a chart over them."""
    tools = rng.uniform(1.8, 4.0)
    inner = (
        area.box[0],
        area.box[1],
        area.box[2],
        max(area.box[3] - tools * area.line_height, area.box[1] + area.line_height),
    )
    tall, wide = 1.5 * area.line_height, rng.uniform(4.0, 8.0) * area.line_height
    ys, xs = np.arange(inner[1], inner[3], tall), np.arange(inner[0], inner[2], wide)
    line = 0.1 * area.line_height
    made = [*_toolbar(rng, area, tools)]
    hue = sample_colour(rng, (0.3, 0.8), (0.2, 0.6))
    made += [rectangle((inner[0], y, inner[2], y + line), area.layer, (0.45,) * 3) for y in ys]
    made += [rectangle((x, inner[1], x + line, inner[3]), area.layer + 1, (0.45,) * 3) for x in xs]
    made.append(rectangle((inner[0], inner[3] - tall, inner[2], inner[3]), area.layer + 2, hue))
    spots = [(x, y) for x in xs[:-1] for y in ys[:-1] if rng.random() < 0.7]
    cells = [
        (
            x + 0.4 * area.line_height,
            y + 0.45 * area.line_height,
            x + rng.uniform(0.3, 0.85) * wide,
            y + area.line_height,
        )
        for x, y in spots
    ]
    made.append(rectangles(cells, area.layer + 2, area.colours.text))
    if rng.random() < 0.75:
        left, low = rng.uniform(0.1, 0.5), rng.uniform(0.05, 0.3)
        made += _chart(rng, sub_box(inner, left, low, left + 0.48, low + 0.55), area.layer + 3)
    return made


def _chart(rng: np.random.Generator, box: Box, layer: int) -> list[Shape]:
    """Columns on white."""
    count, groups = int(rng.integers(4, 10)), int(rng.integers(1, 4))
    hues = np.array([sample_colour(rng, (0.5, 0.95), (0.3, 0.8)) for _ in range(groups)])
    high, step = rng.uniform(0.1, 0.85, (count, groups)), 0.9 / count
    columns = [
        sub_box(box, x, 0.08, x + 0.7 * step / groups, 0.08 + high[c, g])
        for c in range(count)
        for g in range(groups)
        for x in [0.06 + c * step + g * 0.75 * step / groups]
    ]
    return [
        rectangle(box, layer, (0.8, 0.8, 0.8)),
        rectangle(sub_box(box, 0.01, 0.01, 0.99, 0.99), layer + 1, (0.93, 0.93, 0.93)),
        rectangles(columns, layer + 2, np.tile(hues, (count, 1))),
    ]


def _web_page(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """An address, a coloured head, a large picture, columns of words with small pictures."""
    tools, hue = rng.uniform(1.8, 3.2), sample_colour(rng, (0.0, 0.9), (0.05, 0.7))
    page = (
        area.box[0],
        area.box[1],
        area.box[2],
        max(area.box[3] - tools * area.line_height, area.box[1] + area.line_height),
    )
    rim = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    page = sub_box(page, rim, 0.0, 1 - rim, 1.0)
    head = 1.0 - rng.uniform(0.05, 0.14)
    made = [*_toolbar(rng, area, tools)]
    made.append(rectangle(sub_box(page, 0.0, head, 1.0, 1.0), area.layer, hue))
    if rng.random() < 0.65:
        low = head - rng.uniform(0.25, 0.5)
        hero = sub_box(page, 0.02, low, 0.98, head - 0.02)
        made.append(rectangle(hero, area.layer, screen_pictures.sample_picture(rng), 44))
        head = low
    columns = int(rng.integers(2, 5))
    for k in range(columns):
        part = sub_box(page, k / columns + 0.02, 0.02, (k + 1) / columns - 0.02, head - 0.03)
        if rng.random() < 0.6:
            cut = rng.uniform(0.4, 0.7)
            image = sub_box(part, 0.0, cut, 1.0, 1.0)
            made.append(rectangle(image, area.layer, screen_pictures.sample_picture(rng), 14))
            part = sub_box(part, 0.0, 0.0, 1.0, cut - 0.03)
        boxes, drawn = word_boxes(rng, part, area.line_height)
        link = np.where(drawn[:, None] < 0.12, [0.05, 0.15, 0.7], area.colours.text)
        made.append(rectangles(boxes, area.layer, link))
    return made


def _video_player(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """A picture between black bands, with the player's line below."""
    band, at = rng.uniform(0.0, 0.14), rng.uniform(0.1, 0.9)
    frame = sub_box(area.box, 0.0, band, 1.0, 1.0 - band)
    return [
        rectangle(area.box, area.layer, (0.004, 0.004, 0.004)),
        rectangle(frame, area.layer + 1, screen_pictures.sample_picture(rng), 72),
        rectangle(sub_box(area.box, 0.03, 0.05, 0.97, 0.062), area.layer + 2, (0.35, 0.35, 0.35)),
        rectangle(sub_box(area.box, 0.03, 0.05, at, 0.062), area.layer + 3, (0.8, 0.03, 0.03)),
    ]


def _gallery(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Pictures in rows: an album, or people talking."""
    columns, rows = int(rng.integers(2, 6)), int(rng.integers(2, 4))
    talk = rng.random() < 0.4
    made = [
        rectangle(
            area.box, area.layer, srgb_to_linear(("16181a", "f2f2f2", "3a3d42")[rng.integers(3)])
        )
    ]
    for c in range(columns):
        for r in range(rows):
            cell = (c / columns, r / rows, (c + 1) / columns, (r + 1) / rows)
            part = sub_box(sub_box(area.box, *cell), 0.04, 0.05, 0.96, 0.95)
            picture = screen_pictures.portrait(rng) if talk else screen_pictures.sample_picture(rng)
            made.append(rectangle(part, area.layer + 1, picture, 18))
    return made


def _image_editor(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """One picture over all, tools beside it or none."""
    side = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    boxes, _ = (
        word_boxes(rng, sub_box(area.box, 0.02, 0.1, side, 0.9), area.line_height)
        if side
        else ([], None)
    )
    return [
        rectangle(area.box, area.layer, scale_colour(area.colours.toolbar, 0.3)),
        rectangle(
            sub_box(area.box, side, 0.0, 1.0, 1.0),
            area.layer + 1,
            screen_pictures.sample_picture(rng),
            76,
        ),
        rectangles(boxes, area.layer + 1, (0.5, 0.5, 0.5)),
    ]


_PROGRAM_PROBABILITIES = {
    _document_page: 0.18,
    _code_editor: 0.14,
    _spreadsheet: 0.13,
    _web_page: 0.21,
    _video_player: 0.09,
    _gallery: 0.08,
    _image_editor: 0.12,
    _terminal: 0.05,
}
"""Kinds of program and how often each is met."""


def program_shapes(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """A program filling the on.box, over a sheet of the page's colour at `on.layer` - 1."""
    kind = rng.choice(len(_PROGRAM_PROBABILITIES), p=list(_PROGRAM_PROBABILITIES.values()))
    return list(_PROGRAM_PROBABILITIES)[kind](rng, area)
