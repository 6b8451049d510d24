"""Requests fitted to what a model takes."""

import numpy as np
import pytest

from rsica_bench.models.api import Capabilities, Request
from rsica_bench.models.fitting import GAP, compose, fit_request
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.schema import EncodedImage, Turn


def image(value, height=4, width=6):
    return EncodedImage("x.png", encode_png(np.full((height, width, 3), value, np.uint8)))


def test_side_by_side_has_a_white_gap():
    pixels = decode_rgb(compose([image(10), image(250)], "side-by-side").data)
    assert pixels.shape == (4, 6 + GAP + 6, 3)
    assert (pixels[:, :6] == 10).all() and (pixels[:, 6 : 6 + GAP] == 255).all() and (pixels[:, 6 + GAP :] == 250).all()


def test_difference_panel_is_absolute_and_does_not_wrap_around():
    for first, second in ((10, 250), (250, 10)):
        pixels = decode_rgb(compose([image(first), image(second)], "difference").data)
        assert pixels.shape == (4, 3 * 6 + 2 * GAP, 3)
        assert (pixels[:, -6:] == 240).all()


def test_the_second_image_takes_the_size_of_the_first():
    assert decode_rgb(compose([image(1), image(2, 8, 12)], "side-by-side").data).shape == (4, 12 + GAP, 3)


def test_one_image_models_get_one_image_and_it_is_told():
    request = Request("k", (image(1), image(2)), "What changed?")
    fitted, done = fit_request(request, Capabilities(images=1), "difference")
    assert len(fitted.images) == 1 and done == {"composed": "difference"}
    assert fit_request(request, Capabilities(images=2), "difference") == (request, {})
    with pytest.raises(ValueError, match="3 images"):
        fit_request(Request("k", (image(1),) * 3, ""), Capabilities(images=2), "difference")


def test_history_goes_into_the_prompt_of_models_of_one_turn():
    request = Request("k", (), "How many?", (Turn("user", "Changed?"), Turn("assistant", "Yes")))
    fitted, done = fit_request(request, Capabilities(multi_turn=False), "side-by-side")
    assert fitted.prompt == "Question: Changed?\nAnswer: Yes\nQuestion: How many?"
    assert fitted.history == () and done == {"history": "in the prompt"}
