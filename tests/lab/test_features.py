"""The doctor asks what a feature wants to know, and knows no feature itself."""

import json

from driver import Lab
from test_doctor import problems


def test_questions_of_features(lab: Lab) -> None:
    folder = lab.root / "nix" / "features" / "sample"
    folder.mkdir(parents=True)
    question = {
        "test": ["test", "-e", "there"],
        "good": "It is there.",
        "problem": "It is not there.",
        "fix": "touch there",
    }
    never = {**question, "when": ["false"], "problem": "This is never asked."}
    gone = {**question, "test": ["no-such-program-at-all"], "problem": "No program.", "fix": "true"}
    before = problems(lab)
    (folder / "doctor.json").write_text(json.dumps([never, question]))
    found = [each for each in problems(lab) if each not in before]
    assert [(each["name"], each["message"], each["fix"]) for each in found] == [
        ("sample", "It is not there.", "touch there")
    ]
    (lab.root / "there").touch()
    assert problems(lab) == before
    assert "ok       It is there." in lab("doctor").stdout
    (folder / "doctor.json").write_text(json.dumps([gone]))
    assert [each["message"] for each in problems(lab) if each not in before] == ["No program."]
