// What an accessibility checker looks at, as far as it can be computed here: a list of complaints.
() => {
  const wrong = [];
  const shown = (node) => {
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    return node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && box.width > 1 && box.height > 1 && style.clipPath === "none";
  };
  const where = (node) => `${node.tagName.toLowerCase()}${node.id && `#${node.id}`}.${String(node.className?.baseVal ?? node.className).split(" ")[0]} “${(node.textContent || "").trim().slice(0, 20)}”`;

  // Names.
  for (const node of document.querySelectorAll("button, a[href], input, textarea, select, summary, iframe, [role=button], [role=tab], [role=region], nav, aside")) {
    if (!shown(node)) continue;
    const labelled = (node.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join("");
    const name = node.getAttribute("aria-label") || labelled || [...(node.labels || [])].map((label) => label.textContent).join("")
      || node.title || (/^(BUTTON|A|SUMMARY)$/.test(node.tagName) || node.getAttribute("role") ? node.textContent : "");
    if (!name.trim()) wrong.push(`no name: ${where(node)}`);
  }
  for (const node of document.querySelectorAll("img, hw-app svg")) {
    if (shown(node) && node.getAttribute("alt") === null && !node.closest("[aria-hidden=true]")) wrong.push(`no alternative: ${where(node)}`);
  }

  // Structure.
  if (document.documentElement.lang !== "zh-CN") wrong.push("no language");
  if (!document.title) wrong.push("no title");
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  if (!document.querySelector("main")) wrong.push("no main");
  if (!document.querySelector("[aria-live=polite]")) wrong.push("no live region");
  const ids = [...document.querySelectorAll("hw-app [id]")].map((node) => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id twice: ${id}`);
  for (const node of document.querySelectorAll("[aria-controls], [aria-describedby]")) {
    const id = node.getAttribute("aria-controls") || node.getAttribute("aria-describedby");
    if (node.closest("hw-app") && !document.getElementById(id)) wrong.push(`points nowhere: ${id}`);
  }

  // Contrast of text, WCAG 2.2 section 1.4.3: relative luminance as defined there.
  const numbers = (colour) => { const found = colour.match(/[\d.]+/g).map(Number); return found.length < 4 ? [...found, 1] : found; };
  const over = (top, under) => [0, 1, 2].map((n) => top[n] * top[3] + under[n] * (1 - top[3]));
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((value) => { const v = value / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.textContent.trim() || /^(SCRIPT|STYLE|OPTION)$/.test(node.tagName) || !shown(node) || node.closest("[disabled], .disabled")) continue;
    const style = getComputedStyle(node);
    const under = behind(node);
    const [a, b] = [light(over(numbers(style.color), under)), light(under)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight, 10) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${where(node)}`);
  }

  // Big enough to hit, WCAG 2.2 section 2.5.8; links within text are exempt there.
  for (const node of document.querySelectorAll("hw-app button, hw-app summary, hw-app input, hw-app textarea")) {
    const box = node.getBoundingClientRect();
    const label = node.type === "checkbox" && node.closest("label")?.getBoundingClientRect();
    if (shown(node) && Math.min((label || box).width, (label || box).height) < 24) wrong.push(`small: ${where(node)} ${box.width}×${box.height}`);
  }
  return wrong;
}
