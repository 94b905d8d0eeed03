"""Runs `lab` as a person does, in a terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from driver import Lab


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, lab: Lab, *arguments: str) -> None:
        self.text = ""
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
            os.chdir(lab.home)
            command = lab.command(*arguments)
            os.execve(command[0], command, lab.environment() | {"TERM": "xterm-256color"})

    def read(self) -> str:
        """All that it has written so far."""
        while select.select([self._descriptor], [], [], 0.02)[0]:
            try:
                part = os.read(self._descriptor, 65536)
            except OSError:
                break  # Linux says so when the other side is closed
            if not part:
                break
            self.text += part.decode("utf-8", "replace")
        return self.text

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._descriptor, text.encode())

    def close(self, again: signal.Signals | None = None) -> int:
        """Close the window, send one more signal as a shell would, and return the exit code."""
        os.close(self._descriptor)
        if again:
            os.kill(self._pid, again)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def end(self) -> int:
        """Read until it has ended, and return its exit code."""
        deadline = time.monotonic() + 180
        while True:
            self.read()
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self.read()
                os.close(self._descriptor)
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, self.text
