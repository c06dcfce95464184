// The list of conversations: search, open, rename, delete.

import { call } from "./api.js";
import { announce, h, toast, tool } from "./dom.js";
import { exportMenu } from "./thread.js";

const PAGE = 40;
const DAY_MS = 86_400_000;

export class Sidebar {
  // `on` tells the page: open(id), gone(id).
  constructor(root, on) {
    this.list = root.querySelector("#hw-conversations");
    this.search = root.querySelector("#hw-find");
    this.on = on;
    this.current = "";
    this.shown = [];
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.refresh(true), 200);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); this.titles()[0]?.focus(); }
    });
    this.list.addEventListener("keydown", (event) => this.move(event));
  }

  async refresh(aloud = false) {
    const asked = (this.asked = Symbol("asked"));
    try {
      const found = await this.page(0);
      if (this.asked !== asked) return;  // a later one is under way
      this.shown = found;
      this.draw();
      if (aloud) announce(found.length ? `找到 ${found.length} 个对话` : "没有找到对话");
    } catch (error) {
      toast(error.message);
    }
  }

  page(offset) {
    const query = new URLSearchParams({ q: this.search.value.trim(), limit: PAGE, offset });
    return call("GET", `/api/conversations?${query}`);
  }

  select(identity) {
    this.current = identity;
    this.draw();
  }

  draw() {
    const groups = new Map();
    for (const item of this.shown) {
      const name = ago(item.updated_at);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(item);
    }
    const parts = [...groups].map(([name, items]) =>
      h("section", { "aria-label": name }, h("h3", {}, name), h("ul", {}, items.map((item) => this.item(item)))));
    if (!parts.length) parts.push(h("p", { class: "hw-status" }, this.search.value.trim() ? "没有找到。" : "还没有对话。"));
    if (this.shown.length && this.shown.length % PAGE === 0) {
      parts.push(h("button", { type: "button", class: "plain", onclick: () => this.more() }, "更早的"));
    }
    this.list.replaceChildren(...parts);
  }

  async more() {
    const before = this.shown.length;
    this.shown = [...this.shown, ...(await this.page(before))];
    this.draw();
    this.titles()[before]?.focus();
  }

  item(told) {
    const name = told.title || "新对话";
    const open = h("button", {
      type: "button", class: "hw-title", title: name, onclick: () => this.on.open(told.id),
      "aria-current": told.id === this.current ? "true" : null,
    }, name);
    const row = h("li", {}, open, h("span", { class: "hw-item-tools" },
      tool("edit", `改名：${name}`, () => this.rename(row, told)),
      exportMenu(told.id),
      tool("trash", `删除：${name}`, () => this.confirm(row, told))));
    return row;
  }

  rename(row, told) {
    const box = h("input", { type: "text", maxlength: 80, "aria-label": "对话的名称" });
    box.value = told.title;
    let over = false;
    const end = async (save) => {
      if (over) return;
      over = true;
      try {
        if (save && box.value.trim() && box.value.trim() !== told.title) {
          told.title = (await call("PATCH", `/api/conversations/${told.id}`, { title: box.value.trim() })).title;
        }
      } catch (error) {
        toast(error.message);
      }
      const fresh = this.item(told);
      row.replaceWith(fresh);
      fresh.querySelector("button").focus();
    };
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && !event.isComposing) end(true);
      if (event.key === "Escape") end(false);
    });
    box.addEventListener("blur", () => end(true));
    row.replaceChildren(box);
    box.focus();
    box.select();
  }

  confirm(row, told) {
    const back = () => row.replaceWith(this.item(told));
    const yes = h("button", { type: "button", class: "danger", onclick: async () => {
      try {
        await call("DELETE", `/api/conversations/${told.id}`);
        this.shown = this.shown.filter((item) => item !== told);
        this.draw();
        announce("对话已删除");
        this.on.gone(told.id);
      } catch (error) {
        toast(error.message);
        back();
      }
    } }, "删除");
    row.replaceChildren(h("span", { class: "hw-sure" }, "删除这个对话？"), yes, h("button", { type: "button", class: "plain", onclick: back }, "取消"));
    yes.focus();
  }

  titles() {
    return [...this.list.querySelectorAll(".hw-title")];
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const titles = this.titles();
    const at = titles.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    (titles[at + step] || (step < 0 ? this.search : titles[at])).focus();
  }
}

function ago(moment) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const then = new Date(moment).getTime();
  if (then >= midnight) return "今天";
  if (then >= midnight - DAY_MS) return "昨天";
  if (then >= midnight - 7 * DAY_MS) return "近七天";
  return "更早";
}
