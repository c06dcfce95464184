// The chat tab: ties its parts together, and the keyboard to them.

import { call } from "./api.js";
import { announce, toast } from "./dom.js";
import { FilterPanel } from "./filters.js";
import { Sidebar } from "./sidebar.js";
import { SourcePanel } from "./source.js";
import { applyTheme, nextTheme, watchTheme } from "./theme.js";
import { Thread } from "./thread.js";

class App extends HTMLElement {
  connectedCallback() {
    const find = (selector) => this.querySelector(selector);
    this.box = find("#question");
    this.send = find("#ask");
    this.halt = find("#stop");
    this.welcome = find("#hw-welcome");
    this.drawer = find("#hw-sidebar");
    this.source = new SourcePanel(this);
    this.filters = new FilterPanel(this);
    this.sidebar = new Sidebar(this, { open: (id) => this.open(id), gone: (id) => this.gone(id) });
    this.thread = new Thread(find("#chat"), {
      created: (id) => this.created(id),
      evidence: (evidence, open) => this.source.show(evidence, open),
      cited: (evidence, number) => this.source.cite(evidence, number),
      busy: (flag) => this.busy(flag),
      changed: () => this.changed(),
    });
    find("#hw-composer").addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    this.halt.addEventListener("click", () => this.stop());
    this.box.addEventListener("keydown", (event) => this.typed(event));
    this.box.addEventListener("input", () => this.grow());
    for (const button of this.querySelectorAll("#hw-new, #hw-new-small")) button.addEventListener("click", () => this.fresh());
    find("#hw-drawer").addEventListener("click", () => this.toggleDrawer());
    find("#hw-veil").addEventListener("click", () => this.toggleDrawer(false));
    for (const button of this.querySelectorAll(".hw-example")) {
      button.addEventListener("click", () => { this.box.value = button.textContent; this.grow(); this.box.focus(); });
    }
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("click", closeMenus);
    window.addEventListener("hashchange", () => this.follow());
    this.busy(false);
    this.sidebar.refresh();
    this.follow();
    this.box.focus({ preventScroll: true });
    this.dataset.ready = "";
  }

  // Shows the conversation the address names.
  async follow() {
    const identity = named();
    if (identity === this.thread.conversation) return;
    if (!identity) {
      this.blank();
      return;
    }
    try {
      const told = await call("GET", `/api/conversations/${identity}`);
      if (identity !== named()) return;  // another was opened meanwhile
      this.thread.show(identity, told.turns);
      this.welcome.hidden = told.turns.length > 0;
      document.title = `${told.conversation.title || "新对话"} · 会问`;
    } catch (error) {
      toast(error.message);
      this.fresh();
    }
    this.sidebar.select(identity);
  }

  open(identity) {
    this.toggleDrawer(false);
    location.hash = `c=${identity}`;
    this.box.focus({ preventScroll: true });
  }

  fresh() {
    this.toggleDrawer(false);
    history.pushState(null, "", location.pathname + location.search);
    this.blank();
    this.box.focus({ preventScroll: true });
  }

  blank() {
    this.thread.show("", []);
    this.sidebar.select("");
    this.welcome.hidden = false;
    document.title = "会问";
  }

  created(identity) {
    history.pushState(null, "", `#c=${identity}`);
    this.sidebar.current = identity;
  }

  gone(identity) {
    if (identity === this.thread.conversation) this.fresh();
  }

  changed() {
    const first = this.thread.turns[0];
    this.welcome.hidden = Boolean(first);
    if (first && document.title === "会问") document.title = `${first.told.question} · 会问`;
    this.sidebar.refresh();
  }

  ask() {
    const question = this.box.value.replace(/\s+/g, " ").trim();
    const problem = question ? this.filters.problem : "请先输入问题。";
    if (problem || this.thread.busy) {
      toast(problem || "上一个问题还在回答；请等它答完，或按“停止”。");
      this.box.focus();
      return;
    }
    this.box.value = "";
    this.grow();
    this.welcome.hidden = true;
    this.filters.toggle(false);
    this.thread.ask(question, this.filters.value);
  }

  stop() {
    this.thread.stop();
    this.box.focus();
  }

  busy(flag) {
    this.halt.hidden = !flag;
    this.send.hidden = flag;
    this.classList.toggle("busy", flag);
  }

  // Enter asks, Shift+Enter breaks the line, Enter that ends an input method's word does neither.
  typed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      this.ask();
    } else if (event.key === "ArrowUp" && !this.box.value && this.thread.turns.length) {
      event.preventDefault();
      this.box.value = this.thread.turns.at(-1).told.question;
      this.grow();
    }
  }

  pressed(event) {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "Escape") {
      if (closeMenus() || this.source.close() || this.toggleDrawer(false)) return;
      if (this.thread.busy) this.stop();
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && this.offsetParent) {
      event.preventDefault();
      this.box.focus();
    }
  }

  toggleDrawer(open = !this.drawer.classList.contains("open")) {
    const was = this.drawer.classList.contains("open");
    this.drawer.classList.toggle("open", open);
    this.querySelector("#hw-drawer").setAttribute("aria-expanded", String(open));
    if (open) this.querySelector("#hw-find").focus();
    else if (was) this.querySelector("#hw-drawer").focus();
    return was && !open;
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight + 2, 200)}px`;
  }
}

// The conversation the address names, empty for a new one.
function named() {
  return /^#c=([0-9a-f]{16})$/.exec(location.hash)?.[1] || "";
}

// Menus stay open until something else is done.
function closeMenus(event) {
  const open = [...document.querySelectorAll("details.hw-menu[open]")].filter((menu) => !event || !menu.contains(event.target) || event.target.closest("a"));
  for (const menu of open) {
    menu.open = false;
    if (!event) menu.querySelector("summary").focus();
  }
  return open.length > 0;
}

watchTheme();
document.addEventListener("click", (event) => {
  if (event.target.closest("#hw-theme")) {
    nextTheme();
    announce(document.getElementById("hw-theme").textContent);
  }
});
customElements.define("hw-app", App);
applyTheme();
