"""Write what is generated: the errata page, the table of operations and the README's: `python docs/generated.py`."""

import re
from pathlib import Path

from autograd_zoo.program import table
from autograd_zoo.zoo import errata, overview

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
TABLE = re.compile(r"(?<=<!-- the zoo, by docs/generated.py -->\n).*?(?=<!-- end -->)", re.DOTALL)

if __name__ == "__main__":
    HERE.joinpath("errata.md").write_text(errata.page(), encoding="utf-8")
    HERE.joinpath("operations.md").write_text(table.page(), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda _: overview.table(), readme), encoding="utf-8")
