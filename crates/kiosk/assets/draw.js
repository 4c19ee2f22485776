// Drawing: builds the wanted elements and lays them over the present ones, so that what stays keeps its focus,
// a finger resting on a button does not lose it, and listeners hear only what changed.

/** One element: h("p", {class: "x"}, "text", child, null …). Attributes that are null, undefined or false are left out. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** `text` with each telephone number in one piece, which no line breaks. */
export function numbers(text) {
  return text.split(/([0-9\uFF10-\uFF19(+][-0-9\uFF10-\uFF19\uFF0D\u2010\u2011\u2212()]{7,}[0-9\uFF10-\uFF19])/).map((part, at) => (at % 2 ? h("span", { class: "number" }, part) : part));
}

/** The drawing `name` from the page's templates. */
export function drawing(name, label) {
  const template = document.getElementById(`drawing-${name}`);
  if (!template) return null;
  const svg = template.content.firstElementChild.cloneNode(true);
  svg.dataset.drawing = name;
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  return svg;
}

/** Makes the children of `parent` those given, keeping every element that can stay. */
export function lay(parent, ...wanted) {
  const target = document.createElement("div");
  target.append(...wanted.flat(Infinity).filter(Boolean));
  children(parent, target);
}

function same(old, fresh) {
  return (
    old.nodeType === fresh.nodeType &&
    old.nodeName === fresh.nodeName &&
    (old.id ?? "") === (fresh.id ?? "") &&
    (old.dataset?.drawing ?? "") === (fresh.dataset?.drawing ?? "")
  );
}

function children(parent, target) {
  const wanted = [...target.childNodes];
  wanted.forEach((fresh, at) => {
    const old = parent.childNodes[at];
    if (old && same(old, fresh)) return morph(old, fresh);
    const kept = fresh.id ? [...parent.children].find((child) => same(child, fresh)) : null;
    if (kept) {
      parent.insertBefore(kept, old ?? null);
      morph(kept, fresh);
    } else {
      parent.insertBefore(fresh, old ?? null);
    }
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  // What a person unfolded stays unfolded: no view says so, the page alone knows.
  const kept = (name) => name === "open" && old.nodeName === "DETAILS";
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (!old.dataset.drawing && old.nodeName !== "CANVAS") children(old, fresh);
}
