"""The long-running filter of git (gitattributes, "Long Running Filter Process"): one process for all files of a command."""

import sys

from clean import clean

MAX_PACKET = 65516


def run():
    """Talks to git until git closes the pipe."""
    expect(packets(), b"git-filter-client")
    write_text("git-filter-server", "version=2")
    packets()
    write_text("capability=clean", "capability=smudge")
    while request := packets():
        content = b"".join(packets())
        # What git keeps is what a working copy gets: outputs cannot come back.
        result = clean(content) if b"command=clean\n" in request else content
        write_text("status=success")
        for start in range(0, len(result), MAX_PACKET):
            write(result[start : start + MAX_PACKET])
        flush()
        flush()


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
