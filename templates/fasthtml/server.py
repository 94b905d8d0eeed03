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


# After a swap htmx gives the focus back to the element of the same id; `focus` is that of another
# one, for when the element is gone.


def card_row(card, focus):
    tick = fh.Input(
        type="checkbox",
        checked=bool(card.done),
        id=f"tick-{card.id}",
        autofocus=focus == f"tick-{card.id}",
        hx_post=f"/cards/{card.id}/toggle",
        **SWAP,
    )
    cross = fh.Button(
        "×",
        aria_label=f"Remove {card.text}",
        title="Remove",
        id=f"remove-{card.id}",
        autofocus=focus == f"remove-{card.id}",
        hx_delete=f"/cards/{card.id}",
        cls="remove",
        **SWAP,
    )
    author = fh.Small(card.author, cls=f"author {card.author}")
    return fh.Li(fh.Label(tick, fh.Span(card.text)), author, cross, cls="done" if card.done else "")


def card_list(cards, show, focus):
    done = sum(bool(card.done) for card in cards)
    filters = [
        fh.Button(
            name,
            id=f"show-{name}",
            autofocus=focus == f"show-{name}",
            hx_get=f"/board?show={name}",
            aria_pressed=str(name == show).lower(),
            **SWAP,
        )
        for name in SHOW
    ]
    tidy = (
        fh.Button("clear done", id="clear-done", hx_delete="/cards", cls="remove", **SWAP)
        if done
        else ""
    )
    rows = [card_row(card, focus) for card in cards if SHOW[show](card)]
    return fh.Section(
        fh.Div(
            fh.Progress(value=done, max=len(cards) or 1, aria_label="Done"),
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
                    fh.Dd(fh.Progress(value=vote.count, max=most, aria_label=vote.name)),
                )
            ]
        )
    return fh.Aside(fh.Article(fh.H2("From the notebook"), body))


def whole_board(session, focus=""):
    """The board as HTML, and a short stamp that changes when anything on it does."""
    show = session.get("show", "all")
    cards, votes = board.cards(order_by="id DESC"), board.votes()
    stamp = f"{crc32(repr((show, cards, votes)).encode()):08x}"
    return stamp, fh.Div(
        card_list(cards, show, focus),
        vote_panel(votes),
        id="board",
        # The notebook may change the board at any time; an unchanged one is answered with nothing.
        hx_get=f"/board?seen={stamp}",
        hx_trigger="every 2s",
        hx_swap="outerHTML",
    )


def change_card(session, card_id, change, button):
    """Change a card; the board that comes back has the focus there, or on the card in its place."""

    def shown():
        cards = filter(SHOW[session.get("show", "all")], board.cards(order_by="id DESC"))
        return [card.id for card in cards]

    before = shown()
    change(card_id)
    after = shown()
    if card_id in before and card_id not in after:
        place = min(before.index(card_id), len(after) - 1)
        focus = f"{button}-{after[place]}" if after else f"show-{session.get('show', 'all')}"
        return whole_board(session, focus)[1]
    return whole_board(session)[1]


def new_card_form(**kwargs):
    field = fh.Input(
        name="text",
        id="text",
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
            fh.Noscript("It needs JavaScript."),
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
    return change_card(session, card_id, board.toggle, "tick")


@app.delete("/cards/{card_id}")
async def remove_card(session, card_id: int):
    return change_card(session, card_id, board.remove, "remove")


@app.delete("/cards")
async def remove_done_cards(session):
    board.remove_done()
    return whole_board(session, f"show-{session.get('show', 'all')}")[1]


if __name__ == "__main__":
    serve(app)
