"""What git calls for notebooks. Python 3.8 is enough, and nothing but its standard library is needed."""

import json
import re
import subprocess
import sys


def main(command, *arguments):
    if command == "filter":
        run_filter()
    elif command == "text":
        with open(arguments[0], "rb") as file:
            sys.stdout.buffer.write(text(file.read()))
    else:
        from merge import merge_files

        sys.exit(merge_files(*arguments))


# A notebook without what running it has left: outputs, counts, times.

# What JupyterLab and its extensions note on a cell when it runs, or when its output is folded.
LEFT_BY_RUNNING = ("ExecuteTime", "collapsed", "execution", "scrolled")


def clean(data):
    """Takes a notebook's bytes and gives those that git is to keep.

    What is no notebook comes back as it is, such as one with conflict markers: git must be able to keep it. So does a
    notebook that is clean already, byte for byte.
    """
    try:
        notebook = json.loads(data)
        changed = clean_notebook(notebook)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return data
    return dump(notebook, data) if changed else data


def clean_notebook(notebook):
    """Takes outputs out of a notebook that was read from JSON; returns whether there was anything.

    What is not as the format has it, such as tags that are null, does not keep the outputs of the other cells.
    """
    sheets = [notebook, *objects(notebook.get("worksheets"))]
    if not any("cells" in sheet for sheet in sheets):
        raise ValueError("no notebook")
    changed = mapping(notebook.get("metadata")).pop("widgets", None) is not None
    for sheet in sheets:
        for cell in objects(sheet.get("cells")):
            changed |= clean_cell(cell)
    return changed


def clean_cell(cell):
    metadata = mapping(cell.get("metadata"))
    tags = metadata.get("tags")
    keep = metadata.get("keep_output") or (isinstance(tags, list) and "keep_output" in tags)
    before = json.dumps(cell)
    for name in LEFT_BY_RUNNING:
        metadata.pop(name, None)
    if "execution_count" in cell:
        cell["execution_count"] = None
    cell.pop("prompt_number", None)
    if cell.get("outputs") and not keep:
        cell["outputs"] = []
    for output in objects(cell.get("outputs")):
        if "execution_count" in output:
            output["execution_count"] = None
    return json.dumps(cell) != before


def mapping(value):
    return value if isinstance(value, dict) else {}


def objects(value):
    """Those members of a list that are objects; none where it is no list."""
    return (
        [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []
    )


def dump(notebook, like):
    """Writes a notebook as Jupyter does, but with the indentation of other bytes, and their order of keys."""
    second = like.split(b"\n", 2)[1:2]
    indent = len(second[0]) - len(second[0].lstrip(b" ")) if second else 0
    try:
        text = json.dumps(notebook, ensure_ascii=False, indent=indent or 1).encode()
    except UnicodeEncodeError:
        text = json.dumps(notebook, indent=indent or 1).encode()
    return text + b"\n"


# A notebook as text, for `git diff`: a header for each cell, then what is written in it.


def text(data):
    """Takes a notebook's bytes and gives lines to read; what is no notebook comes back as it is.

    All that git keeps of the notebook is in it, so that no change is hidden.
    """
    try:
        notebook = json.loads(data)
        clean_notebook(notebook)
        cells = notebook.pop("cells")
        blocks = [block(cell) for cell in cells]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return data
    return ("\n\n".join([*blocks, f"# notebook {compact(notebook)}"]) + "\n").encode(
        errors="replace"
    )


def block(cell):
    rest = {
        key: value
        for key, value in cell.items()
        if key not in ("cell_type", "source") and value not in ({}, [], None)
    }
    head = f"# %% {cell['cell_type']} {compact(rest) if rest else ''}".rstrip()
    return f"{head}\n{source_of(cell)}"


def source_of(cell):
    """What is written in a cell; a notebook keeps it as a text, or as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def compact(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


# The long-running filter of git (gitattributes, "Long Running Filter Process"): one process for all files of a command.

MAX_PACKET = 65516


def run_filter():
    """Talks to git until git closes the pipe."""
    expect(packets(), b"git-filter-client")
    write_text("git-filter-server", "version=2")
    packets()
    write_text("capability=clean", "capability=smudge")
    while request := packets():
        content = b"".join(packets())
        # What git keeps is what a working copy gets: outputs cannot come back.
        result = kept(content, request) if b"command=clean\n" in request else content
        write_text("status=success")
        for start in range(0, len(result), MAX_PACKET):
            write(result[start : start + MAX_PACKET])
        flush()
        flush()


def kept(content, request):
    """What git is to keep of a notebook.

    A notebook that was committed with outputs, by somebody without this filter, and was not edited since is no change: git
    would otherwise refuse each `git pull` that has a new version of it, and a stash would not help.
    """
    cleaned = clean(content)
    path = next(line[len(b"pathname=") : -1] for line in request if line.startswith(b"pathname="))
    if cleaned == content:
        tell_of_outputs(content, path)
        return content
    # 0: as it is staged; none where it is new, or has a conflict.
    command = [b"git", b"cat-file", b"blob", b":0:" + path]
    staged = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout
    return staged if staged != cleaned and clean(staged) == cleaned else cleaned


SOME_OUTPUTS = re.compile(rb'"outputs"\s*:\s*\[\s*[^\s\]]')


def tell_of_outputs(content, path):
    """A notebook that is damaged is kept as it is, but not without a word, where its outputs go into git with it."""
    if not SOME_OUTPUTS.search(content):
        return
    try:
        json.loads(content)
    except (ValueError, RecursionError) as error:
        print(
            f"{path.decode(errors='replace')} goes into git with its outputs, since it cannot be read: {error}\n"
            "  Next: correct the file, then git add it again",
            file=sys.stderr,
            flush=True,
        )


def expect(lines, first):
    if not lines or lines[0].strip() != first:
        raise SystemExit("This program is called by git, as a filter.")


def packets():
    """The packets up to the next empty one; none at the end of the input."""
    found = []
    while True:
        size = sys.stdin.buffer.read(4)
        if len(size) < 4 or int(size, 16) == 0:
            return found
        found.append(sys.stdin.buffer.read(int(size, 16) - 4))


def write(data):
    sys.stdout.buffer.write(b"%04x" % (len(data) + 4) + data)


def write_text(*lines):
    for line in lines:
        write(line.encode() + b"\n")
    flush()


def flush():
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
