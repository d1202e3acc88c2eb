"""`python -m pipeline.cli`: the command line without its script, for child processes."""

from pipeline.cli.main import main

if __name__ == "__main__":
    main()
