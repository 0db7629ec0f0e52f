"""An atlas of three modules and two notebooks, written once for all tests."""

import json

import pytest

NAMES = ("softmax", "sigmoid", "linear")

NOTEBOOK = {
    "cells": [
        {
            "cell_type": "markdown",
            "source": [
                "# 04 A *course*\n",
                "\n",
                "Let $a_1 < b_2$ and `$x$`:\n",
                "\n",
                "$$y = x^2$$\n",
                "\n",
                f"Wide: $x = {' + '.join(['abc'] * 12)}$.\n",
            ],
        },
        {
            "cell_type": "code",
            "source": "print('<b>')",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["<b>\n"]},
                {
                    "output_type": "display_data",
                    "data": {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" aria-label="Graph of y"/>'},
                },
                {"output_type": "execute_result", "data": {"text/markdown": "**so** $$x$$", "text/plain": "so"}},
                {"output_type": "execute_result", "data": {"text/html": "<table><tr><td>1</td></tr></table>"}},
                {
                    "output_type": "display_data",
                    "data": {"image/png": "iVBORw0KGgo="},
                    "metadata": {"image/png": {"alt": "Graph of <z>"}},
                },
                {"output_type": "error", "traceback": ["\x1b[31mNo\x1b[0m"]},
                {"output_type": "display_data", "data": {"application/unknown": "?"}},
            ],
        },
        {"cell_type": "markdown", "source": "## Next\n\n[before](03_loss.ipynb)\n\n| a | b |\n|---|---|\n| 1 | 2 |"},
    ]
}


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "03_loss.ipynb").write_text(json.dumps({"cells": []}))
    (folder / "04_activation.ipynb").write_text(json.dumps(NOTEBOOK))
    return folder


@pytest.fixture(scope="session")
def written(tmp_path_factory, notebooks):
    from autograd_zoo import atlas
    from autograd_zoo.atlas import site

    for library in site.NEEDED:
        pytest.importorskip(library, reason=f"{library} is not installed, which the extra `atlas` brings")
    folder = tmp_path_factory.mktemp("site") / "atlas"
    assert atlas.write(folder, *NAMES, notebooks=notebooks) == []
    return folder
