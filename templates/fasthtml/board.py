"""The board's data: one small database, outside the project, for server.py and the notebook alike."""

from dataclasses import dataclass

from fastlite import NotFoundError, database

from webapp import STATE


@dataclass
class Card:
    id: int
    text: str
    author: str
    done: bool


@dataclass
class Vote:
    name: str
    count: int


db = database(STATE / "board.db")
cards = db.create(Card)
votes = db.create(Vote, pk="name")


def add(text: str, author: str = "you", done: bool = False) -> None:
    """Put a card on the board. A text that already stands there is not put there twice."""
    text = " ".join(text.split())[:200]
    if text and not cards(where="text = ?", where_args=[text]):
        cards.insert(text=text, author=author, done=done)


def toggle(card_id: int) -> None:
    """Tick a card, or take the tick away. Someone else may have removed it: then nothing happens."""
    try:
        cards.update(id=card_id, done=not cards[card_id].done)
    except NotFoundError:
        pass


def remove(card_id: int) -> None:
    """Take a card off the board."""
    cards.delete_where("id = ?", [card_id])


def remove_done() -> None:
    """Take all ticked cards off the board."""
    cards.delete_where("done")


def save_votes(result: dict[str, int]) -> None:
    """Show this result beside the cards, in place of the last one."""
    with db.conn:
        votes.delete_where()
        votes.insert_all([{"name": name, "count": count} for name, count in result.items()])


if "welcome" not in db.t:
    # Only once: whoever clears the board does not want these back.
    db.t.welcome.create({"shown": bool})
    add("Scaffold a project", author="lab", done=True)
    add("Run the notebook notebooks/start.ipynb and watch this page", author="lab")
    add("Add a package: type lab add NAME in a terminal of JupyterLab", author="lab")
