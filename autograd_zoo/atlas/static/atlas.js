// The theme that was chosen, the search box, and scrolled parts that the keyboard reaches. Pages are whole without it.
"use strict";
(() => {
  const root = document.documentElement;
  const themes = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = {
    get: () => { try { return localStorage.getItem("autograd_zoo.theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("autograd_zoo.theme", value); } catch { /* a browser may forbid it */ } },
  };
  const dress = (theme) => {
    if (theme !== "light" && theme !== "dark") return;
    root.dataset.theme = theme;
    root.dataset.jpThemeLight = String(theme === "light"); // what drawings in a notebook go by
  };
  dress(stored.get());

  function theme() {
    const button = document.getElementById("theme");
    const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : themes.matches);
    const say = () => button.setAttribute("aria-pressed", String(dark()));
    button.querySelector(".said").textContent = "Dark colours";
    button.title = "Dark colours";
    button.addEventListener("click", () => {
      const next = dark() ? "light" : "dark";
      dress(next);
      stored.set(next);
      say();
    });
    themes.addEventListener("change", say);
    say();
  }

  // Entries are [title, what it is, address]; all words must occur, and those in the title count most.
  function search(entries) {
    const box = document.getElementById("search");
    const list = document.getElementById("found");
    const status = box.parentElement.querySelector("[role=status]");
    const base = document.body.dataset.base;
    let at = -1;

    const score = ([title, what], words) => {
      let total = 0;
      for (const word of words) {
        const k = title.toLowerCase().indexOf(word);
        if (k < 0 && !what.toLowerCase().includes(word)) return -1;
        total += k === 0 ? 4 : k > 0 ? 2 : 1;
      }
      return total - title.length / 100;
    };

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

    const show = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      close();
      const found = entries.map((entry) => [score(entry, words), entry]).filter(([s]) => words.length && s > -1);
      found.sort((a, b) => b[0] - a[0]);
      list.replaceChildren(...found.slice(0, 12).map(([, [title, what, address]], k) => {
        const item = document.createElement("li");
        item.id = `found-${k}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.address = base + address;
        const strong = document.createElement("strong");
        strong.textContent = title;
        const span = document.createElement("span");
        span.textContent = what;
        item.append(strong, " ", span);
        return item;
      }));
      status.textContent = words.length ? `${found.length} found` : "";
      if (!words.length) return;
      list.hidden = !found.length;
      box.setAttribute("aria-expanded", String(found.length > 0));
      choose(0);
    };

    const go = (item) => { close(); location.href = item.dataset.address; };
    box.addEventListener("input", show);
    box.addEventListener("focus", () => { if (box.value) show(); });
    box.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      event.preventDefault();
      if (item) go(item);
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

  // What scrolls sideways is a stop of the tab key, what does not is none.
  function reach() {
    const all = document.querySelectorAll("pre, .formula, .wide, .contents, .table, .notebook :is(p, ul, ol)");
    for (const part of all) {
      if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector(".tools").hidden = false;
    theme();
    search(window.ATLAS || []);
    reach();
    window.addEventListener("resize", reach);
    window.addEventListener("toggle", reach, true);
  });
})();
