"""`lab doctor`: why something does not work, and the one command that fixes it."""

import checks
import project as projects
from problem import here
from terminal import say


def run(options: set[str], arguments: list[str]) -> int:
    """Run all checks. The exit code is 1 when one of them has found a problem."""
    project = projects.load()
    findings = [finding for check in checks.all_checks() for finding in check(project)]
    problems = [finding for finding in findings if not finding.ok]
    if "--json" in options:
        import json

        say(json.dumps([vars(finding) for finding in findings], indent=2))
        return 1 if problems else 0
    for finding in findings:
        say(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.message}")
        if finding.fix:
            say(f"         Try: {here(finding.fix)}")
    say()
    say(f"Problems: {len(problems)}." if problems else "No problem was found.")
    return 1 if problems else 0
