// Unpacks every drawing that waits on this page, and runs the viewer that is packed with it: an inline script and
// an inline style again, which a content policy knows by their hashes.
(() => {
  const unpacked = (packed) => {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };
  for (const root of document.querySelectorAll("[data-graph-viz]:not([data-ready])")) {
    const packed = root.querySelector('script[type="text/plain"]');
    if (!packed) continue;
    root.dataset.ready = "";
    unpacked(packed.textContent).then(({ viewer, style, data }) => {
      root.graphViz = data;
      for (const [tag, text] of [["style", style], ["script", viewer]]) {
        const e = document.createElement(tag);
        e.textContent = text;
        root.append(e);
      }
    });
  }
})();
