// The panel at the side: where an answer comes from.

import { FRAME, cards } from "./answer.js";
import { h } from "./dom.js";
import { themeFrame } from "./theme.js";

const NARROW = matchMedia("(max-width: 900px)");

export class SourcePanel {
  constructor(root) {
    this.root = root;
    this.panel = root.querySelector("#hw-source");
    this.frame = root.querySelector(`#${FRAME}`);
    this.evidence = root.querySelector("#evidence");
    this.back = null;
    this.frame.addEventListener("load", () => this.settle());
    root.querySelector("#hw-close-source").addEventListener("click", () => this.close());
    root.addEventListener("click", (event) => {
      const link = event.target.closest(`a[target='${FRAME}']`);
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.open(link);
    });
  }

  // Opened without its fragment: following that, the browser would scroll the page around as well.
  open(link) {
    for (const other of document.querySelectorAll(".hw-opened")) other.classList.remove("hw-opened");
    link.classList.add("hw-opened");
    this.panel.classList.add("reading");
    const address = new URL(link.href);
    address.hash = "";
    if (this.frame.contentWindow.location.href === address.href) this.settle();
    else this.frame.contentWindow.location.replace(address.href);
    this.reveal(link);
  }

  settle() {
    themeFrame(this.frame);
    const inside = this.frame.contentWindow;
    const hit = inside.document.getElementById("hit");
    if (!hit) return;
    const box = hit.getBoundingClientRect();
    inside.scrollTo(0, inside.scrollY + box.top - Math.max(90, (inside.innerHeight - box.height) / 3));
  }

  show(evidence, open = false) {
    if (evidence) this.evidence.replaceChildren(h("h3", {}, `依据的段落（${evidence.length}）`), ...cards(evidence));
    else {
      this.evidence.replaceChildren(h("p", { class: "hw-status" }, "提问之后，这里列出所依据的段落。"));
      this.panel.classList.remove("reading");
    }
    this.root.classList.toggle("plain-page", !evidence);
    this.evidence.scrollTop = 0;
    if (open) {
      this.reveal(document.activeElement);
      this.evidence.focus({ preventScroll: !NARROW.matches });
    }
  }

  // The passages of one answer, the one that was cited at the top.
  cite(evidence, number) {
    this.show(evidence);
    const card = this.evidence.querySelector(`[data-number="${number}"]`);
    if (!card) return;
    card.classList.add("hw-cited");
    this.evidence.scrollTop = number > 1 ? card.offsetTop - this.evidence.offsetTop - 8 : 0;
  }

  // On a narrow screen the panel covers the conversation until it is closed.
  reveal(from) {
    if (!NARROW.matches) return;
    this.back ??= from;
    this.panel.classList.add("open");
    this.panel.querySelector("#hw-close-source").focus();
  }

  close() {
    if (!this.panel.classList.contains("open")) return false;
    this.panel.classList.remove("open");
    this.back?.focus();
    this.back = null;
    return true;
  }
}
