"""JupyterLab offers the formats that can be made with the programs on PATH, and no others (A6)."""

from pathlib import Path

import pytest

from driver import ENVIRONMENT, Lab, get

pytestmark = pytest.mark.jupyterlab


def formats(lab: Lab) -> set[str]:
    status, body = get(lab.port(), "/api/nbconvert", lab.token())
    assert status == 200
    return set(body)


def offer(directory: Path, *programs: str) -> dict[str, str]:
    """A PATH that has these programs, too."""
    directory.mkdir()
    for name in programs:
        (directory / name).write_text("#!/bin/sh\n")
        (directory / name).chmod(0o755)
    return {"PATH": f"{directory}:{ENVIRONMENT / 'bin'}:/usr/bin:/bin"}


def test_pandoc_brings_its_formats_and_a_browser_is_never_used(lab: Lab) -> None:
    lab.extra = offer(lab.home / "tools", "pandoc")
    lab.check("start")
    offered = formats(lab)
    assert {"html", "markdown", "script", "rst", "asciidoc", "latex"} <= offered
    assert not {"webpdf", "qtpdf", "qtpng"} & offered


def test_with_tex_beside_it_there_is_pdf(lab: Lab) -> None:
    lab.extra = offer(lab.home / "tools", "pandoc", "xelatex")
    lab.check("start")
    assert "pdf" in formats(lab)
