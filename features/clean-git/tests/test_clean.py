"""What the filter keeps of a notebook."""

import json

import pytest
from texts import RUN, SECRET, clean, code, notebook, text_of


@pytest.mark.parametrize("indent", [1, 2, 4])
def test_what_is_clean_stays_as_it_is(indent, real_notebooks):
    text = text_of(notebook(code("a", "1 + 1")), indent)
    assert clean(text) == text
    dirty = text_of(notebook(code("a", "1 + 1", "2")), indent)
    assert clean(dirty) == text
    for real in real_notebooks[:20]:
        once = clean(real)
        assert clean(once) == once


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[1, 2]", '{"cells": 3}', '{"a": "cells"}', "<<<<<<< ours\n" + RUN]
)
def test_what_is_no_notebook_stays_as_it_is(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": {"tags": None}},
        {"metadata": {"tags": 3}},
        {"metadata": None},
        {"metadata": []},
        {"outputs": None},
        {"outputs": "none"},
        {"outputs": [None]},
        None,
        "text",
    ],
)
def test_what_is_odd_in_one_cell_keeps_the_outputs_of_no_other(odd):
    """Programs that write notebooks by themselves take the format less exactly than Jupyter does."""
    cell = {**code("a", "1"), **odd} if isinstance(odd, dict) else odd
    whole = notebook(cell, code("b", "2", SECRET))
    for text in (text_of(whole), text_of({**whole, "metadata": None, "worksheets": None})):
        assert SECRET not in clean(text)
        assert "2" in json.loads(clean(text))["cells"][1]["source"]


def test_a_cell_can_keep_its_outputs():
    tagged = notebook(code("a", "1", "kept", tags=["keep_output"]), code("b", "2", "gone"))
    cleaned = clean(text_of(tagged))
    assert ("kept" in cleaned, "gone" in cleaned) == (True, False)
    assert json.loads(cleaned)["cells"][0]["execution_count"] is None


def test_large_notebooks_and_odd_letters_come_through():
    odd = notebook(
        code(
            "a",
            "ü" * 200_000
            + " \u2028 \ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        )
    )
    text = text_of(odd)
    assert clean(text) == text
    lone = text_of(notebook(code("a", "x", "out"))).replace("x", "\\ud800")
    assert json.loads(clean(lone))["cells"][0]["source"] == ["\ud800"]
