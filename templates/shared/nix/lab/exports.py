"""The formats that JupyterLab offers in "Save and Export Notebook As": those that it can make."""

import shutil

# What nbconvert runs for a format. Who adds it to `packages` in flake.nix gets the format too.
PROGRAMS = {
    "ASCIIDocExporter": ("pandoc",),
    "RSTExporter": ("pandoc",),
    "LatexExporter": ("pandoc",),
    "PDFExporter": ("pandoc", "xelatex"),
}
# They draw with a browser that they download themselves, or with a window on a screen.
NEVER = ("WebPDFExporter", "QtPDFExporter", "QtPNGExporter")


def settings() -> dict[str, dict[str, bool]]:
    """JupyterLab's settings that leave out what cannot be made with the programs on PATH."""
    missing = [
        exporter
        for exporter, programs in PROGRAMS.items()
        if not all(shutil.which(program) for program in programs)
    ]
    return {exporter: {"enabled": False} for exporter in (*missing, *NEVER)}
