// The search box: what the index has of some words, best first. The index is loaded when the box is first used.
"use strict";
(() => {
  const MOST = 14;
  const split = (text) => (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const singular = (word) => word.replace(/(?<=[\p{L}\p{N}]{2}[^sui])s$/u, ""); // as the index has them

  const once = (words) => [...new Set(words)].sort().join(" ");

  // How much each page is worth for one word: as it stands, or half as much where it only begins a longer one.
  function pagesOf(index, vocabulary, word) {
    const found = new Map();
    const take = (key, share) => {
      for (const number of index.words[key]) {
        const page = Math.floor(number / 8);
        found.set(page, Math.max(found.get(page) ?? 0, (number % 8) * share));
      }
    };
    if (Object.hasOwn(index.words, word)) take(word, 1);
    for (const key of vocabulary) if (key.length > word.length && key.startsWith(word)) take(key, 0.5);
    return found;
  }

  // Pages with all of the words; if there are none, those with some. A title that is what was typed counts twice.
  function ranked(index, query) {
    const typed = [...new Set(split(query))], words = typed.filter((word) => !index.stop.includes(word));
    const asked = (words.length ? words : typed).map(singular);
    if (!asked.length) return [];
    const vocabulary = Object.keys(index.words);
    const each = asked.map((word) => pagesOf(index, vocabulary, word));
    const all = new Set(each.flatMap((found) => [...found.keys()]));
    const whole = [...all].filter((page) => each.every((found) => found.has(page)));
    const score = (page) => {
      const [kind, title] = index.pages[page];
      const sum = each.reduce((total, found) => total + (found.get(page) ?? 0), 0);
      const same = once(split(title)) === once(typed);
      return sum * index.kinds[kind] * (same ? 2 : 1);
    };
    const scored = (whole.length ? whole : [...all]).map((page) => [score(page), page]);
    scored.sort((a, b) => b[0] - a[0] || index.pages[a[1]][1].length - index.pages[b[1]][1].length || a[1] - b[1]);
    return scored.map(([, page]) => page);
  }

  function attach(box) {
    const list = document.getElementById(box.getAttribute("aria-controls"));
    const status = box.parentElement.querySelector("[role=status]");
    const base = box.dataset.base;
    let at = -1, asked = false;

    const close = () => {
      list.hidden = true;
      at = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };

    const choose = (k) => {
      const options = list.children;
      if (!options.length) return;
      if (at >= 0) options[at].setAttribute("aria-selected", "false");
      at = (k + options.length) % options.length;
      options[at].setAttribute("aria-selected", "true");
      options[at].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", options[at].id);
    };

    const item = (page, k) => {
      const [, title, what, address] = window.ATLAS.pages[page];
      const one = document.createElement("li");
      one.id = `found-${k}`;
      one.setAttribute("role", "option");
      one.setAttribute("aria-selected", "false");
      one.dataset.address = base + address;
      const strong = document.createElement("strong");
      strong.textContent = title;
      const span = document.createElement("span");
      span.textContent = what;
      one.append(strong, " ", span);
      return one;
    };

    const show = () => {
      close();
      if (!window.ATLAS) return;
      const found = ranked(window.ATLAS, box.value);
      list.replaceChildren(...found.slice(0, MOST).map(item));
      const typed = box.value.trim().length > 0;
      status.textContent = typed ? `${found.length} found` : "";
      list.hidden = !found.length;
      box.setAttribute("aria-expanded", String(found.length > 0));
      choose(0);
    };

    const load = () => {
      if (asked) return;
      asked = true;
      const script = document.createElement("script");
      script.src = `${base}static/entries.js`;
      script.addEventListener("load", () => { if (document.activeElement === box) show(); });
      document.head.append(script);
    };

    const go = (option) => { close(); location.href = option.dataset.address; };
    box.addEventListener("input", () => { load(); show(); });
    box.addEventListener("focus", () => { load(); if (box.value) show(); });
    box.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("li");
      event.preventDefault();
      if (option) go(option);
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") choose(at + 1);
      else if (event.key === "ArrowUp") choose(at - 1);
      else if (event.key === "Enter" && at >= 0) go(list.children[at]);
      else if (event.key === "Escape") { box.value = ""; show(); box.blur(); }
      else return;
      event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || typing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      box.focus();
      box.select();
    });
  }

  window.AtlasSearch = { ranked };
  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("search");
    if (box) attach(box);
  });
})();
