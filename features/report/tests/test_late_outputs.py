"""`lab run` where outputs come faster than they can be taken in."""

import json

from scenes import Scene

FAST = "shown = display('0' * 20_000, display_id=True)\nfor n in range({n}): shown.update(str(n) * 4_000)"


def test_a_notebook_of_which_outputs_are_lost_does_not_look_whole(scene: Scene) -> None:
    last = 24_999
    scene.notebook("fast.ipynb", FAST.format(n=last + 1), "print('done')")
    done = scene("notebooks/fast.ipynb", "--json")
    made = json.loads(done.stdout)
    with open(made["files"]["notebook"]) as kept:
        outputs = json.load(kept)["cells"][0]["outputs"]
    if done.returncode == 0:
        assert "".join(outputs[0]["data"]["text/plain"])[1:6] == str(last)
    else:
        assert "outputs are lost" in made["problems"][0]
        assert "outputs are lost" in outputs[-1]["evalue"]
