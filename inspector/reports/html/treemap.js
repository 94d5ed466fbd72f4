"use strict";
// The treemap of one checkpoint: rectangles by size, coloured by component or dtype; click or Enter goes in,
// Backspace goes out. All texts and figures come ready from the data; nothing is ever parsed as HTML.
for (const figure of document.querySelectorAll(".treemap")) {
  const root = JSON.parse(figure.querySelector("script").textContent);
  const canvas = figure.querySelector(".canvas");
  const trail = figure.querySelector(".trail");
  const said = figure.querySelector(".said");
  const legend = figure.querySelector(".legend");
  const search = figure.querySelector("input");
  const MARGIN = 2, TITLE = 17, SMALLEST = 3;
  let by = "bytes", colour = "component", path = [root];

  const link = (node, parent) => {
    node.parent = parent;
    for (const child of node.children || []) link(child, node);
    const largest = (node.children || []).reduce((a, b) => (a && a.bytes >= b.bytes ? a : b), null);
    node.component = node.component || (largest ? largest.component : "");
    node.dtype = node.dtype || (largest ? largest.dtype : "");
  };
  link(root, null);

  const classes = {component: new Map(), dtype: new Map()};
  const count = (node) => {
    if (node.children) return node.children.forEach(count);
    for (const key of ["component", "dtype"])
      classes[key].set(node[key], (classes[key].get(node[key]) || 0) + node.bytes);
  };
  count(root);
  for (const key of ["component", "dtype"])
    classes[key] = [...classes[key].entries()].sort((a, b) => b[1] - a[1]).map((entry) => entry[0]);
  const tone = (node) => `tone${Math.max(0, classes[colour].indexOf(node[colour])) % 12}`;

  // Bruls, Huizing, van Wijk: Squarified Treemaps (2000).
  const squarify = (nodes, x, y, w, h) => {
    const placed = [];
    let rest = nodes.filter((node) => node[by] > 0).sort((a, b) => b[by] - a[by]);
    let total = rest.reduce((sum, node) => sum + node[by], 0);
    while (rest.length && w > 0 && h > 0) {
      const side = Math.min(w, h), scale = (w * h) / total;
      let row = [], area = 0, worst = Infinity;
      for (const node of rest) {
        const next = area + node[by] * scale;
        const largest = (row.length ? row[0][by] : node[by]) * scale, least = node[by] * scale;
        const ratio = Math.max((side * side * largest) / (next * next), (next * next) / (side * side * least));
        if (row.length && ratio > worst) break;
        row.push(node); area = next; worst = ratio;
      }
      const depth = area / side;
      let at = 0;
      for (const node of row) {
        const length = (node[by] * scale) / depth;
        placed.push(w >= h ? [node, x, y + at, depth, length] : [node, x + at, y, length, depth]);
        at += length;
      }
      if (w >= h) { x += depth; w -= depth; } else { y += depth; h -= depth; }
      total -= row.reduce((sum, node) => sum + node[by], 0);
      rest = rest.slice(row.length);
    }
    return placed;
  };

  const fullName = (node) => {
    const parts = [];
    for (let one = node; one && one.parent; one = one.parent) parts.unshift(one.name);
    return parts.join(" › ");
  };
  const describe = (node) => [fullName(node) || root.name, node.form, `${node.tensors} tensors`, `${node.counted} parameters`,
    `${node.size}, ${node.share} of all`].filter(Boolean).join(" · ");

  const place = (node, x, y, w, h, depth) => {
    if (w < SMALLEST || h < SMALLEST) return;
    const box = document.createElement("div");
    const wanted = search.value.trim().toLowerCase();
    box.className = `box ${node.children ? "inner" : "leaf"} ${tone(node)}`;
    if (wanted && !node.children && !fullName(node).toLowerCase().includes(wanted)) box.classList.add("faded");
    Object.assign(box.style, {left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px`});
    box.tabIndex = node.children ? 0 : -1;
    box.title = describe(node);
    box.setAttribute("aria-label", describe(node));
    box.addEventListener("mouseenter", () => { said.textContent = describe(node); });
    box.addEventListener("focus", () => { said.textContent = describe(node); });
    const enter = () => { if (node.children) show(node); };
    box.addEventListener("click", (event) => { event.stopPropagation(); enter(); });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target === box) enter(); });
    canvas.append(box);
    if (w > 34 && h > TITLE) {
      const label = document.createElement("span");
      label.textContent = node.name;
      box.append(label);
    }
    if (node.children && depth < 7 && w > 24 && h > TITLE + 12)
      for (const [child, cx, cy, cw, ch] of squarify(node.children, x + MARGIN, y + TITLE, w - 2 * MARGIN, h - TITLE - MARGIN))
        place(child, cx, cy, cw, ch, depth + 1);
  };

  const button = (text, press, pressed) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
    made.addEventListener("click", press);
    return made;
  };

  const draw = () => {
    const node = path[path.length - 1];
    canvas.replaceChildren();
    for (const [child, x, y, w, h] of squarify(node.children || [node], 0, 0, canvas.clientWidth, canvas.clientHeight))
      place(child, x, y, w, h, 1);
    trail.replaceChildren(...path.map((one) => button(one.name, () => show(one))));
    said.textContent = describe(node);
    const shown = classes[colour].map((name, i) => {
      const item = document.createElement("li");
      item.className = `tone${i % 12}`;
      item.textContent = name || "headers and small tensors";
      return item;
    });
    legend.replaceChildren(...shown);
    for (const one of figure.querySelectorAll("[data-by]")) one.setAttribute("aria-pressed", String(one.dataset.by === by));
    for (const one of figure.querySelectorAll("[data-colour]"))
      one.setAttribute("aria-pressed", String(one.dataset.colour === colour));
  };

  const show = (node) => {
    path = [];
    for (let one = node; one; one = one.parent) path.unshift(one);
    const held = canvas.contains(document.activeElement);
    draw();
    if (held) (canvas.querySelector(".inner") || trail.lastElementChild).focus({preventScroll: true});
  };

  for (const one of figure.querySelectorAll("[data-by]")) one.addEventListener("click", () => { by = one.dataset.by; draw(); });
  for (const one of figure.querySelectorAll("[data-colour]"))
    one.addEventListener("click", () => { colour = one.dataset.colour; draw(); });
  search.addEventListener("input", draw);
  figure.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && event.target !== search && path.length > 1) {
      event.preventDefault();
      show(path[path.length - 2]);
    }
  });
  new ResizeObserver(draw).observe(canvas);
  figure.hidden = false;
  draw();
}
