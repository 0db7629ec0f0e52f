// A list of articles that shows those of a verdict and a family in which all words occur. Without it all are there.
"use strict";
addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-filters]")) {
    const articles = [...document.getElementById(form.dataset.filters).children];
    const texts = articles.map((e) => e.textContent.toLowerCase());
    const { verdict, family, words } = form.elements, said = form.querySelector("output");
    const show = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      articles.forEach((e, k) => {
        const { dataset } = e, kept = (select, value) => !select.value || select.value === value;
        e.hidden = !(kept(verdict, dataset.verdict) && kept(family, dataset.family) && wanted.every((w) => texts[k].includes(w)));
      });
      said.textContent = `${articles.filter((e) => !e.hidden).length} of ${articles.length} shown`;
    };
    // What a link leads to is shown.
    const reveal = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (articles.includes(target) && target.hidden) {
        form.reset();
        target.scrollIntoView();
      }
    };
    form.hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => {
      for (const e of articles) e.hidden = false;
      setTimeout(show);
    });
    addEventListener("hashchange", reveal);
    show();
  }
});
