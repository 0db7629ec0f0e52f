"""Write the errata page: `python docs/errata.py`."""

from pathlib import Path

from autograd_zoo.zoo.errata import page

if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(page(), encoding="utf-8")
