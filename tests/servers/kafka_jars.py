"""The jars of Apache Kafka: what they need, and where they are once Maven has fetched them."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

JAVA = 17
KAFKA = Path(__file__).parents[2] / "deploy" / "kafka"
POM = KAFKA / "pom.xml"
FETCH_SECONDS = 150


def java_version(said: str) -> int:
    """Return the feature release that `java -version` names, 0 where it names none.

    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('openjdk version "25" 2025-09-16')
    (17, 25)
    >>> java_version('java version "1.8.0_392"'), java_version("")
    (8, 0)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def missing() -> str:
    """Name what this machine lacks to run Apache Kafka; empty when nothing is missing."""
    java = shutil.which("java")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr if java else ""
    lacks = [] if java_version(said) >= JAVA else [f"Java {JAVA}"]
    if not folder().is_dir() and not shutil.which("mvn"):
        lacks.append("Maven")
    return " and ".join(lacks)


def folder(pom: Path = POM) -> Path:
    """Return where the jars of this very pom are kept: another pom has another folder."""
    return pom.parent / "lib" / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]


def fetch(pom: Path = POM) -> Path:
    """Return the folder with the jars; Maven fetches them the first time.

    Runs side by side wait for one another, and the folder gets its name only when it is complete, so that a run that
    was killed leaves nothing that looks finished.
    """
    jars = folder(pom)
    jars.parent.mkdir(exist_ok=True)
    with (jars.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if jars.is_dir():
            return jars
        for old in jars.parent.iterdir():  # the jars of an earlier pom, or half a fetch
            if old.is_dir():
                shutil.rmtree(old)
        partial = jars.with_suffix(".partial")
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=FETCH_SECONDS,
            env=os.environ | {"NO_COLOR": "1"},
        )
        if done.returncode:
            msg = f"Maven could not fetch Apache Kafka (see {pom}); is the network there?\n{done.stdout[-4000:]}"
            raise RuntimeError(msg)
        partial.rename(jars)
    return jars
