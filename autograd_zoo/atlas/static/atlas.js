// The theme that was chosen, and scrolled parts that the keyboard reaches. Pages are whole without it.
"use strict";
(() => {
  const root = document.documentElement;
  const themes = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = { // by the name that the guides give it
    get: () => { try { return localStorage.getItem("theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("theme", value); } catch { /* a browser may forbid it */ } },
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

  // What scrolls sideways is a stop of the tab key, what does not is none.
  function reach() {
    const all = document.querySelectorAll("pre, .formula, .wide, .plan, .contents, .table, .notebook :is(p, ul, ol, .output)");
    for (const part of all) {
      if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    theme();
    reach();
    document.fonts.ready.then(reach);  // formulas are as wide as their font makes them
    window.addEventListener("resize", reach);
    window.addEventListener("toggle", reach, true);
  });
})();
