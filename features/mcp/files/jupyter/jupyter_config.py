"""Documents that a browser and coding agents edit together: what JupyterLab notes about them stays out of the project."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 (Jupyter gives it to this file)

if state := os.environ.get("NIX_JUPYTER_STATE"):
    directory = Path(state, "jupyter", "data")
    c.SQLiteYStore.db_path = str(directory / "edits.db")
    c.YDocExtension.session_store_path = str(directory / "edits.json")

# Who opens a document an hour after its last edit has no need of every key that was pressed in it.
c.SQLiteYStore.squash_after_inactivity_of = 3600
