"""The list pythonPackages in the text of flake.nix: what is put in and taken out, and what stays.

Issue 9, point 4.
"""

import json
import subprocess

import pytest

from driver import LAB, SMALL_ENVIRONMENT

EDIT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from lab.packages.flake_list import NixList, NotFound
asked = json.load(sys.stdin)
try:
    text = NixList(asked["text"]).add(asked["add"]) if asked["add"] else asked["text"]
    text = NixList(text).remove(asked["remove"])
    print(json.dumps([text, NixList(text).names]))
except NotFound:
    print(json.dumps([None, None]))
"""
EMPTY = "      pythonPackages = ps: with ps; [ ];\n"
ONE = "      pythonPackages = ps: with ps; [ numpy ];\n"
TWO = """\
      pythonPackages =
        ps: with ps; [
          numpy
          pandas
        ];
"""
COMMENTED = """\
      # pythonPackages = ps: [ old ];
      pythonPackages =
        ps: with ps; [
          numpy # arrays
          # pandas ]
          (polars.override { x = [ scipy ]; })
          /* more */ tqdm
        ]; # end
      packages = [ pkgs.pandas ];
"""


def edit(text: str, add: list[str] | None = None, remove: list[str] | None = None) -> str | None:
    """The text with names added, then others removed; None for a form that is not known."""
    command = [str(SMALL_ENVIRONMENT / "bin" / "python3"), "-I", "-c", EDIT, str(LAB.parent)]
    asked = json.dumps({"text": text, "add": add or [], "remove": remove or []})
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


@pytest.mark.parametrize(
    ("text", "names", "result"),
    [
        (EMPTY, ["numpy"], ONE),
        (ONE, ["pandas"], TWO),
        (EMPTY, ["numpy", "pandas"], TWO),
        (TWO, ["scipy"], TWO.replace("pandas\n", "pandas\n          scipy\n")),
        (
            "pythonPackages = ps: [ ps.a ];",
            ["b"],
            "pythonPackages =\n  ps: [\n    ps.a\n    ps.b\n  ];",
        ),
        (
            "pythonPackages = p: with p; [ a b c ];",
            ["d"],
            "pythonPackages = p: with p; [ a b c d ];",
        ),
        (
            "pythonPackages = p: with p; [ /* none */ ];",
            ["d"],
            "pythonPackages = p: with p; [ /* none */ d ];",
        ),
        ("pythonPackages = p: with p; [\n  a ];", ["b"], "pythonPackages = p: with p; [\n  a b ];"),
    ],
)
def test_add(text: str, names: list[str], result: str) -> None:
    assert edit(text, names) == result


@pytest.mark.parametrize("text", [EMPTY, ONE, TWO, COMMENTED])
def test_what_was_added_is_removed_again_byte_for_byte(text: str) -> None:
    assert edit(text, ["cowsay"], ["cowsay"]) == text
    assert edit(text, ["cowsay", "tqdm2"], ["tqdm2", "cowsay"]) == text


def test_comments_and_expressions_stay() -> None:
    added = edit(COMMENTED, ["cowsay"])
    assert added == COMMENTED.replace("tqdm\n", "tqdm\n          cowsay\n")
    removed = edit(COMMENTED, remove=["numpy", "pandas", "scipy", "polars", "tqdm"])
    assert removed == COMMENTED.replace("          numpy # arrays\n", "").replace(" tqdm", " ")


@pytest.mark.parametrize(
    "text",
    [
        "packages = [ ];",
        "pythonPackages = import ./list.nix;",
        "pythonPackages = ps: with ps; map f [ a ];",
        "pythonPackages = ps: with other; [ a ];",
        "a.pythonPackages = 1; # pythonPackages = ps: [ ];",
        "pythonPackages = ps: [ ps.a",
        'x = "pythonPackages = ps: [ ];";',
    ],
)
def test_a_form_that_is_not_known_is_left_alone(text: str) -> None:
    assert edit(text, ["numpy"]) is None
