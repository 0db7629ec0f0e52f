// Bring every moving picture of the page to life that is not alive yet: sliders, and cells that answer to the pointer.
(() => {
  const ROLES = ["at", "in", "took"];
  const made = (tag, set, ...inside) => {
    const element = Object.assign(document.createElement(tag), set);
    element.append(...inside);
    return element;
  };

  function start(root) {
    root.dataset.alive = "yes";
    const walks = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const grids = [...root.querySelectorAll("table")].map((table) => [...table.querySelectorAll("tbody td")]);
    const says = root.querySelector(".az-says");
    const sliders = [];
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", root.dataset.label);
    says.setAttribute("aria-live", "polite");

    function show(walk, k) {
      const frame = walks[walk].frames[k];
      for (const cell of grids.flat()) cell.classList.remove(...ROLES);
      for (const [grid, place, role] of frame.lit) grids[grid][place].classList.add(ROLES[role]);
      says.replaceChildren(...frame.says.map((line) => made("p", { textContent: line })));
      sliders[walk].value = k;
      sliders[walk].setAttribute("aria-valuetext", frame.name);
      root.dataset.shown = frame.name;
    }

    const shelf = made("div", { className: "az-walks" });
    walks.forEach((walk, w) => {
      const last = walk.frames.length - 1;
      const slider = made("input", { type: "range", min: 0, max: last, step: 1, value: 0 });
      slider.addEventListener("input", () => show(w, +slider.value));
      sliders.push(slider);
      shelf.append(made("label", {}, walk.name, slider));
      for (const [grid, place, k] of walk.places) {
        const cell = grids[grid][place];
        cell.dataset.frame = walk.frames[k].name;
        for (const event of ["pointerenter", "click"]) cell.addEventListener(event, () => show(w, k));
      }
    });
    says.before(shelf);
    root.querySelector(".az-hint").textContent = "Point at a number, or move a slider.";
    for (const grid of root.querySelectorAll(".az-grid")) {
      if (grid.scrollWidth <= grid.clientWidth) continue;
      grid.tabIndex = 0; // what scrolls is reached by the keyboard
      grid.setAttribute("role", "group");
      grid.setAttribute("aria-label", grid.querySelector("caption").textContent);
    }
    show(0, 0);
  }

  for (const root of document.querySelectorAll(".az-moving:not([data-alive])")) start(root);
})();
