// What a question is narrowed to.

import { call } from "./api.js";
import { h, icon } from "./dom.js";

const NAMES = { collection: "资料集", document_id: "文件", speaker: "发言人", since: "不早于", until: "不晚于", item: "议题", decisions: "只看议定的事" };

export class FilterPanel {
  constructor(root) {
    this.panel = root.querySelector("#hw-filters");
    this.button = root.querySelector("#hw-filter");
    this.chips = root.querySelector("#hw-chips");
    // Not `elements` itself: it has a method named `item`, as one of the fields is.
    this.fields = Object.fromEntries(["collection", "document", "speaker", "since", "until", "item", "decisions"].map((name) => [name, this.panel.elements.namedItem(name)]));
    this.documents = new Map();
    this.button.addEventListener("click", () => this.toggle());
    this.panel.addEventListener("submit", (event) => event.preventDefault());
    this.panel.addEventListener("input", (event) => {
      this.draw();
      if (event.target.getAttribute("list")) this.suggest(event.target.value);
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); this.toggle(false); this.button.focus(); }
    });
    this.panel.querySelector("#hw-all").addEventListener("click", () => { this.panel.reset(); this.draw(); });
    this.draw();
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) {
      this.suggest("");
      this.fields.collection.focus();
    }
  }

  // Names for the two fields that are typed into, asked for anew with every few letters.
  suggest(text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const told = await call("GET", `/api/suggestions?${new URLSearchParams({ q: text })}`).catch(() => null);
      if (!told) return;
      for (const item of told.documents) this.documents.set(item.name, item.id);
      this.panel.querySelector("#hw-documents").replaceChildren(...told.documents.map((item) => h("option", { value: item.name }, item.title)));
      this.panel.querySelector("#hw-collections").replaceChildren(...told.collections.map((name) => h("option", { value: name })));
      this.panel.querySelector("#hw-speakers").replaceChildren(...told.speakers.map((name) => h("option", { value: name })));
      this.draw();
    }, 120);
  }

  get value() {
    const { collection, document, speaker, since, until, item, decisions } = this.fields;
    return {
      collection: collection.value.trim(),
      document_id: this.documents.get(document.value.trim()) || "",
      speaker: speaker.value.trim(), since: since.value, until: until.value,
      item: item.value.trim(), decisions: decisions.checked,
    };
  }

  // A document that is not there must not quietly become "all documents".
  get problem() {
    const name = this.fields.document.value.trim();
    return name && !this.documents.has(name) ? `没有名为“${name}”的文件；请从列出的文件里选，或清空这一项。` : "";
  }

  draw() {
    const set = Object.entries(this.value).filter(([, value]) => value);
    this.chips.replaceChildren(...set.map(([name, value]) => {
      const field = this.fields[name === "document_id" ? "document" : name];
      const shown = value === true ? NAMES[name] : `${NAMES[name]}：${name === "document_id" ? field.value : value}`;
      return h("button", { type: "button", class: "chip", "aria-label": `去掉筛选 ${shown}`, onclick: () => {
        if (field.type === "checkbox") field.checked = false;
        else field.value = "";
        this.draw();
        this.button.focus();
      } }, shown, icon("close"));
    }));
    this.button.classList.toggle("on", set.length > 0);
  }
}
