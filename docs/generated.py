"""Write what is computed: verdicts, errata, tables, and what the last benchmark measured: `docs/generated.py`."""

import json
import re
import sys
from pathlib import Path

from autograd_zoo.models import catalogue
from autograd_zoo.program import table
from autograd_zoo.zoo import dictionary, overview, repairs, verdicts
from autograd_zoo.zoo.entries import document, published
from autograd_zoo.zoo.page import page

HERE = Path(__file__).parent
RULE = HERE / "verdicts.md"
README = HERE.parent / "README.md"
VERDICTS = HERE.parent / "autograd_zoo" / "zoo" / "verdicts.json"
MODELS = HERE / "models.md"


def filled(text: str, name: str, content: str) -> str:
    """The text with `content` between the two marks of this name."""
    place = rf"(?<=<!-- {name}, by docs/generated.py -->\n).*?(?=<!-- end -->)"
    return re.sub(place, lambda _: content, text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    verdicts.record(str(VERDICTS))
    verdicts.EXPECTED.clear()  # what was read when this began
    verdicts.EXPECTED.update(json.loads(VERDICTS.read_text(encoding="utf-8")))
    entries = document()
    HERE.joinpath("errata.md").write_text(page(entries), encoding="utf-8")
    HERE.joinpath("errata.json").write_text(published(entries), encoding="utf-8")
    HERE.joinpath("operations.md").write_text(table.page(), encoding="utf-8")
    rule = dictionary.filled(RULE.read_text(encoding="utf-8"), {"repairs": repairs.lines()})
    RULE.write_text(rule, encoding="utf-8")
    readme = filled(README.read_text(encoding="utf-8"), "the zoo", overview.table())
    README.write_text(filled(readme, "the counts", f"{overview.counts()}.\n"), encoding="utf-8")
    models = MODELS.read_text(encoding="utf-8")
    MODELS.write_text(filled(models, "the networks", catalogue.table()), encoding="utf-8")
    sys.path.insert(0, str(HERE.parent / "benchmarks"))
    from contests import page as measured

    measured.write()
