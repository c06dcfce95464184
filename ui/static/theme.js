// Light, dark, or as the system has it.

const KEY = "huiwen-theme";
const NAMES = { system: "随系统", light: "浅色", dark: "深色" };
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return localStorage.getItem(KEY) || "system";
  } catch {
    return "system";  // storage is closed to the page
  }
}

export function applyTheme() {
  const want = chosen();
  const isDark = want === "dark" || (want === "system" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  document.body?.classList.toggle("dark", isDark);  // Gradio's own
  const button = document.getElementById("hw-theme");
  if (button) {
    button.textContent = NAMES[want];
    button.setAttribute("aria-label", `配色：${NAMES[want]}，按下更换`);
  }
  for (const frame of document.querySelectorAll("iframe.hw-themed")) themeFrame(frame);
}

// The source viewer follows the page's choice.
export function themeFrame(frame) {
  const inside = frame.contentDocument?.documentElement;
  if (inside) inside.dataset.theme = document.documentElement.dataset.theme;
}

export function nextTheme() {
  const order = Object.keys(NAMES);
  const next = order[(order.indexOf(chosen()) + 1) % order.length];
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds for no longer than this page, then.
  }
  applyTheme();
}

export function watchTheme() {
  applyTheme();
  // Gradio sets its class by the system, at its start and at every change: have the last word.
  new MutationObserver(() => {
    const isDark = document.documentElement.dataset.theme === "dark";
    if (document.body.classList.contains("dark") !== isDark) document.body.classList.toggle("dark", isDark);
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  dark.addEventListener("change", applyTheme);
}
