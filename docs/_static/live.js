// A drawing goes by the mark of a notebook around it: here it is that of the theme that was chosen.
"use strict";
(() => {
  const { body, documentElement: root } = document;
  const mark = () => {
    const { theme } = body.dataset;
    if (theme === "light" || theme === "dark") root.dataset.jpThemeLight = String(theme === "light");
    else delete root.dataset.jpThemeLight;
  };
  new MutationObserver(mark).observe(body, { attributeFilter: ["data-theme"] });
  mark();
})();
