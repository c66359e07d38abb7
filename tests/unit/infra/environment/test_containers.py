"""The container recipes name the releases that the project is held to elsewhere."""

import re

import pytest

from contracts.jobs import emr_release
from infra.emr.environment.assembling import GROUP
from infra.emr.environment.inputs import HERE, ROOT, read_sources

CONTAINER = HERE / "container"


def test_the_custom_image_is_of_the_release_in_use() -> None:
    assert f"ARG RELEASE={emr_release.IN_USE.label}\n" in (CONTAINER / "Dockerfile").read_text()


def test_the_debian_recipe_is_of_the_release_whose_sources_are_pinned() -> None:
    assert f"FROM debian:{read_sources().suite}-slim" in (CONTAINER / "debian.Dockerfile").read_text()


def test_the_amazon_linux_recipe_takes_the_same_packages_from_a_release_whose_runtime_is_new_enough() -> None:
    recipe = (CONTAINER / "amazonlinux.Dockerfile").read_text()
    release = re.search(r"amazonlinux:2023\.(\d+)\.(\d+)\.", recipe)

    assert release is not None
    assert int(release[2]) >= 20250331
    assert f"--group {GROUP} " in recipe
    assert "--require-hashes" in recipe


@pytest.mark.parametrize("recipe", sorted(path.name for path in CONTAINER.glob("*Dockerfile")))
def test_what_a_recipe_copies_is_there(recipe: str) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (CONTAINER / recipe).read_text(), re.MULTILINE)

    assert all((ROOT / path).exists() for paths in copied for path in paths.split())
