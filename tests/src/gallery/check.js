// Looks at the drawn screen as a ruler would: returns what is cut off, lies over something else, is too small or too pale.
(limits) => {
  const found = [];
  const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--mm"));
  const W = innerWidth, H = innerHeight;
  const id = (e) => e.id ? `#${e.id}` : `${e.nodeName.toLowerCase()}.${[...e.classList].join(".")}` + (e.parentElement?.id ? ` in #${e.parentElement.id}` : "");
  const layer = ["idle", "panel"].map((n) => document.getElementById(n)).find((e) => e && !e.hidden);
  const unseen = (e) => {
    for (let p = e; p && p !== document.body; p = p.parentElement) {
      const s = getComputedStyle(p);
      if (p.hidden || s.display === "none" || s.visibility === "hidden" || s.clipPath === "inset(50%)") return true;
    }
    return false;
  };
  const roots = layer ? [layer] : limits.roots.map((id) => document.getElementById(id));
  const banner = document.getElementById("banner");
  if (banner && !banner.hidden && layer?.id !== "idle") roots.push(banner); // the idle warning alone lies over it
  const inside = roots.flatMap((r) => [...r.querySelectorAll("*")]).filter((e) => !unseen(e));

  // Words: on the screen, not cut off by anything around them, not covered.
  const canvas = document.createElement("canvas").getContext("2d");
  const caps = new Map();
  const capHeight = (style) => {
    // Measured at a large size: at the real one the answer is rounded to whole pixels.
    const font = `${style.fontWeight} 1000px ${style.fontFamily}`;
    if (!caps.has(font)) { canvas.font = font; caps.set(font, canvas.measureText("H").actualBoundingBoxAscent / 1000); }
    return caps.get(font) * parseFloat(style.fontSize);
  };
  const luminance = ([r, g, b]) => { const f = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const colour = (text) => { const n = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0]; const whole = /^color\(srgb/.test(text) ? 255 : 1; return { rgb: n.slice(0, 3).map((c) => c * whole), alpha: n[3] ?? 1 }; };
  const ground = (e) => { for (let p = e; p; p = p.parentElement) { const c = colour(getComputedStyle(p).backgroundColor); if (c.alpha > 0.99) return c.rgb; } return colour(getComputedStyle(document.body).backgroundColor).rgb; };
  // All that letters may stand on there: each colour of a gradient (the banner's stripes), else the first ground that lets nothing through.
  const grounds = (e) => {
    const all = [];
    for (let p = e; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      if (s.backgroundImage.includes("gradient(")) {
        const shades = (s.backgroundImage.match(/(rgba?|color)\([^()]*\)/g) ?? []).map(colour);
        all.push(...shades.filter((one) => one.alpha > 0.99).map((one) => one.rgb));
        if (shades.length && shades.every((one) => one.alpha > 0.99)) return all;
      }
      const c = colour(s.backgroundColor);
      if (c.alpha > 0.99) return [...all, c.rgb];
    }
    return [...all, ground(null)];
  };
  const between = (one, other) => { const [a, b] = [luminance(one), luminance(other)]; return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
  let smallest = Infinity, palest = Infinity;
  const words = [];
  for (const root of roots) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode, e = node.parentElement;
      if (!node.data.trim() || unseen(e)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const style = getComputedStyle(e);
      const height = capHeight(style) / mm;
      smallest = Math.min(smallest, height);
      if (height < limits.letters) found.push(`letters of ${height.toFixed(2)} mm: ${id(e)} “${node.data.slice(0, 20)}”`);
      const contrast = Math.min(...grounds(e).map((one) => between(colour(style.color).rgb, one)));
      palest = Math.min(palest, contrast);
      if (contrast < limits.contrast) found.push(`contrast ${contrast.toFixed(1)}: ${id(e)} “${node.data.slice(0, 20)}”`);
      for (const box of range.getClientRects()) {
        if (box.width < 1) continue;
        // The box is as high as the font's tallest letter may be; the ink of these languages takes one em of it.
        const em = parseFloat(style.fontSize), middle = box.top + box.height / 2 + em * 0.05;
        const r = { left: box.left, right: box.right, width: box.width, top: middle - em * 0.5, bottom: middle + em * 0.5, height: em };
        if (r.left < -0.5 || r.top < -0.5 || r.right > W + 0.5 || r.bottom > H + 0.5) { found.push(`outside the screen: ${id(e)} “${node.data.slice(0, 20)}”`); break; }
        let cut = false;
        for (let p = e; p && p !== document.body; p = p.parentElement) {
          const o = getComputedStyle(p);
          if (o.overflowX === "visible" && o.overflowY === "visible" && p.nodeName !== "BUTTON") continue;
          const b = p.getBoundingClientRect();
          if (r.left < b.left - 1 || r.right > b.right + 1 || r.top < b.top - 1.5 || r.bottom > b.bottom + 1.5) { cut = id(p); break; }
        }
        if (cut) { found.push(`cut off by ${cut}: ${id(e)} “${node.data.slice(0, 20)}”`); break; }
        const hit = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
        if (hit && hit !== e && !e.contains(hit) && !hit.contains(e)) { found.push(`covered by ${id(hit)}: ${id(e)} “${node.data.slice(0, 20)}”`); break; }
        words.push({ e, r });
      }
      // The card's name breaks between its two words, nowhere else.
      for (const m of e.closest("h1")?.textContent.matchAll(/マイナンバーカード/gu) ?? []) {
        const tops = (from, to) => {
          const pieces = document.createTreeWalker(e.closest("h1"), NodeFilter.SHOW_TEXT), found = new Set();
          for (let at = 0; pieces.nextNode(); at += pieces.currentNode.length) {
            const text = pieces.currentNode, start = Math.max(from - at, 0), end = Math.min(to - at, text.length);
            if (start >= end) continue;
            range.setStart(text, start); range.setEnd(text, end);
            for (const r of range.getClientRects()) if (r.width >= 1) found.add(Math.round(r.top));
          }
          return found.size;
        };
        const middle = m.index + "マイナンバー".length;
        if (tops(m.index, middle) > 1 || tops(middle, m.index + m[0].length) > 1) found.push(`word broken: ${id(e)} “${m[0]}”`);
      }
      // What stands in brackets on a button (tries left) stays in one piece.
      for (const m of e.closest(".detail") ? node.data.matchAll(/[(\uff08][^)\uff09]*[)\uff09]/g) : []) {
        range.setStart(node, m.index); range.setEnd(node, m.index + m[0].length);
        if (new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size > 1) found.push(`in several lines: ${id(e)} “${m[0]}”`);
      }
      // A word broken in its middle (only languages with spaces between words; a Japanese name or address may break anywhere).
      if (/^(en|vi|pt|ko)/.test(document.documentElement.lang)) {
        for (const m of node.data.matchAll(/\S+/g)) {
          range.setStart(node, m.index); range.setEnd(node, m.index + m[0].length);
          if (range.getClientRects().length > 1 && !/[\u3040-\u30ff\u3400-\u9fff]/.test(m[0]) && !m[0].includes("-") && !m[0].includes("/")) { const tops = new Set([...range.getClientRects()].map((r) => Math.round(r.top))); if (tops.size > 1) found.push(`word broken: ${id(e)} “${m[0]}”`); }
        }
      }
    }
  }
  // Nothing over anything else: pieces of words of different elements do not meet.
  for (let a = 0; a < words.length; a++) for (let b = a + 1; b < words.length; b++) {
    const [x, y] = [words[a], words[b]];
    if (x.e === y.e || x.e.contains(y.e) || y.e.contains(x.e)) continue;
    const w = Math.min(x.r.right, y.r.right) - Math.max(x.r.left, y.r.left), h = Math.min(x.r.bottom, y.r.bottom) - Math.max(x.r.top, y.r.top);
    if (w > 1 && h > Math.min(x.r.height, y.r.height) * 0.3) found.push(`over each other: ${id(x.e)} and ${id(y.e)}`);
  }
  for (const e of inside) {
    if (e.querySelector(":scope > .turning")) continue; // a ring that turns: the corners of its square reach over, nothing of it is seen there
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== "inline" && !(e instanceof SVGElement)) found.push(`wider than its place: ${id(e)}`);
  }
  // What is touched: large enough, far enough apart.
  let narrowest = Infinity, nearest = Infinity, reach = 0;
  const touched = inside.filter((e) => e.nodeName === "BUTTON").map((e) => ({ e, r: e.getBoundingClientRect() }));
  for (const { e, r } of touched) {
    const side = Math.min(r.width, r.height) / mm;
    narrowest = Math.min(narrowest, side);
    if (side < limits.touch) found.push(`button of ${side.toFixed(1)} mm: ${id(e)}`);
    reach = Math.max(reach, (H - r.top) / mm);
    if (limits.reach && document.body.hasAttribute("data-low") && (H - r.top) / mm > limits.reach) found.push(`button ${((H - r.top) / mm).toFixed(0)} mm above the lower edge: ${id(e)}`);
    if (r.left < -0.5 || r.top < -0.5 || r.right > W + 0.5 || r.bottom > H + 0.5) found.push(`button outside the screen: ${id(e)}`);
  }
  // Where a button ends is seen (WCAG 2.2, 1.4.11): its border, or else its own ground, stands out from what is around it.
  let faintest = Infinity;
  for (const { e } of touched) {
    if (e.disabled || !e.parentElement) continue;
    const s = getComputedStyle(e), around = grounds(e.parentElement);
    const edges = [];
    for (const side of ["Top", "Right", "Bottom", "Left"]) if (s[`border${side}Style`] !== "none" && parseFloat(s[`border${side}Width`]) >= 1) edges.push(colour(s[`border${side}Color`]));
    const ends = [...edges.filter((one) => one.alpha > 0.5).map((one) => one.rgb), ...grounds(e).slice(0, 1)];
    const edge = Math.max(...ends.map((end) => Math.min(...around.map((one) => between(end, one)))));
    faintest = Math.min(faintest, edge);
    if (edge < 3) found.push(`edge of a button ${edge.toFixed(1)}: ${id(e)}`);
  }
  const title = document.getElementById("title")?.getBoundingClientRect();
  if (limits.words && title?.height && document.body.hasAttribute("data-low") && (H - title.top) / mm > limits.reach) found.push(`title ${((H - title.top) / mm).toFixed(0)} mm above the lower edge`);
  for (let a = 0; a < touched.length; a++) for (let b = a + 1; b < touched.length; b++) {
    const [x, y] = [touched[a].r, touched[b].r];
    const w = Math.max(x.left, y.left) - Math.min(x.right, y.right), h = Math.max(x.top, y.top) - Math.min(x.bottom, y.bottom);
    const gap = Math.max(w, h) / mm;
    nearest = Math.min(nearest, gap);
    if (gap < limits.gap) found.push(`buttons ${gap.toFixed(1)} mm apart: ${id(touched[a].e)} and ${id(touched[b].e)}`);
  }
  // What can be scrolled shows a bar as soon as it overflows by less than anybody sees, and the bar takes its width from the words.
  for (const e of limits.reach ? [...roots, ...inside] : []) {
    const o = getComputedStyle(e);
    const bar = (how, content, room) => ["auto", "scroll"].includes(how) && content > room;
    if (bar(o.overflowY, e.scrollHeight, e.clientHeight) || bar(o.overflowX, e.scrollWidth, e.clientWidth)) found.push(`scrolls: ${id(e)}`);
  }
  // A button that does nothing now does not look as if it did.
  for (const { e } of touched) if (e.disabled && limits.reach) {
    if (getComputedStyle(e).borderTopStyle !== "dashed") found.push(`looks as if it did something: ${id(e)}`);
    for (const label of e.querySelectorAll(".label")) if (parseInt(getComputedStyle(label).fontWeight) > 400) found.push(`bold though it does nothing: ${id(e)}`);
  }
  // Keys of one block are equally high, and a short word of Chinese characters or kana stays in one line on its button.
  const keys = touched.filter(({ e }) => e.parentElement?.id === "keys").map(({ r }) => r.height);
  if (keys.length && Math.max(...keys) - Math.min(...keys) > 1) found.push(`keys between ${(Math.min(...keys) / mm).toFixed(1)} and ${(Math.max(...keys) / mm).toFixed(1)} mm high`);
  for (const { e } of touched) for (const label of e.querySelectorAll(".label")) {
    const word = label.textContent.trim();
    if (word.length > 4 || unseen(label) || !/^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+$/.test(word)) continue;
    const range = document.createRange();
    range.selectNodeContents(label);
    if (new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size > 1) found.push(`short word in several lines: ${id(e)} “${word}”`);
  }
  if ("scroll" in document.documentElement.dataset) found.push(`does not fit: ${document.documentElement.dataset.scroll}`);
  const root = document.documentElement;
  return { reach: document.body.hasAttribute("data-low") ? reach : null, found: [...new Set(found)].slice(0, 12), smallest, palest, faintest: touched.length ? faintest : null, narrowest: touched.length ? narrowest : null, nearest: touched.length > 1 ? nearest : null, tight: root.dataset.tight, scale: Number(getComputedStyle(root).getPropertyValue("--k")) };
}
