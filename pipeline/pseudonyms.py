"""The key of the pseudonyms: from the settings, else made once and kept in the data folder."""

import os
import secrets

from pipeline.settings import Settings


def pseudonym_key(settings: Settings) -> bytes:
    """Return the installation's key.

    It has to stay the same: another key gives every member another pseudonym. Workers on several machines need it as
    a setting; on one machine the file is enough.
    """
    given = settings.privacy.pseudonym_key.get_secret_value()
    if given:
        return given.encode()
    path = settings.data_dir / "pseudonym.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip().encode()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_hex(24)
        file.write(key + "\n")
    return key.encode()
