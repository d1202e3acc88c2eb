"""Stands between a parent and its child, and ends the child when the parent is gone; run by path, not imported.

The parent alone holds the write end of a pipe. Its end of file says that the parent ended, however that happened
(`kill -9` too), and the child is ended. Before that, the parent may write how many seconds the child has to end.
Only the standard library's light modules are used: this process is started once for every child.

Arguments: descriptor of that pipe, descriptor to report the child's pid to, seconds to end in, then the command.
"""

import contextlib
import os
import resource
import select
import signal
import sys
import time

_CANNOT_EXECUTE = 127  # as a shell says it
_LOOK_SECONDS = 1.0  # a pipe's end of file cannot be relied on alone: a fork of the parent may hold its write end
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> None:
    """Start the child, wait for its end or for the parent's, and end the way the child did."""
    leash, report, grace = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    os.set_inheritable(leash, False)
    os.set_inheritable(report, False)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (*_STOP_SIGNALS, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)  # they only have to wake the loop
    parent = os.getppid()
    child = os.fork()
    if child == 0:
        _execute(sys.argv[4:])
    with contextlib.suppress(PermissionError, ProcessLookupError):  # done here and there: neither may come too late
        os.setpgid(child, child)
    with contextlib.suppress(BrokenPipeError):
        os.write(report, b"%d\n" % child)
    os.close(report)
    _end_like(_watch(child, leash, wake, parent, grace))


def _execute(command: list[str]) -> None:
    """Become the command, in a process group of its own, so that what it starts can be ended with it."""
    launcher = os.getppid()
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in (*_STOP_SIGNALS, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        _die_with(launcher)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]} cannot be executed: {error.strerror}\n".encode())
    os._exit(_CANNOT_EXECUTE)


def _die_with(launcher: int) -> None:
    """Let the kernel kill us when the launcher is killed; safe here, because the launcher has a single thread.

    (The signal is bound to the thread that forked; from a thread of the parent's it would come too early.)
    """
    import ctypes  # not needed elsewhere

    set_parent_death_signal = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGKILL))
    if os.getppid() != launcher:  # it ended before it was asked for
        os._exit(_CANNOT_EXECUTE)


def _watch(child: int, leash: int, wake: int, parent: int, grace: float) -> int:
    """Return the child's wait status, ending it when the parent says so or is gone."""
    kill_at: float | None = None
    heard = b""
    listening = [leash, wake]
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            _signal_group(child, signal.SIGKILL)  # what the child started and left
            return status
        now = time.monotonic()
        if kill_at is not None and now >= kill_at:
            _signal_group(child, signal.SIGKILL)
        pause = _LOOK_SECONDS if kill_at is None else min(_LOOK_SECONDS, max(0.01, kill_at - now))
        ready, _, _ = select.select(listening, [], [], pause)
        stop = os.getppid() != parent
        if wake in ready:
            stop = stop or any(number in _STOP_SIGNALS for number in os.read(wake, 512))
        if leash in ready:
            heard += (told := os.read(leash, 64))
            if not told:
                listening.remove(leash)
            if not told or heard.endswith(b"\n"):
                stop = True
                grace = _seconds(heard, grace)
        if stop and kill_at is None:
            _signal_group(child, signal.SIGTERM)
            _signal_group(child, signal.SIGCONT)  # a stopped one could not hear
            kill_at = time.monotonic() + grace


def _seconds(heard: bytes, default: float) -> float:
    try:
        return float(heard)
    except ValueError:
        return default


def _signal_group(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, number)


def _end_like(status: int) -> None:
    """End with the child's exit code, or by the signal that ended it."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the child's core dump is enough
        with contextlib.suppress(OSError, ValueError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
