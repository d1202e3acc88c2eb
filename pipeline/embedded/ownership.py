"""Exactly one process may own a folder of tables, and exactly one may have started it."""

import fcntl
from pathlib import Path
from typing import IO

ENGINE = "engine.lock"  # held by the process that has the tables open
STARTER = "starter.lock"  # held by the one that started it: where nobody has it, the engine is about to end
FOLDER_IN_USE = 75  # exit code of an engine whose folder another one owns


def own(folder: Path, lock_name: str) -> IO[str] | None:
    """Take a lock of the folder, or return None when somebody has it.

    It is held until the returned file is closed; the kernel does that when a process ends in whatever way.
    """
    lock = (folder / lock_name).open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_owned(folder: Path, lock_name: str) -> bool:
    """Look whether somebody has a lock of the folder."""
    lock = own(folder, lock_name)
    if lock is not None:
        lock.close()
    return lock is None
