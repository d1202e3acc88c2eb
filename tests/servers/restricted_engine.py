"""The embedded engine with a user who may not do everything: it keeps no roles, but checks rights as a server does."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.embedded.engine import EmbeddedEngine

_CONFIG = """<clickhouse>
    <user_directories><users_xml><path>users.xml</path></users_xml></user_directories>
</clickhouse>"""

_USERS = """<clickhouse>
    <profiles><default/><limited>{settings}</limited></profiles>
    <quotas><default/></quotas>
    <roles>{roles}</roles>
    <users>
        <default>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>limited</profile>
            <quota>default</quota>
            <grants>{grants}</grants>
        </default>
    </users>
</clickhouse>"""


@contextlib.contextmanager
def restricted_engine(
    folder: Path, data_dir: Path, grants: Sequence[str], settings: str = "", roles: Sequence[str] = ()
) -> Iterator[EmbeddedEngine]:
    """Serve the tables in `data_dir` to a user who has been granted this and nothing else.

    `folder` is an empty one for the configuration, which the engine finds where it is started; `settings` is the
    inside of a settings profile, in XML; `roles` are there and cannot be changed.
    """
    queries = "".join(f"<query>{grant}</query>" for grant in grants)
    names = "".join(f"<{role}/>" for role in roles)
    (folder / "config.xml").write_text(_CONFIG)
    (folder / "users.xml").write_text(_USERS.format(settings=settings, grants=queries, roles=names))
    engine = EmbeddedEngine(data_dir)
    with contextlib.chdir(folder):
        engine.start()
    try:
        assert not engine.attached, "somebody else serves the folder, with other rights"
        yield engine
    finally:
        engine.stop()
