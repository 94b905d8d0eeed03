"""What git calls for notebooks. Python 3.8 is enough, and nothing but its standard library is needed."""

import sys


def main(command, *arguments):
    if command == "filter":
        from filtering import run

        run()
    elif command == "text":
        from text import text

        with open(arguments[0], "rb") as file:
            sys.stdout.buffer.write(text(file.read()))
    else:
        from merge import merge_files

        sys.exit(merge_files(*arguments))


main(*sys.argv[1:])
