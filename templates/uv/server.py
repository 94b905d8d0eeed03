"""What is in this environment, and why? `./start` serves this page beside JupyterLab.

Each key that you type asks for a new table, and htmx puts it into the page: there is no JavaScript
here.
"""

from platform import python_version

import fasthtml.common as fh

from packages import LOCK, installed, read_lock
from webapp import ROOT, serve, web_app

app = web_app(f"{ROOT.name}: packages")

SHOW = {
    "all": lambda package: True,
    "asked for": lambda package: package.asked_for,
    "brought along": lambda package: not package.asked_for,
}
SORT = {
    "name": lambda package: package.name,
    "size": lambda package: -package.size,
    "needed by most": lambda package: -len(package.needed_by),
}
TITLES = ("Package", "Version", "Size", "Needed by", "Why is it here?")


def readable(size):
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.0f} kB"


def choice(name, options, chosen):
    """A row of choices, of which one is taken."""
    return fh.Fieldset(
        fh.Legend(name),
        *[
            fh.Label(fh.Input(type="radio", name=name, value=o, checked=o == chosen), fh.Span(o))
            for o in options
        ],
        cls="choice",
    )


def search_form(q, show, sort):
    search = fh.Input(
        type="search",
        name="q",
        value=q,
        placeholder="Search names and descriptions",
        aria_label="Search",
        autocomplete="off",
        autofocus=True,
    )
    return fh.Form(
        search,
        fh.Div(choice("show", SHOW, show), choice("sort", SORT, sort), cls="choices"),
        hx_get="/packages",
        hx_trigger="input delay:120ms, submit",
        hx_target="#packages",
        hx_swap="outerHTML",
    )


def reason(package):
    if not package.why:
        return fh.Small("not in uv.lock")
    if package.asked_for:
        return fh.Small("you asked for it", cls="asked")
    steps = [fh.A(name, href=f"/?q={name}") for name in package.why[:-1]]
    return fh.Small(*[part for step in steps for part in (step, " › ")], package.name)


def package_row(package, largest):
    stale = package.locked and package.locked != package.version
    return fh.Tr(
        fh.Th(package.name, fh.Small(package.summary), scope="row"),
        fh.Td(
            package.version,
            fh.Small(f"lock: {package.locked}", cls="stale") if stale else "",
            data_title=TITLES[1],
        ),
        fh.Td(
            readable(package.size),
            fh.Progress(value=package.size, max=largest, aria_hidden="true"),
            data_title=TITLES[2],
        ),
        fh.Td(len(package.needed_by) or "", data_title=TITLES[3]),
        fh.Td(reason(package), data_title=TITLES[4]),
    )


def package_table(q, show, sort):
    everything = installed()
    words = q.lower().split()
    found = [
        package
        for package in everything
        if SHOW[show](package)
        and all(word in f"{package.name} {package.summary}".lower() for word in words)
    ]
    largest = max(package.size for package in everything)
    rows = [package_row(package, largest) for package in sorted(found, key=SORT[sort])]
    shown = f"{len(found)} of {len(everything)}" if len(found) < len(everything) else len(found)
    count = f"{shown} packages, {readable(sum(package.size for package in found))}"
    if not rows:
        result = fh.P("Nothing found. To add a package: ", fh.Code("uv add NAME"))
    else:
        head = fh.Thead(fh.Tr(*[fh.Th(title, scope="col") for title in TITLES]))
        result = fh.Table(head, fh.Tbody(*rows))
    return fh.Section(fh.P(count, role="status"), result, id="packages")


def lock_line():
    """One sentence about how environment and lock agree."""
    if not LOCK.exists():
        return fh.P("There is no uv.lock yet. Type: ", fh.Code("lab sync"))
    if differing := [p.name for p in installed() if p.locked and p.locked != p.version]:
        return fh.P(f"Not as in uv.lock: {', '.join(differing)}. Type: ", fh.Code("lab sync"))
    pinned = sum("registry" in package["source"] for package in read_lock().values())
    here = sum(bool(package.locked) for package in installed())
    return fh.P(
        f"Python {python_version()}. uv.lock pins {pinned} packages for all systems; "
        f"this one needs {here} of them."
    )


def chosen(q, show, sort):
    """What was asked for, with the first choice in place of an unknown one."""
    return q[:100], show if show in SHOW else "all", sort if sort in SORT else "name"


@app.get("/")
def index(q: str = "", show: str = "all", sort: str = "name"):
    wanted = chosen(q, show, sort)
    return fh.Main(
        fh.Header(fh.H1("What is in ", fh.Em(ROOT.name), "?"), lock_line()),
        search_form(*wanted),
        package_table(*wanted),
        cls="container",
    )


@app.get("/packages")
def get_packages(q: str = "", show: str = "all", sort: str = "name"):
    return package_table(*chosen(q, show, sort))


if __name__ == "__main__":
    serve(app)
