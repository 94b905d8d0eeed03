"""Shows the notebooks of this project as web pages that can only be read.

It uses what JupyterLab brings along: tornado serves, nbconvert renders, bleach cleans. Nothing in
a notebook can run a script here: the HTML keeps the tags below and no others, and the page's
Content-Security-Policy forbids scripts as well.
"""

import asyncio
import html
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from tornado.web import HTTPError

from website import Handler, serve

NOTEBOOKS = Path(__file__).resolve().parent / "notebooks"

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<body>
<header><a href="/">Notebooks</a></header>
<main>{body}</main>
</body>
</html>
"""

STYLE = """
:root { --paper: #fff; --ink: #1f2328; --faint: #59636e; --line: #d8dde3; --soft: #f5f7f9; }
:root { --link: #1f5fc4; --text: #1f6f3b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e3e8ee; --faint: #9aa7b4; --line: #333c46; --soft: #1d232a; }
  :root { --link: #7fb0ff; --text: #7fcf98; }
}
body { background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; }
header { border-bottom: 1px solid var(--line); padding-bottom: .5rem; margin-bottom: 1.5rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
main { overflow-wrap: anywhere; } li { padding: .35rem 0; }
pre { margin: 0; font: 14px/1.5 ui-monospace, monospace; }
.highlight { background: var(--soft); border-radius: 6px; padding: .5rem .75rem; }
.wide { overflow-x: auto; border-radius: 6px; }
.output { padding: .5rem .75rem 1rem; }
img, svg { max-width: 100%; height: auto; } table { border-collapse: collapse; }
td, th { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: right; }
.k, .kn, .ow { font-weight: 600; } .s1, .s2, .sa, .sd { color: var(--text); } .c1 { color: var(--faint); }
"""

TEXT = "h1 h2 h3 h4 h5 h6 p br hr a abbr b strong i em code pre blockquote ul ol li div span img"
TABLE = "table thead tbody tr th td caption"
TAGS = {*TEXT.split(), *TABLE.split()}
ATTRIBUTES = {
    "*": ["class", "id"],
    "a": ["href", "title"],
    "img": ["src", "alt", "width", "height"],
}


@lru_cache(maxsize=64)
def render(path: Path, changed: float) -> str:
    """Return the notebook as cleaned HTML; a changed file is rendered again."""
    # Only now: they take a second to load, while JupyterLab starts beside us.
    import bleach
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    body, _ = exporter.from_filename(str(path))
    without_text = re.sub(r"<(style|script)\b.*?</\1>", "", body, flags=re.DOTALL | re.IGNORECASE)
    protocols = {"http", "https", "mailto", "data"}
    cleaned = bleach.clean(without_text, TAGS, ATTRIBUTES, protocols, strip=True)
    # What is wider than the page is scrolled, and that has to be possible without a mouse.
    wide = re.sub(r"<(pre|table)\b", r'<div class="wide" tabindex="0"><\1', cleaned)
    return re.sub(r"</(pre|table)>", r"</\1></div>", wide)


def find_notebook(name: str) -> Path:
    """Return the notebook of that name below NOTEBOOKS, or raise 404 for everything else."""
    try:
        path = (NOTEBOOKS / name).resolve(strict=True)
    except (OSError, ValueError):
        raise HTTPError(404) from None
    hidden = any(part.startswith(".") for part in Path(name).parts)
    if hidden or path.suffix != ".ipynb" or not path.is_relative_to(NOTEBOOKS):
        raise HTTPError(404)
    return path


class Page(Handler):
    def write_page(self, title: str, body: str) -> None:
        self.finish(PAGE.format(title=html.escape(title), body=body))


class Index(Page):
    def get(self) -> None:
        paths = sorted(NOTEBOOKS.rglob("*.ipynb"))
        names = [path.relative_to(NOTEBOOKS) for path in paths]
        shown = [name for name in names if not any(part.startswith(".") for part in name.parts)]
        items = "".join(
            f'<li><a href="/view/{quote(str(name))}">{html.escape(str(name))}</a></li>'
            for name in shown
        )
        empty = "<p>There is no notebook under <code>notebooks/</code> yet.</p>"
        self.write_page("Notebooks", f"<h1>Notebooks</h1><ul>{items}</ul>" if items else empty)


class View(Page):
    async def get(self, name: str) -> None:
        path = find_notebook(name)
        from nbformat import ValidationError

        loop = asyncio.get_running_loop()
        try:
            body = await loop.run_in_executor(None, render, path, path.stat().st_mtime)
        except (OSError, ValueError, ValidationError) as error:
            body = f"<p>This notebook cannot be shown: {html.escape(str(error))}</p>"
        self.write_page(path.name, body)


class Style(Page):
    def get(self) -> None:
        self.set_header("Content-Type", "text/css")
        self.finish(STYLE)


if __name__ == "__main__":
    serve([("/", Index), ("/view/(.+)", View), ("/style.css", Style)])
