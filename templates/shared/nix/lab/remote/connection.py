"""One ssh connection to another computer, which everything goes through.

It is the ssh of this computer, with the user's settings, keys and known hosts. A computer whose key
is not known is refused. What goes through the connection is on no command line.
"""

import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ..base.called import MARK
from ..base.files import holder, lock, tail
from ..base.project import Project, of_this_computer
from ..base.terminal import Problem, interactive
from ..services import sockets

ALIVE_SECONDS = 5  # three times without an answer, and the connection counts as lost
CONNECT_SECONDS = 10
LET_IN_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)  # between attempts to begin a program
FAILED = 255  # what ssh ends with when it is not the other program that failed
# The last word of the login shell of there. What comes before, from a file such as .bashrc, is not
# of the program.
BEGIN = "nix-jupyter-begin"


class Lost(Problem):
    """There is no connection, or it has ended."""


class Connection:
    """The connection of a project to a host, as ssh names it."""

    def __init__(self, project: Project, host: str) -> None:
        self.host = host
        self._project = project
        program = shutil.which("ssh", path=self._variables()["PATH"])
        if not program:
            raise Problem("ssh is not installed here.", "install OpenSSH's client")
        self._program = program

    def _variables(self) -> dict[str, str]:
        # The mark: `lab stop` ends what it stands in.
        variables = of_this_computer(self._project)
        variables.setdefault("PATH", os.defpath)
        return variables | {MARK: str(self._project.state)}

    @property
    def _control(self) -> Path:
        """The socket of the connection, in a directory that nobody else may enter."""
        return sockets.ensure(self._project) / "ssh"

    def is_up(self) -> bool:
        """Is there a connection, as far as this computer knows?"""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            return connection.connect_ex(str(self._control)) == 0

    def wait_for_end(self) -> None:
        """Return when there is no connection any more. Costs nothing meanwhile."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            if connection.connect_ex(str(self._control)) != 0:
                return
            try:
                while connection.recv(4096):
                    pass
            except OSError:
                pass  # the same, said in another way

    def connect(self, *, may_ask: bool) -> None:
        """Make the connection where there is none. Raises Lost, with ssh's own words.

        `may_ask`: whether ssh may ask for a password. It asks only where somebody can answer.
        """
        log = self._project.log("ssh")
        batch = "no" if may_ask and interactive() else "yes"
        options = {
            "BatchMode": batch,
            "ClearAllForwardings": "yes",
            "ConnectTimeout": CONNECT_SECONDS,
            "ControlMaster": "yes",
            "ControlPath": self._control,
            "ControlPersist": "no",
            "ForwardAgent": "no",
            "ForwardX11": "no",
            "LogLevel": "INFO",  # of less, there is no reason; of more, it is not the last line
            "PermitLocalCommand": "no",
            "RemoteCommand": "none",
            "ServerAliveCountMax": 3,
            "ServerAliveInterval": ALIVE_SECONDS,
            "StrictHostKeyChecking": "yes",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        own = self._project.state / "connection.lock"
        while holder(own):  # what keeps the connection: no other `lab` to wait for
            time.sleep(0.1)
        with lock(own, "connection"):
            if self.is_up():
                return
            self._control.unlink(missing_ok=True)  # of one that was killed
            # -f: it goes into the background when it has logged in. A pipe would stay open then.
            with open(log, "wb") as errors:
                done = subprocess.run(
                    [self._program, *words, "-f", "-N", "-T", "--", self.host],
                    cwd="/",
                    env=self._variables(),
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    check=False,
                )
            if done.returncode:
                raise self._unreachable(tail(log, 20))

    def _unreachable(self, said: list[str]) -> Lost:
        text = "\n".join(said)
        host, ssh = self.host, f"ssh {shlex.quote(self.host)}"
        if "HAS CHANGED" in text:
            message = f"{host} shows another key than before: it can be another computer."
            return Lost(message, f"{ssh}    (it says more), and ask who looks after {host}")
        if "Host key verification failed" in text:
            message = f"{host} is not known here: ssh has no key to compare."
            return Lost(
                message, f"{ssh}    compare the key, answer yes; then run the same command again"
            )
        reason = said[-1].strip() if said else "ssh ended without a word"
        return Lost(f"{host} cannot be reached: {reason}", ssh)

    def forward(self, ports: Iterable[int]) -> None:
        """Lead ports of this computer's 127.0.0.1 to the same ones there. Raises Problem."""
        for port in ports:
            where = f"127.0.0.1:{port}:127.0.0.1:{port}"
            done = self._ask([*self._options(), "-O", "forward", "-L", where, self.host])
            if done.returncode:
                reason = done.stderr.decode(errors="replace").strip()
                message = f"Port {port} could not be forwarded to {self.host}: {reason}"
                raise Problem(message, "lab stop")

    def command(self, *words: str, terminal: bool = False) -> list[str]:
        """What runs a program there, behind BEGIN where no terminal is. All shells read it.

        A file such as .bashrc can have gone to another directory than the home directory.
        """
        if terminal:
            return [*self._options(), "-tt", "--", self.host, f"cd; {shlex.join(words)}"]
        begun = f"cd; echo {BEGIN}; {shlex.join(words)}"
        return [*self._options(), "-q", "-T", "--", self.host, begun]

    def _options(self) -> list[str]:
        # Over the connection or not at all, whatever the user's settings say.
        options = (f"ControlPath={self._control}", "ControlMaster=no", "ProxyCommand=false")
        return [self._program, "-F", "none", *(w for each in options for w in ("-o", each))]

    def ask(self, *words: str, given: str = "") -> str:
        """Run a program there to its quick end, and give what it prints.

        Raises Lost without a connection, and Problem when the program fails or may not begin.
        """
        data = given.encode("utf-8", "surrogateescape")
        mark = f"{BEGIN}\n".encode()

        def attempt() -> subprocess.CompletedProcess[bytes] | None:
            done = self._ask(self.command(*words), data)
            return None if done.returncode == FAILED and mark not in done.stdout else done

        done = self._let_in(attempt)
        before, begun, printed = done.stdout.partition(mark)
        if done.returncode == FAILED:
            raise self.lost()
        if not begun:
            said = before.decode(errors="replace").strip() or "it did not say why"
            raise Problem(f"{self.host} runs no commands: {said}", f"ssh {shlex.quote(self.host)}")
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise Problem("\n".join(said) or f"{words[0]} failed on {self.host}.")
        return printed.decode("utf-8", "surrogateescape")

    def _ask(self, command: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        # Without a limit: when it is lost, the connection ends by itself, and this with it.
        return subprocess.run(
            command, env=self._variables(), input=given, capture_output=True, check=False
        )

    def begin(self, *words: str, errors: int | None = None) -> subprocess.Popen[bytes]:
        """Begin a program there, with a pipe at either end. Raises as `ask` does."""
        return self._let_in(lambda: self._begin(self.command(*words), errors))

    def _begin(self, command: list[str], errors: int | None) -> subprocess.Popen[bytes] | None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, env=self._variables(), stdin=pipe, stdout=pipe, stderr=errors
        )
        assert process.stdin  # pipes, as asked for
        assert process.stdout
        for printed in process.stdout:
            if printed.endswith(f"{BEGIN}\n".encode()):
                return process
        if process.wait() != FAILED:
            return process
        process.stdin.close()
        process.stdout.close()
        return None

    def close(self) -> None:
        """End the connection, if there is one."""
        self._ask([*self._options(), "-O", "exit", self.host])

    def lost(self) -> Lost:
        """What to say when an answer does not come."""
        message = f"The connection to {self.host} is lost. What runs there keeps running."
        return Lost(message, f"the same command again, once {self.host} can be reached")

    def _let_in[T](self, attempt: Callable[[], T | None]) -> T:
        """What an attempt to begin a program gives: None where ssh ends before it has begun.

        The server refuses more programs than it has room for, and for a moment longer counts one
        that has ended here. Nothing tells when it does not.
        """
        for seconds in (*LET_IN_SECONDS, 0):
            if (given := attempt()) is not None:
                return given
            if not self.is_up():
                raise self.lost()
            time.sleep(seconds)
        message = f"{self.host} lets no more commands in beside those that run"
        fix = "the same command again, once lab logs -f and lab attach have ended"
        raise Problem(f"{message} (MaxSessions in its sshd_config).", fix)
