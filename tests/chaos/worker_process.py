"""A worker of the product that can be met at named points: `python -m tests.chaos.worker_process worker`."""

import os
from pathlib import Path

from pipeline.cli import main
from tests.chaos.points import FOLDER, Points, install

if __name__ == "__main__":
    install(Points(Path(os.environ[FOLDER])))
    main()
