"""What each start of the project's Python does first, because nix_jupyter_startup.pth asks it to."""

import os
import sys

OWN = "NIX_JUPYTER_OWN_"
GRAMMAR = "rfc3987_syntax"


def _take_settings() -> None:
    """What activate.sh has put aside for the project's own Python, so that nobody else sees it."""
    for name in [name for name in os.environ if name.startswith(OWN)]:
        os.environ.setdefault(name.removeprefix(OWN), os.environ[name])
    os.environ.pop("PYTHONNOUSERSITE", None)


def _answer_pip() -> None:
    if "pip" in " ".join(sys.orig_argv[:6]):
        import nix_jupyter_answers

        nix_jupyter_answers.to_pip()


def _postpone_grammar() -> None:
    """Load the grammar of international addresses (IRI) when one is checked.

    jsonschema loads it with itself, and so do nbformat, nbconvert, altair and others. It takes a
    second of computing, and next to nobody has such an address checked.
    """
    specs = (finder.find_spec(GRAMMAR, None) for finder in sys.meta_path)
    spec = next((spec for spec in specs if spec), None)
    if not spec:
        return
    stand_in = type(sys)(GRAMMAR)

    def load() -> object:
        if sys.modules.get(GRAMMAR) is stand_in:
            del sys.modules[GRAMMAR]
        return __import__(GRAMMAR)

    def is_valid_syntax(term: str, value: str) -> bool:
        return load().is_valid_syntax(term, value)

    def other(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(load(), name)

    stand_in.__spec__ = spec
    stand_in.is_valid_syntax = is_valid_syntax
    stand_in.__getattr__ = other
    sys.modules[GRAMMAR] = stand_in


_take_settings()
_answer_pip()
_postpone_grammar()
