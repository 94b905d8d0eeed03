"""Merges texts line by line, as git does."""

import os
import subprocess
import tempfile


def merge_lines(base, ours, theirs, size):
    """The merged text, and whether there are conflict markers of this length in it."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs)):
            # A last line without an end would differ from the same line with another one behind it.
            with open(file, "w", encoding="utf-8", errors="surrogatepass", newline="") as opened:
                opened.write(text + "\n" if text else "")
        labels = ["-L", "ours", "-L", "base", "-L", "theirs"]
        ran = subprocess.run(
            ["git", "merge-file", "-p", "-q", f"--marker-size={size}", *labels, *files],
            check=False,
            stdout=subprocess.PIPE,
        )
    if ran.returncode > 127:
        raise ValueError("git merge-file does not work")
    text = ran.stdout.decode("utf-8", errors="surrogatepass")
    return text[:-1] if text.endswith("\n") else text, ran.returncode != 0  # noqa: FURB188 (Python 3.8)
