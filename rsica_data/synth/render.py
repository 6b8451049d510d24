"""A scene at one date as an aerial photograph: textures, roofs, shadows, crowns, and what is not change.

Nuisance (season, light, shadow direction, haze, sub-pixel shift, noise) is drawn for each date apart and never touches
the label maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.synth.drawn_labels import Date, polygon, stands
from rsica_data.synth.drawn_scene import BARE, Building, Rect, Road, Scene, corners

Canvas = NDArray[np.float32]

_ROOFS = (
    (176, 88, 66), (196, 112, 84), (142, 74, 62), (158, 152, 148), (122, 124, 130),
    (206, 200, 190), (96, 100, 110), (170, 140, 110), (220, 216, 210), (134, 110, 92),
)  # fmt: skip
_GRASS = ((112, 128, 78), (126, 136, 86), (98, 118, 70), (138, 140, 96))
_FIELD = ((150, 146, 92), (168, 152, 102), (120, 138, 78), (184, 168, 120))
_SOIL = ((186, 164, 132), (172, 148, 118), (200, 182, 152), (160, 142, 120))
_WORKS = ((168, 164, 158), (152, 150, 148), (182, 176, 164))
_CROWN = ((58, 84, 48), (70, 96, 54), (50, 74, 46), (84, 104, 60))
_WATER = (56, 82, 92)
_ASPHALT = (118, 118, 122)


@dataclass(frozen=True)
class Weather:
    """Light and air of one date, all of it nuisance.

    Attributes:
        sun: direction in which shadows fall, radians.
        shadow: length of a shadow per height.
        season: -1 (dry) to 1 (lush).
        gain, offset: per channel.
        haze: 0 to 0.3.
        shift: sub-pixel misregistration (dx, dy) in pixels.
        noise: standard deviation in grey levels.
    """

    sun: float
    shadow: float
    season: float
    gain: tuple[float, float, float]
    offset: tuple[float, float, float]
    haze: float
    shift: tuple[float, float]
    noise: float


def make_weather(rng: np.random.Generator, misregistered: bool) -> Weather:
    """Random light and air."""
    shift = rng.uniform(-0.8, 0.8, 2) if misregistered else np.zeros(2)
    tint, level = rng.uniform(0.97, 1.03, 3), rng.uniform(0.9, 1.08)
    red, green, blue = (float(level * value) for value in tint)
    o = rng.uniform(-5, 5, 3)
    return Weather(
        sun=float(rng.uniform(0, 2 * np.pi)),
        shadow=float(rng.uniform(0.5, 1.3)),
        season=float(rng.uniform(-1, 1)),
        gain=(red, green, blue),
        offset=(float(o[0]), float(o[1]), float(o[2])),
        haze=float(max(0.0, rng.uniform(-0.25, 0.22))),
        shift=(float(shift[0]), float(shift[1])),
        noise=float(rng.uniform(1.5, 4.0)),
    )


def noise_field(rng: np.random.Generator, size: int, cell: int) -> Canvas:
    """Smooth noise in -1..1, ``[size, size]``, with features of about ``cell`` pixels."""
    few = rng.standard_normal((size // cell + 3, size // cell + 3)).astype(np.float32)
    big = cv2.resize(few, (size + 2 * cell, size + 2 * cell), interpolation=cv2.INTER_CUBIC)
    return np.asarray(big[cell : cell + size, cell : cell + size], np.float32)


def ground_texture(rng: np.random.Generator, size: int) -> Canvas:
    """The ground's own pattern, the same at both dates, about -1..1."""
    return np.asarray(
        0.45 * noise_field(rng, size, 40) + 0.3 * noise_field(rng, size, 11) + 0.35 * noise_field(rng, size, 3),
        np.float32,
    )


def render(scene: Scene, date: Date, weather: Weather, texture: Canvas, rng: np.random.Generator) -> NDArray[np.uint8]:
    """RGB pixels ``[size, size, 3]`` uint8 of a scene at a date."""
    image = np.zeros((scene.size, scene.size, 3), np.float32)
    _ground(image, scene, date, weather, texture)
    _water(image, scene, date, texture)
    _roads(image, scene, date, texture)
    _shadows(image, scene, date, weather)
    _crowns(image, scene, date, weather)
    for building in scene.buildings:
        if stands(building.when, date):
            _roof(image, scene, building, weather)
    return _expose(image, weather, rng)


def _vary(colour: tuple[int, int, int], tone: int, amount: float = 0.08) -> tuple[float, float, float]:
    """A colour a little lighter or darker, by the element's own tone."""
    scale = 1 + amount * ((tone * 7919 % 200) / 100 - 1)
    return (colour[0] * scale, colour[1] * scale, colour[2] * scale)


def _paint(image: Canvas, scene: Scene, points: np.ndarray, colour: tuple[float, float, float]) -> None:
    # Four sub-pixel bits: edges fall where they are, not on the nearest pixel.
    fixed = np.round(scene.to_image(points) * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.fillPoly(image, [fixed], colour, lineType=cv2.LINE_AA, shift=4)


def _ground(image: Canvas, scene: Scene, date: Date, weather: Weather, texture: Canvas) -> None:
    rows = np.arange(scene.size, dtype=np.float32) - scene.size / 2
    cos, sin = np.cos(scene.angle), np.sin(scene.angle)
    across = rows[None, :] * sin * -1 + rows[:, None] * cos
    for block in scene.blocks:
        palette: tuple[tuple[int, int, int], ...] = (
            _SOIL if getattr(block, date) == BARE else _FIELD if block.use == "field" else _GRASS
        )
        if block.use == "works" and getattr(block, date) == BARE:
            palette = _WORKS
        red, green, blue = _vary(palette[block.tone % len(palette)], block.tone)
        if palette in (_GRASS, _FIELD):
            red, green, blue = red - 14 * weather.season, green + 3 * weather.season, blue - 8 * weather.season
        inside = np.zeros((scene.size, scene.size), np.uint8)
        cv2.fillPoly(inside, [polygon(scene, corners(block.rect))], 1)
        where = inside.astype(bool)
        if not where.any():
            continue
        pattern = texture * (13 if palette is not _WORKS else 6)
        if block.use == "field" and palette is _FIELD:
            pattern = pattern + 9 * np.sin(across * (0.55 + block.tone % 5 * 0.09))
        for channel, value in enumerate((red, green, blue)):
            image[..., channel][where] = value + pattern[where]


def _water(image: Canvas, scene: Scene, date: Date, texture: Canvas) -> None:
    for pond in scene.ponds:
        if stands(pond.when, date):
            _paint(image, scene, pond.outline * 1.0, (_WATER[0] + 16.0, _WATER[1] + 14.0, _WATER[2] + 4.0))
            centre = pond.outline.mean(axis=0)
            _paint(image, scene, centre + (pond.outline - centre) * 0.93, (*map(float, _WATER),))  # type: ignore[arg-type]


def _roads(image: Canvas, scene: Scene, date: Date, texture: Canvas) -> None:
    standing = [road for road in scene.roads if stands(road.when, date)]
    for road in standing:
        u0, v0, u1, v1 = road.rect()
        edge = 1.6
        outer = (u0, v0 - edge, u1, v1 + edge) if road.along == "u" else (u0 - edge, v0, u1 + edge, v1)
        _paint(image, scene, corners(outer), (176.0, 170.0, 158.0))
    for road in standing:
        fresh = 12.0 if road.when == "after" else 0.0
        _paint(image, scene, corners(road.rect()), tuple(value - fresh for value in _ASPHALT))  # type: ignore[arg-type]
    for road in standing:
        if road.width < 10.5:
            continue
        for start in np.arange(road.start, road.end, 16.0):
            if _at_junction(road, float(start), standing):
                continue
            dash = (start, road.at - 0.5, start + 7, road.at + 0.5)
            rect = dash if road.along == "u" else (dash[1], dash[0], dash[3], dash[2])
            _paint(image, scene, corners(rect), (188.0, 188.0, 182.0))
    image += (texture * 4)[..., None]


def _at_junction(road: Road, start: float, standing: list[Road]) -> bool:
    crossing = (other for other in standing if other.along != road.along and other.start < road.at < other.end)
    return any(start - 3 < other.at + other.width / 2 and start + 10 > other.at - other.width / 2 for other in crossing)


def _shadows(image: Canvas, scene: Scene, date: Date, weather: Weather) -> None:
    dark = np.ones((scene.size, scene.size), np.float32)
    fall = np.array([np.cos(weather.sun), np.sin(weather.sun)]) * weather.shadow
    for building in scene.buildings:
        if stands(building.when, date):
            base = scene.to_image(corners(building.rect))
            hull = cv2.convexHull(np.concatenate([base, base + fall * building.height]).astype(np.float32))
            cv2.fillPoly(dark, [np.round(hull * 16).astype(np.int32)], 0.5, lineType=cv2.LINE_AA, shift=4)
    for tree in scene.trees:
        if stands(tree.when, date):
            x, y = scene.to_image(np.array([[tree.u, tree.v]]))[0] + fall * tree.radius * 0.8
            cv2.circle(dark, (round(x * 16), round(y * 16)), round(tree.radius * 15), 0.62, -1, cv2.LINE_AA, 4)
    image *= cv2.GaussianBlur(dark, (0, 0), 0.8)[..., None]


def _crowns(image: Canvas, scene: Scene, date: Date, weather: Weather) -> None:
    light = -np.array([np.cos(weather.sun), np.sin(weather.sun)])
    for tree in scene.trees:
        if not stands(tree.when, date):
            continue
        x, y = scene.to_image(np.array([[tree.u, tree.v]]))[0]
        red, green, blue = _vary(_CROWN[tree.tone % len(_CROWN)], tree.tone, 0.15)
        red -= 9 * weather.season
        for part, scale in ((0.0, 1.0), (0.22, 0.74), (0.42, 0.44)):
            cx, cy = x + light[0] * tree.radius * part, y + light[1] * tree.radius * part
            bright = 0.78 + 0.62 * part * 1.4
            colour = (red * bright, green * bright, blue * bright)
            cv2.circle(
                image, (round(cx * 16), round(cy * 16)), round(tree.radius * scale * 16), colour, -1, cv2.LINE_AA, 4
            )


def _roof(image: Canvas, scene: Scene, building: Building, weather: Weather) -> None:
    u0, v0, u1, v1 = building.rect
    colour = _vary(_ROOFS[building.roof % len(_ROOFS)], building.roof, 0.1)
    light = -np.array([np.cos(weather.sun - scene.angle), np.sin(weather.sun - scene.angle)])
    _paint(image, scene, corners(building.rect), tuple(value * 0.8 for value in colour))  # type: ignore[arg-type]
    inner = (u0 + 1, v0 + 1, u1 - 1, v1 - 1)
    if not building.gabled:
        _paint(image, scene, corners(inner), colour)
        size = min(u1 - u0, v1 - v0) * 0.16
        mu, mv = u0 + (u1 - u0) * 0.3, v0 + (v1 - v0) * 0.35
        _paint(image, scene, corners((mu, mv, mu + size, mv + size)), tuple(value * 0.72 for value in colour))  # type: ignore[arg-type]
        return
    wide = (u1 - u0) >= (v1 - v0)
    middle = (v0 + v1) / 2 if wide else (u0 + u1) / 2
    first = (inner[0], inner[1], inner[2], middle) if wide else (inner[0], inner[1], middle, inner[3])
    second = (inner[0], middle, inner[2], inner[3]) if wide else (middle, inner[1], inner[2], inner[3])
    lit = float(light[1] if wide else light[0])
    for rect, sign in ((first, -1.0), (second, 1.0)):
        bright = 1.0 + 0.2 * lit * sign
        _paint(image, scene, corners(rect), tuple(min(255.0, value * bright) for value in colour))  # type: ignore[arg-type]
    if building.roof % 3 == 0:
        _hips(image, scene, inner, colour, float(light[0] if wide else light[1]))


def _hips(image: Canvas, scene: Scene, rect: Rect, colour: tuple[float, float, float], lit: float) -> None:
    """Sloping ends of a hipped roof: triangles from the gable walls to the ridge."""
    u0, v0, u1, v1 = rect
    deep = min(u1 - u0, v1 - v0) / 2
    for end, sign in ((0, -1.0), (1, 1.0)):
        bright = 1.0 + 0.2 * lit * sign
        if (u1 - u0) >= (v1 - v0):
            wall, tip = (u0, u1)[end], (u0 + deep, u1 - deep)[end]
            points = np.array([(wall, v0), (wall, v1), (tip, (v0 + v1) / 2)])
        else:
            wall, tip = (v0, v1)[end], (v0 + deep, v1 - deep)[end]
            points = np.array([(u0, wall), (u1, wall), ((u0 + u1) / 2, tip)])
        _paint(image, scene, points, tuple(min(255.0, value * bright) for value in colour))  # type: ignore[arg-type]


def _expose(image: Canvas, weather: Weather, rng: np.random.Generator) -> NDArray[np.uint8]:
    size = image.shape[0]
    seen = cv2.GaussianBlur(image, (0, 0), 0.65)
    if weather.shift != (0.0, 0.0):
        move = np.array([[1, 0, weather.shift[0]], [0, 1, weather.shift[1]]], np.float32)
        seen = cv2.warpAffine(seen, move, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    seen = seen * np.array(weather.gain, np.float32) + np.array(weather.offset, np.float32)
    if weather.haze > 0:
        veil = (weather.haze * (0.7 + 0.3 * noise_field(rng, size, 90)))[..., None]
        seen = seen * (1 - veil) + 215 * veil
    seen = seen + rng.standard_normal((size, size, 1)).astype(np.float32) * weather.noise
    return np.asarray(np.clip(np.round(seen), 0, 255), np.uint8)
