"""The four top-level names are generic: they must be ours alone in the environment that runs."""

from importlib import import_module
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "models", "agents", "pipeline")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_brings_a_package_of_this_name(package: str) -> None:
    assert set(packages_distributions()[package]) == {"crickets"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_that_is_imported_is_the_one_of_this_checkout(package: str) -> None:
    assert import_module(package).__file__ == str(ROOT / package / "__init__.py")


def test_tests_are_those_of_this_checkout() -> None:
    assert next(iter(import_module("tests").__path__)) == str(ROOT / "tests")
    assert "tests" not in packages_distributions()


def test_an_index_would_refuse_to_publish_it() -> None:
    assert "Private :: Do Not Upload" in metadata("crickets").get_all("Classifier", [])
