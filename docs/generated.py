"""Write what is generated from the zoo, into the errata, the rule and the README: `python docs/generated.py`."""

import re
from pathlib import Path

from autograd_zoo.zoo import dictionary, overview, repairs
from autograd_zoo.zoo.entries import document, published
from autograd_zoo.zoo.page import page

HERE = Path(__file__).parent
VERDICTS = HERE / "verdicts.md"
README = HERE.parent / "README.md"


def filled(text: str, name: str, content: str) -> str:
    """The text with `content` between the two marks of this name."""
    place = rf"(?<=<!-- {name}, by docs/generated.py -->\n).*?(?=<!-- end -->)"
    return re.sub(place, lambda _: content, text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    entries = document()
    HERE.joinpath("errata.md").write_text(page(entries), encoding="utf-8")
    HERE.joinpath("errata.json").write_text(published(entries), encoding="utf-8")
    rule = dictionary.filled(VERDICTS.read_text(encoding="utf-8"), {"repairs": repairs.lines()})
    VERDICTS.write_text(rule, encoding="utf-8")
    readme = filled(README.read_text(encoding="utf-8"), "the zoo", overview.table())
    README.write_text(filled(readme, "the counts", f"{overview.counts()}.\n"), encoding="utf-8")
