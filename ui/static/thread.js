// The turns of the conversation that is open, and the one that is on its way.

import { answerView, plainText } from "./answer.js";
import { Problem, call, copy, events } from "./api.js";
import { announce, h, icon, toast, tool } from "./dom.js";
import { opinionTools } from "./opinion.js";

const ENDED = {
  asked: "这个问题没有答完；可以重新回答。",
  interrupted: "回答时服务中断了；可以重新回答。",
  stopped: "已停止，以上文字未经核对。",
};

export class Thread {
  // `log` is where turns go; `on` tells the page: created(id), evidence(list),
  // cited(list, number), busy(flag), changed().
  constructor(log, on) {
    this.log = log;
    this.on = on;
    this.turns = [];
    this.conversation = "";
    this.creating = false;
    this.running = new Map();  // conversations whose answer is on its way, open or not
    log.addEventListener("click", (event) => {
      const mark = event.target.closest("a.hw-cite");
      const view = mark && this.turns.find((one) => one.node.contains(mark));
      if (view) on.cited(view.told.answer.evidence, Number(mark.dataset.number));
    });
  }

  get busy() {
    return this.creating || this.running.has(this.conversation);
  }

  // An answer on its way goes on: it is there when its conversation is opened again.
  show(identity, turns) {
    this.conversation = identity;
    const live = this.running.get(identity)?.view;
    this.turns = turns.map((told) => (live && told.id === live.told.id ? live : new TurnView(this, told)));
    this.log.replaceChildren(...this.turns.map((view) => view.node));
    const last = this.turns.at(-1)?.told.answer;
    this.on.evidence(last && last.status !== "talk" ? last.evidence : null);
    this.on.busy(this.busy);
    this.log.parentElement.scrollTop = this.log.scrollHeight;
  }

  stop() {
    this.running.get(this.conversation)?.abort.abort();
  }

  // Asks, in place of the turn `replaced` and all after it where one is given.
  async ask(question, filters, replaced = null) {
    if (this.busy) {
      toast("上一个问题还在回答；请等它答完，或按“停止”。");
      return;
    }
    if (!this.conversation && !(await this.create())) return;
    const conversation = this.conversation;
    const view = this.begin(question, filters, replaced);
    const abort = new AbortController();
    this.running.set(conversation, { view, abort });
    this.on.busy(true);
    try {
      const body = { question, filters, replaces: replaced?.told.id || "" };
      for await (const [name, data] of events(`/api/conversations/${conversation}/ask`, body, abort.signal)) {
        this.take(view, name, data);
      }
      if (view.told.state === "asked") throw new Problem("服务器没有答完；请重新回答。");
    } catch (error) {
      if (error.name === "AbortError") view.end("stopped");
      else view.fail(error instanceof Problem ? error.message : "页面出错了；请刷新后再试。");
      if (!(error instanceof Problem) && error.name !== "AbortError") console.error(error);
    } finally {
      this.running.delete(conversation);
      if (conversation === this.conversation) this.on.busy(false);
      else toast(`“${question}”答完了。`);
      this.on.changed();
    }
  }

  async create() {
    this.creating = true;
    try {
      const made = await call("POST", "/api/conversations", {});
      this.conversation = made.id;
      this.on.created(made.id);
      return true;
    } catch (error) {
      toast(error.message);
      this.on.changed();
      return false;
    } finally {
      this.creating = false;
    }
  }

  begin(question, filters, replaced) {
    const at = this.turns.indexOf(replaced);
    if (at >= 0) for (const old of this.turns.splice(at)) old.node.remove();
    const view = new TurnView(this, { id: "", question, filters, rewritten: "", state: "asked", text: "", answer: null, notices: [], feedback: null }, true);
    this.turns.push(view);
    this.log.append(view.node);
    this.follow(true);
    return view;
  }

  take(view, name, data) {
    const open = view.node.isConnected;
    if (name === "turn") view.told.id = data.id;
    else if (name === "rewritten") view.understood(data.question);
    else if (name === "evidence") {
      if (open) this.on.evidence(data.evidence);
      view.status(`已找到 ${data.evidence.length} 段依据，正在阅读…`);
    } else if (name === "queue") view.status(`前面还有 ${data.place} 个问题，正在排队…`);
    else if (name === "delta" && data.text) view.add(data.text);
    else if (name === "answer") {
      if (open) this.on.evidence(data.status === "talk" ? null : data.evidence);
      view.answered(data);
    } else if (name === "problem") view.fail(data.detail);
    if (open) this.follow();
  }

  // Keeps the end in view, unless the reader has gone up to read.
  follow(always = false) {
    const box = this.log.parentElement;
    if (always || box.scrollHeight - box.scrollTop - box.clientHeight < 160) box.scrollTop = box.scrollHeight;
  }
}

class TurnView {
  constructor(thread, told, running = false) {
    this.thread = thread;
    this.conversation = thread.conversation;
    this.told = told;
    this.question = h("div", { class: "hw-question" }, told.question);
    this.meaning = h("div", { class: "hw-meaning", hidden: true });
    this.body = h("div", { class: "hw-answer" });
    this.tools = h("div", { class: "hw-tools" });
    this.asked = h("div", { class: "hw-asked" }, tool("edit", "修改问题", () => this.edit()), this.question);
    this.node = h("article", { class: "hw-turn", "aria-label": `问：${told.question}` }, this.asked, this.meaning, this.body, this.tools);
    if (told.rewritten) this.understood(told.rewritten);
    if (running) this.status("正在查找依据…");
    else if (told.answer) this.answered(told.answer, false);
    else if (told.state === "failed") this.fail(told.text, false);
    else this.end(told.state, false);
  }

  understood(question) {
    this.told.rewritten = question;
    this.meaning.textContent = `理解为：${question}`;
    this.meaning.hidden = false;
  }

  status(text) {
    this.body.replaceChildren(h("div", { class: "hw-status hw-waiting" }, text));
    this.say(text);
  }

  // Aloud, unless another conversation is open; just made, it is about to be.
  say(text) {
    if (this.node.isConnected || !this.told.id) announce(text);
  }

  // A piece of the draft; only the new words are added, so that a selection stays.
  add(text) {
    if (!this.draft) {
      this.draft = h("span", {});
      this.body.replaceChildren(
        h("div", { class: "hw-draft", "aria-busy": "true" }, this.draft, h("span", { class: "hw-cursor" })),
        h("div", { class: "hw-status" }, "正在生成，尚未核对…"));
      this.say("正在生成回答");
    }
    this.told.text += text;
    this.draft.append(text);
  }

  answered(answer, aloud = true) {
    Object.assign(this.told, { state: "answered", answer });
    this.body.replaceChildren(...h("div", {}, answerView(answer, this.told.notices)).childNodes);
    this.finish(true);
    if (aloud) this.say(`${answer.text}。${answer.ai_label}`);
  }

  // What there was when it was stopped or broke off.
  end(state, aloud = true) {
    this.told.state = state;
    this.body.replaceChildren(...[
      this.told.text && h("div", { class: "hw-draft" }, this.told.text),
      h("div", { class: "hw-status" }, this.told.text || state !== "stopped" ? ENDED[state] : "已停止。"),
      this.told.text && h("div", { class: "hw-label" }, document.getElementById("hw-app").dataset.label),
    ].filter(Boolean));
    this.finish(false);
    if (aloud) this.say("已停止");
  }

  fail(message, aloud = true) {
    this.told.state = "failed";
    this.body.replaceChildren(h("div", { class: "hw-problem", role: aloud ? "alert" : null }, message));
    this.finish(false);
  }

  finish(complete) {
    this.draft = null;
    const { told, thread } = this;
    this.tools.replaceChildren(...[
      complete && tool("copy", "复制回答与依据", (event) => this.copy(event.currentTarget)),
      h("span", { class: "hw-again" }, tool("again", "重新回答", () => thread.ask(told.question, told.filters, this))),
      complete && told.id && opinionTools(told),
      complete && told.id && exportMenu(this.conversation, told.id),
      complete && told.answer.evidence.length > 0 && tool("book", "查看这次的依据", () => thread.on.evidence(told.answer.evidence, true), `依据 ${told.answer.evidence.length} 段`),
    ].filter(Boolean));
  }

  async copy(button) {
    await copy(plainText(this.told.question, this.told.answer, this.told.notices));
    button.replaceChildren(icon("check"));
    announce("已复制");
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  }

  edit() {
    if (this.thread.busy) {
      toast("正在回答；请等它答完，或按“停止”，再修改问题。");
      return;
    }
    const box = h("textarea", { class: "hw-edit", rows: 2, maxlength: 500, "aria-label": "修改问题" });
    box.value = this.told.question;
    const close = () => {
      form.replaceWith(this.asked);
      this.asked.querySelector("button").focus();
    };
    const save = () => {
      const text = box.value.trim();
      if (text) this.thread.ask(text, this.told.filters, this);
    };
    const form = h("form", { class: "hw-editing", onsubmit: (event) => { event.preventDefault(); save(); } }, box,
      h("div", { class: "hw-row" }, h("span", { class: "hw-hint" }, this === this.thread.turns.at(-1) ? "" : "它之后的问答会一并取代"),
        h("button", { type: "button", class: "plain", onclick: close }, "取消"), h("button", { type: "submit", class: "primary" }, "重新提问")));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); close(); }
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); save(); }
    });
    this.asked.replaceWith(form);
    box.focus();
  }
}

export function exportMenu(conversation, answer = "") {
  const link = (format, text) => h("a", {
    href: `/api/conversations/${conversation}/export?format=${format}${answer && `&answer=${answer}`}`, download: "",
  }, text);
  // Upward where the list or the conversation ends too soon below it.
  const place = ({ currentTarget: menu }) => {
    const scrolls = menu.closest(".hw-scroll, #hw-conversations");
    menu.classList.remove("upward");
    menu.classList.toggle("upward", menu.open && menu.lastChild.getBoundingClientRect().bottom > scrolls.getBoundingClientRect().bottom);
  };
  return h("details", { class: "hw-menu", ontoggle: place },
    h("summary", { class: "tool", title: "导出", "aria-label": "导出" }, icon("save")),
    h("div", {}, link("docx", "Word 文件（.docx）"), link("pdf", "PDF 文件（.pdf）")));
}
