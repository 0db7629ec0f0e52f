"""Write what is generated from the zoo, the errata page and the README's table: `python docs/generated.py`."""

import re
from pathlib import Path

from autograd_zoo.zoo import dictionary, errata, overview, repairs, verdicts

HERE = Path(__file__).parent
VERDICTS = HERE / "verdicts.md"
README = HERE.parent / "README.md"
TABLE = re.compile(r"(?<=<!-- the zoo, by docs/generated.py -->\n).*?(?=<!-- end -->)", re.DOTALL)

if __name__ == "__main__":
    HERE.joinpath("errata.md").write_text(errata.page(), encoding="utf-8")
    VERDICTS.write_text(
        dictionary.filled(VERDICTS.read_text(encoding="utf-8"), {"repairs": repairs.lines(), "used": verdicts.used()}),
        encoding="utf-8",
    )
    readme = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda _: overview.table(), readme), encoding="utf-8")
