"""A board that you and your notebook share. `./start` serves it beside JupyterLab.

Every click asks for a piece of HTML, and htmx puts it into the page: there is no JavaScript here.
"""

from zlib import crc32

import fasthtml.common as fh
from starlette.responses import Response

import board
from webapp import ROOT, serve, web_app

app = web_app(f"{ROOT.name} board")

SHOW = {
    "all": lambda card: True,
    "open": lambda card: not card.done,
    "done": lambda card: card.done,
}

# What an element needs so that the answer takes the place of the whole board.
SWAP = {"hx_target": "#board", "hx_swap": "outerHTML"}


def card_row(card):
    tick = fh.Input(
        type="checkbox", checked=bool(card.done), hx_post=f"/cards/{card.id}/toggle", **SWAP
    )
    cross = fh.Button(
        "×",
        aria_label=f"Remove {card.text}",
        title="Remove",
        hx_delete=f"/cards/{card.id}",
        cls="remove",
        **SWAP,
    )
    author = fh.Small(card.author, cls=f"author {card.author}")
    return fh.Li(fh.Label(tick, fh.Span(card.text)), author, cross, cls="done" if card.done else "")


def card_list(cards, show):
    done = sum(bool(card.done) for card in cards)
    filters = [
        fh.Button(
            name, hx_get=f"/board?show={name}", aria_pressed=str(name == show).lower(), **SWAP
        )
        for name in SHOW
    ]
    tidy = fh.Button("clear done", hx_delete="/cards", cls="remove", **SWAP) if done else ""
    rows = [card_row(card) for card in cards if SHOW[show](card)]
    return fh.Section(
        fh.Div(
            fh.Progress(value=done, max=len(cards) or 1),
            fh.Small(f"{done} of {len(cards)} done"),
            cls="summary",
        ),
        fh.Nav(*filters, tidy, cls="filters", aria_label="Which cards"),
        fh.Ul(*rows, cls="cards") if rows else fh.P("Nothing here.", cls="empty"),
    )


def vote_panel(votes):
    if not votes:
        body = fh.P("Nothing yet. Run ", fh.Code("notebooks/start.ipynb"), " and look again.")
    else:
        most = max(vote.count for vote in votes) or 1
        body = fh.Dl(
            *[
                part
                for vote in votes
                for part in (
                    fh.Dt(vote.name, fh.Strong(vote.count)),
                    fh.Dd(fh.Progress(value=vote.count, max=most)),
                )
            ]
        )
    return fh.Aside(fh.Article(fh.H2("From the notebook"), body))


def whole_board(session):
    """The board as HTML, and a short stamp that changes when anything on it does."""
    show = session.get("show", "all")
    cards, votes = board.cards(order_by="id DESC"), board.votes()
    stamp = f"{crc32(repr((show, cards, votes)).encode()):08x}"
    return stamp, fh.Div(
        card_list(cards, show),
        vote_panel(votes),
        id="board",
        # The notebook may change the board at any time; an unchanged one is answered with nothing.
        hx_get=f"/board?seen={stamp}",
        hx_trigger="every 2s",
        hx_swap="outerHTML",
    )


def new_card_form(**kwargs):
    field = fh.Input(
        name="text",
        placeholder="What is next?",
        aria_label="New card",
        maxlength=200,
        required=True,
        autofocus=True,
        autocomplete="off",
    )
    return fh.Form(
        fh.Fieldset(field, fh.Button("Add"), role="group"),
        id="new-card",
        hx_post="/cards",
        **SWAP,
        **kwargs,
    )


# The handlers are `async`, so that all of them use the database one after the other.


@app.get("/")
async def index(session):
    return fh.Main(
        fh.Header(
            fh.H1(ROOT.name),
            fh.P("A board that this page and your notebook share. Change it here or there."),
        ),
        new_card_form(),
        whole_board(session)[1],
        cls="container",
    )


@app.get("/board")
async def get_board(session, show: str = "", seen: str = ""):
    if show in SHOW:
        session["show"] = show
    stamp, html = whole_board(session)
    return Response(status_code=204) if stamp == seen else html


@app.post("/cards")
async def add_card(session, text: str):
    board.add(text)
    return whole_board(session)[1], new_card_form(hx_swap_oob="true")


@app.post("/cards/{card_id}/toggle")
async def toggle_card(session, card_id: int):
    board.toggle(card_id)
    return whole_board(session)[1]


@app.delete("/cards/{card_id}")
async def remove_card(session, card_id: int):
    board.remove(card_id)
    return whole_board(session)[1]


@app.delete("/cards")
async def remove_done_cards(session):
    board.remove_done()
    return whole_board(session)[1]


if __name__ == "__main__":
    serve(app)
