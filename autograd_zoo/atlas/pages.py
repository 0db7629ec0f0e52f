"""The pages of the site, made from what the check found, what ran, and what was drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from ..zoo import Report, Specimen, facts
from ..zoo.check import TOLERANCE
from ..zoo.dictionary import OTHERWISE, meaning
from ..zoo.document import COPY, EXCERPTS
from ..zoo.entries import HOW, entry, readings
from ..zoo.judge import Judgement
from ..zoo.report import COLUMNS, counted, size
from ..zoo.verdicts import apart, counts, said
from . import entries, fonts, launch
from .beside import Beside
from .course import chapters, prerequisites
from .guides import sphinx_id
from .highlight import python
from .live import live
from .mathematics import mathml
from .notebooks import Notebook
from .plots import plot
from .search import Entry, index
from .sources import closed, composed, papers
from .story import LONG, TOPICS, printed_in, told, worst_first
from .swept import swept
from .titled import titled
from .words import prose, quantity

MANIFEST = ".autograd-zoo-atlas"  # lists the files that we wrote: no other will be removed
CARD, FEW = (230.0, 130.0), 10  # the room for a thumbnail on a card in px, and its boxes
ROOM, READABLE, LARGEST = 1160.0, 0.7, 1.25  # px for a graph on its page; the scales at which it is shown there
LARGE = 40  # lines in words: our own layout would take half a minute for the views of a larger graph, Graphviz seconds
SHORT = {"exact within": "within a condition", "reading": "under a reading"}  # a verdict on a card
Engine = Literal["own", "auto"]
SECTIONS = {
    "course.html": "Course",
    "zoo.html": "The zoo",
    "errata.html": "Errata",
    "docs/index.html": "Guides",
    "docs/api/index.html": "Reference",
    "lite/index.html": "In the browser",
}


@dataclass(frozen=True)
class Card:
    """What the index says of a module."""

    name: str
    title: str
    family: str
    doc: str
    summary: str


class Pages:
    """The pages of an atlas, written into a folder."""

    def __init__(
        self,
        folder: Path,
        specimens: list[Specimen],
        report: Report,
        seeds: int,
        notebooks: list[Notebook],
        beside: Beside | None = None,
    ) -> None:
        self.folder, self.specimens, self.report = folder, specimens, report
        self.seeds, self.notebooks = seeds, notebooks
        self.judgements: dict[str, list[Judgement]] = {}
        for j in report.judgements:
            self.judgements.setdefault(j.formula.specimen, []).append(j)
        self.cards = [self._card(s) for s in specimens]
        self.beside = beside or Beside()
        self.written: list[str] = []
        self.letters: set[str] = set()  # of the formulas
        self.texts: dict[str, str] = {}  # of the pages of modules, for the search
        self.environment = _environment()
        absent = {"course.html": not notebooks, "docs": not self.beside.guides, "lite": not self.beside.lite}
        self.sections = [
            (title, url) for url, title in SECTIONS.items() if not absent.get(url) and not absent.get(url.split("/")[0])
        ]
        self.environment.globals["sections"] = self.sections

    def write(self, progress: Callable[[Iterable[Any]], Iterable[Any]]) -> None:
        """Write all pages."""
        kinds = {name: [j.verdict for j in found] for name, found in apart(self.report.judgements).items()}
        errata = [(j, self._module_of(j)) for j in worst_first(self.report.errata)]
        self._static()
        families: dict[str, list[Card]] = {}
        for card in self.cards:
            families.setdefault(card.family, []).append(card)
        heads = ("formulas", "claims", "further entries")
        totals = {head: counts(of) for head, of in zip(heads, kinds.values(), strict=True) if of}
        found = chapters(self.notebooks)
        plan = prerequisites(found) if found else ""
        doors = {"chapters": found, "plan": plan, "families": families, "guides": bool(self.beside.guides)}
        self._page("index.html", "index.html", cards=self.cards, lite=bool(self.beside.lite), **doors)
        self._page("zoo.html", "zoo.html", cards=self.cards, families=families, report=self.report, totals=totals)
        judged = [entry(j) for j in self.report.errata]
        self._page(
            "errata.html",
            "errata.html",
            errata=errata,
            entries=judged,
            families=list(dict.fromkeys(e.id.partition(".")[0] for e in judged)),
            readings=readings(judged),
            otherwise=OTHERWISE,
            facts=list(facts.rows()),
            summary=" ".join(f"{counted(len(found), name)}: {said(found)}." for name, found in kinds.items() if found),
            copy=COPY,
            how=HOW,
        )
        if self.notebooks:
            rest = [n for n in self.notebooks if all(f"{n.stem}.html" != one.file for one in found)]
            self._page("course.html", "course.html", rest=rest, **doors)
        for k, notebook in enumerate(self.notebooks):
            for name, content in notebook.files.items():
                self._file(f"course/{name}", content)
            path = f"course/{notebook.stem}.html"
            run = launch.places(notebook.stem, self.beside.repository, self.beside.lite) if notebook.families else []
            self._page(path, "notebook.html", notebook=notebook, run=run, **_neighbours(self.notebooks, k))
        for k, specimen in enumerate(progress(self.specimens)):
            self._module(specimen, k)
        self._beside()
        self._file("static/math.css", fonts.style(self.letters))
        self._file("static/entries.js", index(list(self._entries())))
        self._file(MANIFEST, "\n".join(sorted(self.written)))

    def _module(self, specimen: Specimen, k: int) -> None:
        """The page of a specimen, its interactive graph, and its thumbnail."""
        import graph_viz

        name = specimen.name
        said = graph_viz.draw(name).describe().splitlines()
        engine: Engine = "own" if len(said) <= LARGE else "auto"
        self._file(f"thumbnails/{name}.svg", _thumbnail(name, engine))
        example = swept(specimen)
        drawing = live(specimen, engine=engine)
        graph = drawing.html()
        self._file(f"graphs/{name}.html", titled(graph, self.cards[k].title, f"../modules/{name}.html"))
        style, picture = _parts(graph)
        judgements = self.judgements.get(specimen.form or name, [])
        lines: dict[str, dict[str, Any]] = {}
        for row in self.report.rows:
            if row.specimen == name:
                lines.setdefault(row.quantity, {})[row.against] = row
        cases = sum(row.cases for by in lines.values() for row in by.values())
        wrong = sum(not row.ok for by in lines.values() for row in by.values())
        ran, formulas = composed(specimen), closed(specimen)
        self._page(
            f"modules/{name}.html",
            "module.html",
            card=self.cards[k],
            agreed=f"{cases:,} comparisons, {wrong or 'none'} of which disagree{'s' if wrong <= 1 else ''}.",
            topic=TOPICS[name],
            told=told(judgements),
            copy=COPY,
            loss=example.said,
            plot=plot(specimen, example),
            style=style,
            graph=picture,
            high=_high(drawing.figure.flowing.layout),
            alive=not drawing.still,
            composed=ran,
            closed=formulas,
            seeds=self.seeds,
            shapes=len(specimen.shapes),
            variants=len(specimen.variants),
            columns=[c for c in dict.fromkeys((*COLUMNS, *TOLERANCE)) if any(c in by for by in lines.values())],
            table=list(lines.items()),
            tolerances=list(TOLERANCE.items()),
            places=printed_in(judgements),
            papers=papers([*ran, *formulas]),
            notebooks=[n for n in self.notebooks if specimen.family in n.families],
            **_neighbours(self.cards, k),
        )

    def _card(self, specimen: Specimen) -> Card:
        found = self.judgements.get(specimen.form or specimen.name, [])
        ours = sum(j.formula.source == "ours" for j in found)
        parts = []
        for kind, of in apart(found).items():
            verdicts = counts(j.verdict for j in of)
            several = ", ".join(f"{n} {SHORT.get(v, v)}" for v, n in verdicts.items() if n)
            parts += [f"{counted(len(of), kind)}: {several}"] if of else []
        parts = [*(parts or ["No printed formula"]), *([f"{counted(ours, 'formula')} of ours"] if ours else [])]
        summary = "; ".join(parts)
        return Card(specimen.name, TOPICS[specimen.name].title, specimen.family, specimen.doc, summary)

    def _module_of(self, j: Judgement) -> str:
        """The first module that shows a formula."""
        return next(s.name for s in self.specimens if (s.form or s.name) == j.formula.specimen)

    def _entries(self) -> Iterator[Entry]:
        """What the search box finds."""
        for notebook in self.notebooks:
            yield from entries.chapter(notebook)
        for c in self.cards:
            yield entries.module(c.name, c.family, c.doc, self.texts[f"modules/{c.name}.html"])
        yield Entry("guide", "Errata", "what does not hold as printed", "errata.html", "misprints mistakes wrong")
        yield from self.beside.guides.entries() if self.beside.guides else ()
        for j in self.report.judgements:
            yield entries.formula(j.formula.id, j.verdict, self._module_of(j))

    def _beside(self) -> None:
        """The guides, and the site of notebooks that run in the browser."""
        ids = {sphinx_id(j.formula.id): j.formula.id for j in self.report.errata}
        frame = self.environment.get_template("guide.html")
        for path, content in self.beside.files(lambda base: str(frame.render(base=base)), ids):
            if isinstance(content, str) and path.endswith(".html"):
                content = self._mathematical(content, "../" * path.count("/"))
            self._file(path, content)

    def _static(self) -> None:
        for resource in sorted(files(__package__).joinpath("static").iterdir(), key=lambda r: r.name):
            self._file(f"static/{resource.name}", resource.read_bytes())

    def _page(self, path: str, template: str, **content: Any) -> None:
        base = "../" * path.count("/")
        text = self.environment.get_template(template).render(base=base, **content) + "\n"
        if path.startswith("modules/"):
            self.texts[path] = text.partition("<main")[2].partition("</main>")[0]
        self._file(path, self._mathematical(text, base))

    def _mathematical(self, text: str, base: str) -> str:
        """A page with the font of formulas, if it has any."""
        found = fonts.letters(text)
        self.letters |= found
        link = f'<link rel="stylesheet" href="{base}static/math.css">\n</head>'
        return text.replace("</head>", link, 1) if found else text

    def _file(self, path: str, content: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.written.append(path)


def _thumbnail(name: str, engine: Engine) -> str:
    """The graph folded to a few boxes, in the direction in which it is larger on a card."""
    import graph_viz

    def scale(svg: str) -> float:
        _, _, width, height = map(float, re.findall(r'viewBox="([^"]*)"', svg)[0].split())
        return min(CARD[0] / width, CARD[1] / height)

    def drawn(direction: Literal["LR", "TB"]) -> str:
        return graph_viz.draw(
            name, direction=direction, engine=engine, values=False, gradients=False, legend=False, budget=FEW
        ).svg()

    return max(drawn("LR"), drawn("TB"), key=scale)


def _high(layout: Any) -> int:
    """How many px the picture of a page has in height when one first looks at it, at most."""
    scale: float = min(LARGEST, max(ROOM / layout.width, READABLE))
    return int(layout.height * scale) + 4


def _parts(page: str) -> tuple[str, str]:
    """The style sheet of a drawing's page, and the drawing, to stand in another page."""
    style, body = re.findall(r"<style>(.*?)</style>|<body>(.*)</body>", page, re.DOTALL)
    return style[0], body[1]


def _neighbours(items: list[Any], k: int) -> dict[str, Any]:
    return {"before": items[k - 1] if k else None, "after": items[k + 1] if k + 1 < len(items) else None}


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from .. import __version__

    environment = Environment(
        loader=PackageLoader("autograd_zoo.atlas"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"version": __version__, "here": "", "section": "", "excerpts": EXCERPTS, "long": LONG}
    environment.filters |= {f.__name__: _marked(f) for f in (mathml, python, quantity, prose)}
    environment.filters |= {"size": size, "entry": entry, "meaning": meaning}
    return environment


def _marked(f: Callable[[str], str]) -> Callable[[str], Any]:
    """A function that gives HTML, which a template need not escape."""
    from markupsafe import Markup

    return lambda text: Markup(f(text))
