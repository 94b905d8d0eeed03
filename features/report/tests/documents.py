"""What is in a page and in a PDF, read by other programs than those that wrote them."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import programs


class Page(HTMLParser):
    """What a page shows, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        of = dict(attributes)
        if tag != "a":
            self.loads += filter(None, (of.get("src"), of.get("href")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


READ_BACK = """
import json, sys, pypdf
pages = pypdf.PdfReader(sys.argv[1]).pages
pictures = [name for page in pages for name in page["/Resources"].get("/XObject", {})]
print(json.dumps({"text": " ".join(page.extract_text() for page in pages), "pictures": pictures}))
"""


def read_back(pdf: Path) -> dict:
    """What is in a PDF, as another program than the one that wrote it sees it."""
    read = subprocess.run(
        [sys.executable, "-c", READ_BACK, pdf],
        env={"PYTHONPATH": str(programs.packages())},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(read.stdout)


def text_of(pdf: Path) -> str:
    return read_back(pdf)["text"]
