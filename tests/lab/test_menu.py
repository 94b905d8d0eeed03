"""JupyterLab's menu "Project" has an entry for each service, which opens its page (H4)."""

import stat
from typing import Any

import pytest

from driver import Lab, get, service

MENUS = "/lab/api/settings/@jupyterlab/mainmenu-extension:plugin"


def menus(lab: Lab) -> list[dict[str, Any]]:
    status, body = get(lab.port(), MENUS, lab.token())
    assert status == 200
    return body["schema"]["properties"]["menus"]["default"]


@pytest.mark.jupyterlab
def test_each_service_has_an_entry_with_its_address_and_without_any_there_is_no_menu(
    lab: Lab,
) -> None:
    lab.facts["services"]["board"] = service("exec python server.py")
    lab.write_facts()
    lab.check("start")
    [menu] = menus(lab)
    found = {item["args"]["text"]: item["args"]["url"] for item in menu["items"]}
    wanted = {f"Open {name}": lab.check("url", name).strip() for name in ("board", "server")}
    assert found == wanted

    lab.check("stop")
    lab.facts["services"] = {}
    lab.write_facts()
    lab.check("start")
    assert menus(lab) == []


def test_the_menu_is_in_a_file_that_nobody_else_reads(running: Lab) -> None:
    [file] = running.state.glob("jupyter/config/labconfig/*.json")
    assert running.secret("key") in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for path in running.root.rglob("*"):
        assert not path.is_file() or running.secret("key") not in path.read_text()
