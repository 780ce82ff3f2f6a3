"""The site builds with warnings as errors, and what it says of the interface is what the interface says."""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from productops.errors import ProductOpsError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site():
    """Build it in a folder that goes: the pages show the sandbox's tokens, which are looked for in what tests leave."""
    with tempfile.TemporaryDirectory(prefix="productops-site-") as name:
        yield built(Path(name))


def built(folder):
    for name in ("docs", ".docs", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "zensical.toml", folder)
    command = [str(Path(sys.executable).parent / "zensical"), "build", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr)[-4000:]
    return folder / "site"


def pages(nav):
    for item in nav:
        if isinstance(item, str):
            yield item
        else:
            for inner in item.values():
                yield from pages(inner if isinstance(inner, list) else [inner])


def test_it_builds_and_shows_every_page(site):
    nav = list(pages(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]))
    assert len(nav) == len(set(nav))
    for page in nav:
        stem = page.removesuffix("index.md") if page.endswith("index.md") else page.removesuffix(".md") + "/"
        assert (site / stem / "index.html").exists(), page


def test_every_page_is_found_from_the_start():
    """In the navigation, or by a link of a page that is."""
    docs = ROOT / "docs"
    known = set(pages(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]))
    links = {
        str((docs / page).parent.joinpath(link).resolve().relative_to(docs))
        for page in known
        for link in re.findall(r"\]\(([\w./-]+\.md)", (docs / page).read_text())
        if (docs / page).parent.joinpath(link).resolve().is_relative_to(docs)
    }
    every = {str(path.relative_to(docs)) for path in docs.rglob("*.md")}
    assert every - known - links == set()


def test_the_reference_comes_from_the_docstrings(site):
    page = (site / "reference/api/sync/index.html").read_text()
    assert "Keeps two views of the same things equal" in page
    assert "delete_grace" in page
    assert ":class:" not in page
    errors = (site / "reference/api/errors/index.html").read_text()
    assert all(each.__name__ in errors for each in ProductOpsError.__subclasses__())


def test_no_page_asks_another_host_for_anything(site):
    for page in site.rglob("*.html"):
        found = re.findall(r'(?:src|href)="(https?://[^"]+)"[^>]*(?:rel="stylesheet"|></script>)', page.read_text())
        assert found == [], page


def test_contributing_fits_on_a_screen():
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 40
