"""Programs on screens: documents, code, tables, web pages, films, galleries, terminals.

Each is a list of rectangles filling a `ProgramArea`; lengths are in metres.
"""

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
    """Colours of a system's windows; `taskbar_on_top` puts the taskbar at the upper edge."""

    taskbar: Colour
    title: Colour
    page: Colour
    toolbar: Colour
    text: Colour
    taskbar_on_top: bool


@dataclass(frozen=True)
class ProgramArea:
    """The area of a program: its box, the height of a line of text, and the lowest free layer."""

    box: Box
    line_height: float
    layer: int
    colours: WindowColours


def _toolbar(rng: np.random.Generator, area: ProgramArea, lines: float) -> list[Shape]:
    """Build a strip of buttons along the top, `lines` lines high."""
    strip = (area.box[0], area.box[3] - lines * area.line_height, area.box[2], area.box[3])
    icon_xs = np.arange(
        strip[0] + area.line_height, strip[2] - 1.5 * area.line_height, 1.7 * area.line_height
    )
    icon_xs = icon_xs[rng.random(len(icon_xs)) < 0.7]
    icon_colours = np.array([sample_colour(rng, (0.0, 0.7), (0.15, 0.7)) for _ in icon_xs]).reshape(
        -1, 3
    )
    bottom = strip[1] + 0.4 * area.line_height
    icons = [
        (x, bottom, x + area.line_height, bottom + min(1.1, lines - 0.8) * area.line_height)
        for x in icon_xs
    ]
    return [
        rectangle(strip, area.layer, area.colours.toolbar),
        rectangles(icons, area.layer + 1, icon_colours),
    ]


def _document_page(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build paper with text on it between grey margins."""
    margin = rng.uniform(0.04, 0.25)
    paper = sub_box(area.box, margin, -0.0, 1 - margin, 0.97)
    toolbar_lines = rng.uniform(1.8, 4.5)
    paper = (
        paper[0],
        paper[1],
        paper[2],
        max(paper[3] - toolbar_lines * area.line_height, paper[1] + area.line_height),
    )
    boxes, _ = word_boxes(rng, sub_box(paper, 0.1, 0.03, 0.9, 0.93), area.line_height)
    grey = scale_colour(area.colours.toolbar, rng.uniform(0.35, 0.95))
    background_parts = [
        rectangle(area.box, area.layer, grey),
        *_toolbar(rng, replace(area, layer=area.layer + 1), toolbar_lines),
    ]
    return [
        *background_parts,
        rectangle(paper, area.layer + 1, (0.9, 0.9, 0.9)),
        rectangles(boxes, area.layer + 2, (0.06,) * 3),
    ]


def _code_editor(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build colour-highlighted source code, mostly on black, next to a list of files."""
    hex_code = ("1e1e1e", "272822", "0d2a35", "101418", "f8f8f4")[rng.integers(5)]
    background = jitter_colour(rng, hex_code, 0.5)
    sidebar_share = rng.uniform(0.05, 0.25)
    text_colours = np.array(
        [sample_colour(rng, (0.3, 0.75), (0.4, 0.85)) for _ in range(4)] + [(0.6,) * 3]
    )
    if hex_code == "f8f8f4":
        text_colours *= 0.35
    boxes, random_numbers = word_boxes(
        rng,
        sub_box(area.box, sidebar_share + 0.06, 0.02, 0.98, 0.98),
        area.line_height,
        indented=True,
    )
    line_number_ys = np.arange(
        area.box[1] + area.line_height,
        area.box[3] - 0.5 * area.line_height,
        1.05 * area.line_height,
    )
    x = sub_box(area.box, sidebar_share + 0.015, 0, 1, 1)[0]
    file_boxes, _ = word_boxes(
        rng, sub_box(area.box, 0.02, 0.1, sidebar_share, 0.96), area.line_height, indented=True
    )
    return [
        rectangle(area.box, area.layer, background),
        rectangle(
            sub_box(area.box, 0, 0, sidebar_share, 1), area.layer + 1, scale_colour(background, 1.8)
        ),
        rectangles(boxes, area.layer + 1, text_colours[(random_numbers * 5).astype(int)]),
        rectangles(
            [
                (x, y, x + 0.8 * area.line_height, y + 0.5 * area.line_height)
                for y in line_number_ys
            ],
            area.layer + 1,
            (0.2, 0.2, 0.22),
        ),
        rectangles(file_boxes, area.layer + 2, (0.4, 0.4, 0.42)),
    ]


def _terminal(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build text of one colour on black or blue."""
    background, text_colour = (("050505", "c8c8c8"), ("050805", "40e060"), ("0a1a9a", "e8e8f0"))[
        rng.integers(3)
    ]
    boxes, _ = word_boxes(
        rng, sub_box(area.box, 0.03, rng.uniform(0.05, 0.5), 0.97, 0.97), area.line_height, True
    )
    return [
        rectangle(area.box, area.layer, srgb_to_linear(background)),
        rectangles(boxes, area.layer + 1, srgb_to_linear(text_colour)),
    ]


def _spreadsheet(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build cells, some of them filled, and in most cases a chart over them."""
    toolbar_lines = rng.uniform(1.8, 4.0)
    inner = (
        area.box[0],
        area.box[1],
        area.box[2],
        max(area.box[3] - toolbar_lines * area.line_height, area.box[1] + area.line_height),
    )
    row_height = 1.5 * area.line_height
    column_width = rng.uniform(4.0, 8.0) * area.line_height
    ys = np.arange(inner[1], inner[3], row_height)
    xs = np.arange(inner[0], inner[2], column_width)
    line_width = 0.1 * area.line_height
    parts = [*_toolbar(rng, area, toolbar_lines)]
    header_colour = sample_colour(rng, (0.3, 0.8), (0.2, 0.6))
    parts += [
        rectangle((inner[0], y, inner[2], y + line_width), area.layer, (0.45,) * 3) for y in ys
    ]
    parts += [
        rectangle((x, inner[1], x + line_width, inner[3]), area.layer + 1, (0.45,) * 3) for x in xs
    ]
    parts.append(
        rectangle(
            (inner[0], inner[3] - row_height, inner[2], inner[3]), area.layer + 2, header_colour
        )
    )
    corners = [(x, y) for x in xs[:-1] for y in ys[:-1] if rng.random() < 0.7]
    cells = [
        (
            x + 0.4 * area.line_height,
            y + 0.45 * area.line_height,
            x + rng.uniform(0.3, 0.85) * column_width,
            y + area.line_height,
        )
        for x, y in corners
    ]
    parts.append(rectangles(cells, area.layer + 2, area.colours.text))
    if rng.random() < 0.75:
        left = rng.uniform(0.1, 0.5)
        bottom = rng.uniform(0.05, 0.3)
        parts += _chart(
            rng, sub_box(inner, left, bottom, left + 0.48, bottom + 0.55), area.layer + 3
        )
    return parts


def _chart(rng: np.random.Generator, box: Box, layer: int) -> list[Shape]:
    """Build a column chart on white."""
    count = int(rng.integers(4, 10))
    groups = int(rng.integers(1, 4))
    group_colours = np.array([sample_colour(rng, (0.5, 0.95), (0.3, 0.8)) for _ in range(groups)])
    heights = rng.uniform(0.1, 0.85, (count, groups))
    step = 0.9 / count
    columns = [
        sub_box(box, x, 0.08, x + 0.7 * step / groups, 0.08 + heights[column, group])
        for column in range(count)
        for group in range(groups)
        for x in [0.06 + column * step + group * 0.75 * step / groups]
    ]
    return [
        rectangle(box, layer, (0.8, 0.8, 0.8)),
        rectangle(sub_box(box, 0.01, 0.01, 0.99, 0.99), layer + 1, (0.93, 0.93, 0.93)),
        rectangles(columns, layer + 2, np.tile(group_colours, (count, 1))),
    ]


def _web_page(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build a web page: a coloured header, a large picture, columns of text with small pictures."""
    toolbar_lines = rng.uniform(1.8, 3.2)
    header_colour = sample_colour(rng, (0.0, 0.9), (0.05, 0.7))
    page = (
        area.box[0],
        area.box[1],
        area.box[2],
        max(area.box[3] - toolbar_lines * area.line_height, area.box[1] + area.line_height),
    )
    margin = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    page = sub_box(page, margin, 0.0, 1 - margin, 1.0)
    header_bottom = 1.0 - rng.uniform(0.05, 0.14)
    parts = [*_toolbar(rng, area, toolbar_lines)]
    parts.append(rectangle(sub_box(page, 0.0, header_bottom, 1.0, 1.0), area.layer, header_colour))
    if rng.random() < 0.65:
        hero_bottom = header_bottom - rng.uniform(0.25, 0.5)
        hero_box = sub_box(page, 0.02, hero_bottom, 0.98, header_bottom - 0.02)
        parts.append(rectangle(hero_box, area.layer, screen_pictures.sample_picture(rng), 44))
        header_bottom = hero_bottom
    columns = int(rng.integers(2, 5))
    for k in range(columns):
        column_box = sub_box(
            page, k / columns + 0.02, 0.02, (k + 1) / columns - 0.02, header_bottom - 0.03
        )
        if rng.random() < 0.6:
            image_bottom = rng.uniform(0.4, 0.7)
            image = sub_box(column_box, 0.0, image_bottom, 1.0, 1.0)
            parts.append(rectangle(image, area.layer, screen_pictures.sample_picture(rng), 14))
            column_box = sub_box(column_box, 0.0, 0.0, 1.0, image_bottom - 0.03)
        boxes, random_numbers = word_boxes(rng, column_box, area.line_height)
        text_colours = np.where(
            random_numbers[:, None] < 0.12, [0.05, 0.15, 0.7], area.colours.text
        )
        parts.append(rectangles(boxes, area.layer, text_colours))
    return parts


def _video_player(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build a picture between black bands, with the player's progress bar below."""
    band_share = rng.uniform(0.0, 0.14)
    progress = rng.uniform(0.1, 0.9)
    frame = sub_box(area.box, 0.0, band_share, 1.0, 1.0 - band_share)
    return [
        rectangle(area.box, area.layer, (0.004, 0.004, 0.004)),
        rectangle(frame, area.layer + 1, screen_pictures.sample_picture(rng), 72),
        rectangle(sub_box(area.box, 0.03, 0.05, 0.97, 0.062), area.layer + 2, (0.35, 0.35, 0.35)),
        rectangle(
            sub_box(area.box, 0.03, 0.05, progress, 0.062), area.layer + 3, (0.8, 0.03, 0.03)
        ),
    ]


def _gallery(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build pictures in rows: an album, or a video call."""
    columns = int(rng.integers(2, 6))
    rows = int(rng.integers(2, 4))
    is_video_call = rng.random() < 0.4
    parts = [
        rectangle(
            area.box, area.layer, srgb_to_linear(("16181a", "f2f2f2", "3a3d42")[rng.integers(3)])
        )
    ]
    for column in range(columns):
        for row in range(rows):
            cell = (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
            part = sub_box(sub_box(area.box, *cell), 0.04, 0.05, 0.96, 0.95)
            picture = (
                screen_pictures.portrait(rng)
                if is_video_call
                else screen_pictures.sample_picture(rng)
            )
            parts.append(rectangle(part, area.layer + 1, picture, 18))
    return parts


def _image_editor(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build one large picture, with tools next to it or none."""
    sidebar_share = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    boxes, _ = (
        word_boxes(rng, sub_box(area.box, 0.02, 0.1, sidebar_share, 0.9), area.line_height)
        if sidebar_share
        else ([], None)
    )
    return [
        rectangle(area.box, area.layer, scale_colour(area.colours.toolbar, 0.3)),
        rectangle(
            sub_box(area.box, sidebar_share, 0.0, 1.0, 1.0),
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
"""Makers of programs and their probabilities."""


def program_shapes(rng: np.random.Generator, area: ProgramArea) -> list[Shape]:
    """Build a random program filling `area.box`, on a sheet of the page's colour just below it."""
    kind = rng.choice(len(_PROGRAM_PROBABILITIES), p=list(_PROGRAM_PROBABILITIES.values()))
    return list(_PROGRAM_PROBABILITIES)[kind](rng, area)
