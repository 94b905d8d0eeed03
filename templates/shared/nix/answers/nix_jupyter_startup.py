"""What each start of the project's Python does first, because nix_jupyter_startup.pth asks it to."""

import os
import sys

OWN = "NIX_JUPYTER_OWN_"
GRAMMAR = "rfc3987_syntax"
STORE = "/nix/store/"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"}


def _take_settings() -> None:
    """What activate.sh has put aside for the project's own Python, so that nobody else sees it."""
    for name in [name for name in os.environ if name.startswith(OWN)]:
        os.environ.setdefault(name.removeprefix(OWN), os.environ[name])
    os.environ.pop("PYTHONNOUSERSITE", None)


def _answer_pip() -> None:
    if "pip" in " ".join(sys.orig_argv[:6]):
        import nix_jupyter_answers

        nix_jupyter_answers.to_pip()


def _keep_store() -> None:
    """Refuse root what the Nix store refuses everybody else.

    Else `jupyter labextension install`, say, changes JupyterLab for all projects of this computer.
    """
    if os.geteuid() == 0 and "NIX_JUPYTER_PROJECT" in os.environ:
        sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple) -> None:
    if event in CHANGES or (event == "open" and arguments[2] & WRITING):
        for path in arguments[:2]:
            if isinstance(path, (str, bytes, os.PathLike)):
                directory, name = os.path.split(os.fsdecode(path))
                if os.path.join(os.path.realpath(directory), name).startswith(STORE):
                    raise PermissionError(13, os.strerror(13), path)


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
_keep_store()
_postpone_grammar()
