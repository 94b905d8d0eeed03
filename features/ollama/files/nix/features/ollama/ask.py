"""What `lab doctor` asks about Ollama. The exit code is 0 where all that is asked for is so."""

import json
import os
import re
import sys
import urllib.request

# Where the service `ollama` is reached, whatever OLLAMA_HOST says.
ADDRESS = "http://127.0.0.1:11434"


def asked(path):
    """What Ollama says; None where none answers. A proxy has no part in that."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(ADDRESS + path, timeout=2) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def silent():
    return asked("/api/version") is None


def answers():
    said = asked("/api/version")
    return isinstance(said, dict) and "version" in said


def elsewhere():
    """Whether the command `ollama` talks to another Ollama. 0.0.0.0 is where one listens; commands then use this computer."""
    host = os.environ.get("OLLAMA_HOST", "").strip(" \"'")
    return not re.fullmatch(r"(http://)?(127\.0\.0\.1|localhost|0\.0\.0\.0)?(:11434)?/?", host)


def here():
    return not elsewhere()


def models():
    said = asked("/api/tags")
    # What cannot be told is no reason for an alarm.
    return not isinstance(said, dict) or said.get("models") not in ([], None)


QUESTIONS = {each.__name__: each for each in (silent, answers, elsewhere, here, models)}

if __name__ == "__main__":
    sys.exit(not all(QUESTIONS[name]() for name in sys.argv[1:]))
