"use strict";
// The viewer: shows the views of a page, expands and collapses modules, steps through recording and sweep. All state
// belongs to one root, so several drawings live on one page. Text reaches the page as textContent only.
(() => {
  const make = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      name.startsWith("on") ? e.addEventListener(name.slice(2), value) : e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  const drawn = (text) => document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const expand = (ranges) => (ranges ?? "").split(",").filter(Boolean).flatMap((run) => {
    const [first, last = first] = run.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  });

  const unpacked = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };

  async function start(root, text) {
    const data = await unpacked(text);
    const { marks, views, groups, steps, names, texts } = data;
    const nodes = marks.map((m) => expand(m.nodes));
    const shows = marks.map((m) => (m.shows ? expand(m.shows) : m.node === undefined ? [] : [m.node]));
    const total = steps.length;
    let shown = 0, step = null, chosen = null, timer = 0;  // a view, events so far (null: as drawn), a box
    let svg, size, scale, groupOf, edges, holders, original, flagged;

    // ---- what is there -------------------------------------------------------------------------------------------
    const button = (label, text, act, keys) => {
      const title = keys ? `${label} (${keys})` : label;
      return make("button", { type: "button", "aria-label": label, title, onclick: act }, text);
    };
    const stage = make("div", { class: "gv-stage", role: "group", "aria-label": data.label, tabindex: "0" });
    const status = make("div", { class: "gv-status", role: "status", "aria-live": "polite" });
    const panel = make("div", { class: "gv-panel", role: "region", "aria-label": "details" });
    const search = make("input", { type: "search", placeholder: "search", "aria-label": "search (/)", oninput: seek });
    const slider = make("input", { type: "range", min: 0, max: total, value: total, "aria-label": "step",
      oninput: () => go(+slider.value) });
    const play = button("play", "play", toggle, "Space");
    const bar = make("div", { class: "gv-bar", role: "toolbar", "aria-label": "drawing" });
    if (total)
      bar.append(make("span", {}, button("first step", "|◂", () => go(0), "Home"), button("step back", "◂", () => by(-1), "←"),
        play, button("step forward", "▸", () => by(1), "→"), button("last step", "▸|", () => go(total), "End"), slider,
        button("to the sweep", "∇", () => go(data.recorded), "B"), button("as drawn", "✕", clear, "Esc")));
    if (views.length > 1)
      bar.append(make("span", {}, button("open all that fits", "open", () => most(1)), button("close all", "close", () => most(-1))));
    bar.append(make("span", {}, button("zoom out", "−", () => zoom(0.8), "−"), button("zoom in", "+", () => zoom(1.25), "+"),
      button("fit", "fit", () => fit(true), "0")), make("span", {}, search));
    // The first view is the image that was there before; what is below the picture in it becomes the legend.
    const image = root.querySelector("img");
    const address = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
    const first = drawn(address.replace(/<style>[^]*?<\/style><rect[^>]*>/, ""));
    const below = first.querySelector("[data-below]"), legend = make("div", { class: "gv-legend", "aria-hidden": "true" });
    const box = below.dataset.below.split(" ");
    below.remove();
    if (+box[3]) {
      const its = first.cloneNode();
      its.setAttribute("viewBox", box.join(" "));
      its.setAttribute("width", box[2]);
      its.setAttribute("height", box[3]);
      its.append(below);
      legend.append(its);
      first.setAttribute("height", box[1]);
    }
    views[0].svg = new XMLSerializer().serializeToString(first);
    image.remove();
    root.prepend(bar, stage, status, panel, legend, ...data.notes.map((n) => make("p", { class: "gv-note" }, n)));

    // ---- views ---------------------------------------------------------------------------------------------------
    function show(index, said) {
      shown = index;
      svg = drawn(views[index].svg);
      stage.replaceChildren(svg);
      size = ["width", "height"].map((a) => parseFloat(svg.getAttribute(a)));
      svg.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
      const boxes = [...svg.querySelectorAll("[data-mark]")];
      groupOf = new Map(boxes.map((g) => [+g.dataset.mark, g]));
      edges = [...svg.querySelectorAll("[data-ends]")].map((g) => [g, ...g.dataset.ends.split(" ").map(Number)]);
      holders = new Map();
      for (const m of groupOf.keys())
        for (const n of new Set([...nodes[m], marks[m].node].filter((n) => n !== undefined)))
          holders.set(n, [...(holders.get(n) ?? []), m]);
      for (const edge of edges) {  // when its gradient comes first
        const first = steps.findIndex(([n, , , source]) => source !== undefined && flows(edge, n, source));
        edge.push(first < 0 ? Infinity : first);
      }
      flagged = new Map(boxes.map((g) => [g, g.querySelector(".gv-wrong-line")]));
      original = new Map([...svg.querySelectorAll("[data-row], [data-final]")].map((t) => [t, t.textContent]));
      for (const g of boxes) {
        const m = +g.dataset.mark;
        const title = document.createElementNS(svg.namespaceURI, "title");
        g.prepend(title);
        g.setAttribute("tabindex", "0");
        g.setAttribute("role", "button");
        g.addEventListener("click", () => choose(m));
        g.addEventListener("dblclick", () => open(marks[m].group, true));
        g.addEventListener("pointerenter", () => near(m, true));
        g.addEventListener("pointerleave", () => near(m, false));
      }
      for (const g of svg.querySelectorAll("[data-frame]")) {
        const k = +g.dataset.frame;
        if (k < 0) continue;
        g.setAttribute("tabindex", "0");
        g.setAttribute("role", "button");
        g.setAttribute("aria-label", `${groups[k]}, module, open`);
        g.addEventListener("dblclick", () => open(k, false));
      }
      if (chosen !== null && !groupOf.has(chosen)) chosen = null;
      fit(false);
      render(said);
    }
    // Open or close a module: the view that does so and differs least from this one in everything else.
    function open(k, yes) {
      if (k === undefined) return;
      const wanted = new Set(views[shown].open);
      yes ? wanted.add(k) : wanted.delete(k);
      const apart = (view) => {
        const there = new Set(view.open);
        return there.has(k) !== yes ? Infinity : there.size + wanted.size - 2 * [...there].filter((g) => wanted.has(g)).length;
      };
      const best = views.reduce((a, view, i) => (apart(view) < apart(views[a]) ? i : a), 0);
      if (apart(views[best]) === Infinity) return tell(`${groups[k]}: no such view in this page`);
      show(best, `${groups[k]} ${yes ? "opened" : "closed"}: ${svg ? views[best].svg.split("data-mark=").length - 1 : 0} marks`);
      const target = yes ? svg.querySelector(`[data-frame="${k}"]`)
        : [...groupOf].find(([m]) => marks[m].group === k)?.[1];
      target?.focus({ preventScroll: true });
    }
    function most(sign) {
      const best = views.reduce((a, view, i) => (sign * (view.open.length - views[a].open.length) > 0 ? i : a), 0);
      show(best, `${groupOf.size} marks`);
    }

    // ---- what is true after so many steps ------------------------------------------------------------------------
    function render(said) {
      const value = new Map(), grad = new Map();
      const now = step ? steps[step - 1] : null;
      for (const [k, [n, , text, source]] of steps.slice(0, step ?? 0).entries()) {
        (source === undefined ? value : grad).set(n, [text, k]);
      }
      const computed = new Set(steps.slice(0, data.recorded).map(([n]) => n));
      const later = (n) => computed.has(n) && !value.has(n);
      const latest = (map, m) => shows[m].map((n) => map.get(n)).filter(Boolean).sort((a, b) => b[1] - a[1])[0]?.[0];
      const whole = step === null || step === total;
      for (const [m, g] of groupOf) {
        const stepping = step !== null;
        const own = nodes[m].filter((k) => computed.has(k));
        g.classList.toggle("gv-later", stepping && own.length > 0 && own.every(later));
        g.classList.toggle("gv-now", !!now && holds(m, now[0]));
        for (const text of g.querySelectorAll("[data-row]")) {
          const leaf = !shows[m].some((n) => computed.has(n));
          const known = text.dataset.row === "grad" ? latest(grad, m) : leaf ? original.get(text) : latest(value, m);
          put(text, stepping ? known ?? "—" : original.get(text));
        }
        const wrong = [...g.querySelectorAll("[data-row]")].filter((t) => t.classList.toggle("gv-wrong", /∞|NaN/.test(t.textContent)));
        if (shows[m].length) flagged.get(g)?.classList.toggle("gv-wrong-line", wrong.length > 0);
        for (const text of g.querySelectorAll("[data-final]"))  // a norm that is not there before the sweep is over
          text.textContent = whole ? original.get(text) : original.get(text).replace(/\s*‖∂‖.*/, "");
        const told = [...g.querySelectorAll("[data-row]")].map((t) => `${t.dataset.row} ${t.textContent}`);
        const label = [marks[m].say, ...told, ...(marks[m].group === undefined ? [] : ["closed"])].join(", ");
        g.setAttribute("aria-label", label);
        g.querySelector("title").textContent = label;
      }
      for (const edge of edges) {
        const [g, tail, head, first] = edge;
        g.classList.toggle("gv-unswept", step === null ? data.quiet : step <= first);
        g.classList.toggle("gv-pull", !!now && now[3] !== undefined && flows(edge, now[0], now[3]));
        g.classList.toggle("gv-flow", !!now && now[3] === undefined && holds(head, now[0]) && !holds(tail, now[0]));
      }
      slider.value = step ?? total;
      const lit = svg.querySelector(".gv-now");
      if (lit) reveal(lit);
      dim();
      inform(value, grad, now);
      if (said || step !== null) tell(said ?? line(now));
      else tell(total ? `${total} steps: → begins, B starts the sweep` : "");
    }
    const holds = (m, n) => (holders.get(n) ?? []).includes(m);
    // Whether the gradient that a node gets from another runs along a line. A state port is passed through.
    function flows([, tail, head], n, source) {
      const into = (m) => edges.some(([, t, h]) => h === m && holds(t, n));
      const outOf = (m) => edges.some(([, t, h]) => t === m && holds(h, source));
      return (marks[tail].state ? into(tail) : holds(tail, n)) && (marks[head].state ? outOf(head) : holds(head, source));
    }
    function put(text, content) {
      text.textContent = content;
      text.removeAttribute("textLength");
      const room = text.closest("[data-mark]").querySelector("rect, path").getBBox().width - 46;
      if (text.isConnected && room > 0 && text.getComputedTextLength?.() > room) {
        text.setAttribute("textLength", room);
        text.setAttribute("lengthAdjust", "spacingAndGlyphs");
      }
    }
    function line(now) {
      if (!now) return `0/${total} before the first operation`;
      const [n, t, text, source, part = text] = now;
      return source === undefined ? `${step}/${total} forward: ${names[n]} = ${texts[t]} = ${text}`
        : `${step}/${total} backward: ∂${data.of}/∂${names[n]} += ${texts[t]} = ${part}`;
    }
    const tell = (text) => { status.textContent = text; };

    // The panel: the chosen mark, else the node of this step, with what came to its gradient so far.
    function inform(value, grad, now) {
      const n = chosen === null ? now?.[0] : marks[chosen].node;
      panel.replaceChildren();
      if (chosen !== null) {
        const g = groupOf.get(chosen);
        panel.append(make("p", {}, g.getAttribute("aria-label")));
        if (marks[chosen].group !== undefined)
          panel.append(button("open this module", "open", () => open(marks[chosen].group, true), "Enter"));
      } else if (n !== undefined) panel.append(make("p", {}, names[n]));
      if (n === undefined) return;
      const came = steps.slice(data.recorded, step ?? total).filter((e) => e[0] === n);
      if (came.length && (step !== null || chosen !== null))
        panel.append(make("ul", { "aria-label": "gradient" }, ...came.map((e) =>
          make("li", {}, `+= ${texts[e[1]]} = ${e[4] ?? e[2]}${e[3] === n ? "" : `  from ${names[e[3]]}`}`))));
      const known = step === null || !steps.slice(step, data.recorded).some((e) => e[0] === n);
      if (data.heat[n] && known) panel.append(warm(data.heat[n], names[n]));
    }
    function warm(cells, name) {
      const rows = cells.split("/");
      const map = drawn(`<svg xmlns="${svg.namespaceURI}" viewBox="0 0 ${rows[0].length} ${rows.length}" preserveAspectRatio="none"/>`);
      map.setAttribute("role", "img");
      map.setAttribute("aria-label", `heat-map of ${name}`);
      rows.forEach((row, y) => [...row].forEach((c, x) => {
        const cell = document.createElementNS(svg.namespaceURI, "rect"), level = c === "?" ? 7 : c.charCodeAt(0) - 104;
        for (const [key, v] of Object.entries({ x, y, width: 1, height: 1, "fill-opacity": Math.abs(level) / 7,
          class: c === "?" ? "gv-wrong" : level < 0 ? "gv-grad" : "gv-cool" })) cell.setAttribute(key, v);
        map.append(cell);
      }));
      return map;
    }

    // ---- steps ---------------------------------------------------------------------------------------------------
    function go(k) {
      if (!total) return;
      step = Math.max(0, Math.min(total, k));
      render();
    }
    const by = (d) => { stop(); go((step ?? (d > 0 ? 0 : total)) + (step === null && d > 0 ? 0 : d)); };
    function stop() {
      clearInterval(timer);
      timer = 0;
      named("play");
    }
    function named(what) {
      play.textContent = what;
      play.setAttribute("aria-label", what);
    }
    function toggle() {
      if (timer) return stop();
      if (still()) return by(1);
      if (step === null || step === total) go(0);
      named("pause");
      timer = setInterval(() => (step < total && root.isConnected ? go(step + 1) : stop()), 900);
    }
    function clear() {
      stop();
      step = chosen = null;
      search.value = "";
      render();
    }

    // ---- what stands out -----------------------------------------------------------------------------------------
    function choose(m) {
      chosen = chosen === m ? null : m;
      render();
    }
    function near(m, yes) {
      const n = marks[m].node;
      for (const other of n === undefined ? [m] : holders.get(n)) groupOf.get(other).classList.toggle("gv-here", yes);
      for (const [g, tail, head] of edges) g.classList.toggle("gv-here", yes && (tail === m || head === m));
    }
    // Those that lead to a mark or come from it, or match the search; the others fade.
    function dim() {
      const word = search.value.trim().toLowerCase();
      let keep = null;
      if (word) keep = new Set([...groupOf.keys()].filter((m) => found(m, word)));
      else if (chosen !== null) keep = new Set([...reach(chosen, 1), ...reach(chosen, 2)]);
      for (const [m, g] of groupOf) g.classList.toggle("gv-dim", !!keep && !keep.has(m));
      for (const [g, tail, head] of edges) g.classList.toggle("gv-dim", !!keep && !(keep.has(tail) && keep.has(head)));
      return keep;
    }
    const found = (m, word) => marks[m].say.toLowerCase().includes(word) || nodes[m].some((n) => names[n].toLowerCase().includes(word));
    function reach(m, from) {
      const there = new Set([m]);
      for (const k of there)
        for (const edge of edges) if (edge[from] === k) there.add(edge[3 - from]);
      return there;
    }
    function seek() {
      const keep = dim();
      tell(keep ? `${keep.size} of ${groupOf.size} marks match` : "");
    }

    // ---- looking -------------------------------------------------------------------------------------------------
    // The stage scrolls; zooming changes the size of the picture. Scale 1 is the size of the static picture.
    function fit(whole) {
      const [w, h] = size;
      const across = (stage.clientWidth - 2) / w, down = (Math.max(260, innerHeight * 0.62) - 2) / h;
      scale = Math.min(1.25, whole ? Math.min(across, down) : Math.max(across, 0.7));
      look();
    }
    function look() {
      svg.setAttribute("width", size[0] * scale);
      svg.setAttribute("height", size[1] * scale);
    }
    // What is at (x, y) of the stage stays there.
    function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
      const [left, top] = [(stage.scrollLeft + x) * factor - x, (stage.scrollTop + y) * factor - y];
      scale *= factor;
      look();
      stage.scrollTo(left, top);
    }
    function reveal(g) {
      const box = g.getBoundingClientRect(), around = stage.getBoundingClientRect();
      if (box.left < around.left || box.right > around.right) stage.scrollLeft += (box.left + box.right - around.left - around.right) / 2;
      if (box.top < around.top || box.bottom > around.bottom) stage.scrollTop += (box.top + box.bottom - around.top - around.bottom) / 2;
    }
    stage.addEventListener("wheel", (e) => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const box = stage.getBoundingClientRect();
      zoom(e.deltaY > 0 ? 1 / 1.15 : 1.15, e.clientX - box.left, e.clientY - box.top);
    }, { passive: false });
    let held = null;
    stage.addEventListener("pointerdown", (e) => { held = e.button || e.pointerType !== "mouse" ? null : [e.clientX, e.clientY]; });
    stage.addEventListener("pointermove", (e) => {
      if (!held) return;
      stage.scrollBy(held[0] - e.clientX, held[1] - e.clientY);
      held = [e.clientX, e.clientY];
    });
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) stage.addEventListener(end, () => { held = null; });

    // ---- keys: of the whole page where it is the only drawing on it, else of this drawing -------------------------
    const alone = root.parentElement === document.body && document.querySelectorAll("[data-graph-viz]").length === 1;
    (alone ? document : root).addEventListener("keydown", (e) => {
      const at = e.target, typing = at.matches?.("input, select, textarea");
      if (e.ctrlKey || e.metaKey || e.altKey || (typing && e.key !== "Escape" && e.key !== "Enter")) return;
      const pressed = at.matches?.("button, summary");
      const act = {
        ArrowRight: () => by(1), ArrowLeft: () => by(-1), Home: () => go(0), End: () => go(total), b: () => go(data.recorded),
        " ": pressed ? null : toggle, "/": () => search.focus(), "+": () => zoom(1.25), "=": () => zoom(1.25),
        "-": () => zoom(0.8), 0: () => fit(true), Escape: clear, Enter: pressed ? null : () => enter(at),
      }[e.key.length === 1 ? e.key.toLowerCase() : e.key];
      if (!act) return;
      e.preventDefault();
      act();
    });
    function enter(at) {
      const mark = at.closest?.("[data-mark]"), around = at.closest?.("[data-frame]");
      if (at === search) {
        const keep = dim();
        if (keep?.size) groupOf.get([...keep][0]).focus();
      } else if (mark) {
        const { group } = marks[+mark.dataset.mark];
        group === undefined ? choose(+mark.dataset.mark) : open(group, true);
      } else if (around) open(+around.dataset.frame, false);
    }
    show(0);
    root.dataset.ready = "yes";
  }

  for (const root of document.querySelectorAll("[data-graph-viz]:not([data-ready])")) {
    const script = root.querySelector('script[type="text/plain"]');
    if (!script) continue;
    root.dataset.ready = "";
    start(root, script.textContent);
  }
})();
