// Building blocks of the page. Text becomes text nodes only: nothing from outside is ever markup.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

const SHAPES = {
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12 4 4",
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M6 6l12 12M18 6 6 18",
  edit: "M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4",
  trash: "M5 7h14M9 7V4h6v3m-8 0 1 13h8l1-13M10 11v6m4-6v6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 13l4 4L19 7",
  again: "M20 11a8 8 0 1 0-2 6m2-12v6h-6",
  up: "M7 11v9H4v-9h3Zm0 0 4-8c2 0 3 1 3 3v3h5c1.500 0 2.300 1.200 2 2.500l-1.500 7c-.3 1-1 1.500-2 1.500H7",
  down: "M17 13V4h3v9h-3Zm0 0-4 8c-2 0-3-1-3-3v-3H5c-1.500 0-2.300-1.200-2-2.500l1.500-7C4.800 4.500 5.500 4 6.500 4H17",
  save: "M12 4v11m0 0-4-4m4 4 4-4M5 20h14",
  filter: "M4 6h16M7 12h10M10 18h4",
  book: "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3V4Zm0 13a3 3 0 0 1 3-3h11",
  send: "M12 19V5m0 0-6 6m6-6 6 6",
  stop: "M7 7h10v10H7z",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

// A button that shows an icon and says what it does, with words beside it where `text` is given.
export function tool(name, label, onclick, text = "") {
  return h("button", { type: "button", class: "tool", title: label, "aria-label": label, onclick }, icon(name), text);
}

// Read out by screen readers; said again even where it is the same as before.
export function announce(text) {
  const live = document.getElementById("hw-live");
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50);
}

// A notice that goes away by itself.
export function toast(text) {
  const box = document.getElementById("hw-toast");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(box.timer);
  box.timer = setTimeout(() => box.classList.remove("shown"), 3500);
}
