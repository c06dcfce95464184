// Answers and evidence as the API gives them, drawn.

import { h } from "./dom.js";

const BADGES = { answered: "", refused: "资料未载", extractive: "仅列原文" };
export const FRAME = "source-frame";

// The checked answer: statements with citations, reason, closest passage, notices, label.
export function answerView(answer, notices = []) {
  const badge = BADGES[answer.status];
  const closest = answer.status === "refused" && answer.evidence[0];
  return [
    badge && h("span", { class: `hw-badge hw-${answer.status}` }, badge),
    answer.statements.map(statement),
    answer.reason && h("div", { class: "hw-reason" }, answer.reason),
    closest && h("blockquote", { class: "hw-closest" }, closest.quote.text,
      h("cite", {}, closest.document_name, " ", openLink(closest))),
    notices.map((text) => h("div", { class: "hw-notice", role: "note" }, "⚠ ", text)),
    h("div", { class: "hw-label" }, answer.ai_label,
      h("span", {}, `依据 ${time(answer.timings.evidence)} · 共 ${time(answer.timings.total)}`)),
  ];
}

function time(seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} 毫秒` : `${seconds.toFixed(1)} 秒`;
}

// Items that a document counts up stand one below the other.
const ITEM = /^(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十][是要]|第[一二三四五六七八九十][，,、：:]|[（(]?\d[）).、．])/;

function statement(said) {
  return h("span", { class: ITEM.test(said.text) ? "hw-statement hw-item" : "hw-statement" }, said.text,
    said.citations.map(mark),
    said.unsupported_numbers.map((number) =>
      h("span", { class: "hw-flag", title: "请对照原文" }, `⚠ 数字 ${number} 未在所引段落中找到`)));
}

function mark(citation) {
  const label = `依据 ${citation.number}，打开原文：${citation.document_name}`;
  return h("a", { class: "hw-cite", href: citation.url, target: FRAME, title: label, "aria-label": label, "data-number": citation.number }, `[${citation.number}]`);
}

function openLink(item) {
  const label = `查看原文：${item.document_name}，依据 ${item.number}`;
  return h("a", { class: "hw-open", href: item.url, target: FRAME, "aria-label": label }, "查看原文");
}

// The evidence panel.
export function cards(evidence) {
  if (!evidence.length) return [h("p", { class: "hw-status" }, "没有可以参考的段落。")];
  return evidence.map((item) => {
    const { text, quote } = { text: [...item.text], quote: item.quote };
    const part = (from, to) => text.slice(from, to).join("");
    return h("article", { class: "hw-card", "data-number": item.number, "aria-label": `依据 ${item.number}` },
      h("header", {}, h("b", {}, `[${item.number}]`), " ", h("span", {}, item.document_name), openLink(item)),
      h("div", { class: "hw-where" }, where(item)),
      h("p", {}, part(0, quote.start), h("mark", {}, part(quote.start, quote.end)), part(quote.end)));
  });
}

// Who said or decided it, when, and on which page, as far as the document tells.
function where(item) {
  const path = [item.title, ...item.headings, ...item.item.split(" › "), item.office + item.speaker];
  const told = [...new Set(path.filter(Boolean))].join(" › ");
  const decision = item.decision && !told.includes("议定事项") ? "议定事项" : "";
  return [told, decision, item.date, item.page ? `第 ${item.page} 页` : ""].filter(Boolean).join(" · ");
}

// The answer as plain text, its sources written out below it.
export function plainText(question, answer, notices = []) {
  const cited = new Map();
  for (const said of answer.statements) for (const c of said.citations) if (!cited.has(c.number)) cited.set(c.number, c);
  const sources = [...cited.values()].map((c) => `[${c.number}] ${c.document_name}：“${c.quote.text}”`);
  return [`问：${question}`, `答：${answer.text}`,
    sources.length ? `依据：\n${sources.join("\n")}` : "", ...notices.map((text) => `⚠ ${text}`), answer.ai_label,
  ].filter(Boolean).join("\n\n");
}
