"""Notebooks as texts, and what the filter makes of them."""

import json
import subprocess
import sys

from repositories import FEATURE

PROGRAM = [sys.executable, "-I", "-S", str(FEATURE / "notebooks")]


def notebook(*cells, **metadata):
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code(id, source, output="", **metadata):
    outputs = [{"name": "stdout", "output_type": "stream", "text": [output]}] if output else []
    run = {"execution_count": 7 if output else None, "outputs": outputs}
    return {"cell_type": "code", "id": id, "metadata": metadata, "source": [source], **run}


def text_of(content, indent=1):
    return json.dumps(content, indent=indent, ensure_ascii=False) + "\n"


def clean(text):
    def packet(*lines):
        return b"".join(b"%04x" % (len(line) + 4) + line for line in lines) + b"0000"

    hello = packet(b"git-filter-client\n", b"version=2\n") + packet(b"capability=clean\n")
    data = text.encode()
    chunks = [data[at : at + 65516] for at in range(0, len(data), 65516)]
    request = packet(b"command=clean\n", b"pathname=x.ipynb\n") + packet(*chunks)
    ran = subprocess.run(
        [*PROGRAM, "filter"], input=hello + request, capture_output=True, check=True
    )
    answer, found = ran.stdout, []
    while answer:
        size = int(answer[:4], 16) or 4
        found.append(answer[4:size])
        answer = answer[size:]
    return b"".join(found[found.index(b"status=success\n") + 1 :]).decode()


SECRET = "4711-0815"
RUN = text_of(
    notebook(
        code(
            "a", "print(secret)", SECRET, execution={"iopub.execute_input": SECRET}, scrolled=True
        ),
        {
            "cell_type": "markdown",
            "id": "b",
            "metadata": {},
            "source": ["# A täxt\n", "of two lines"],
        },
        widgets={"state": SECRET},
    )
)
