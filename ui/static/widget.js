/* 会问的嵌入式问答框。一个 script 标签即可：
 *   <script src="https://会问的地址/widget.js" data-key="密钥"></script>
 * 可选：data-title 标题，data-placeholder 输入框提示，data-target 放进页面上哪个元素（CSS 选择器）。
 * Built of DOM nodes alone, styled by a constructed sheet: a portal's CSP needs script-src and
 * connect-src for our origin, nothing inline. Text from the service never becomes markup.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  const host = new URL(script.src).origin;
  const { key = "", title = "会问", placeholder = "请输入问题", target = "" } = script.dataset;
  const REMEMBERED = 5;
  const history = [];
  let running = null;

  const SHEET = `
    :host { all: initial; font: 15px/1.7 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif;
      --fg: #1d2129; --bg: #fff; --dim: #5b6470; --line: #d9dde3; --tint: #f3f6fb; --main: #1456b8;
      color-scheme: light dark; }
    @media (prefers-color-scheme: dark) { :host { --fg: #e8eaed; --bg: #1f2329; --dim: #a9b1bb;
      --line: #3b424c; --tint: #2a3038; --main: #8ab4f8; } }
    [hidden] { display: none !important; }
    * { box-sizing: border-box; font: inherit; }
    .open { position: fixed; right: 24px; bottom: 24px; z-index: 2147483000; padding: 10px 20px;
      border: 0; border-radius: 24px; background: var(--main); color: var(--bg); cursor: pointer;
      box-shadow: 0 4px 16px #0004; }
    .box { display: flex; flex-direction: column; background: var(--bg); color: var(--fg);
      border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
    .floating { position: fixed; right: 24px; bottom: 24px; z-index: 2147483000; width: 400px;
      max-width: calc(100vw - 16px); height: min(620px, calc(100vh - 48px));
      box-shadow: 0 8px 32px #0004; }
    .inline { height: 560px; }
    @media (max-width: 480px) { .floating { right: 8px; bottom: 8px; } }
    header { display: flex; gap: 8px; padding: 10px 14px; border-bottom: 1px solid var(--line);
      font-weight: 600; }
    header span { flex: 1; }
    button { cursor: pointer; color: inherit; background: none; border: 1px solid var(--line);
      border-radius: 8px; padding: 2px 12px; }
    button.ask { background: var(--main); color: var(--bg); border-color: var(--main); }
    :focus-visible { outline: 2px solid var(--main); outline-offset: 2px; }
    .log { flex: 1; overflow: auto; padding: 12px 14px; }
    .question { margin: 8px 0 8px auto; width: fit-content; max-width: 85%; padding: 4px 12px;
      background: var(--tint); border-radius: 10px; overflow-wrap: anywhere; }
    .answer { margin: 0 0 4px; overflow-wrap: anywhere; white-space: pre-wrap; }
    .draft, .note, footer { color: var(--dim); }
    .note, footer { font-size: 13px; }
    a { color: var(--main); text-decoration: none; }
    a:hover { text-decoration: underline; }
    ol { margin: 0 0 8px; padding: 0; list-style: none; font-size: 13px; }
    form { display: flex; gap: 8px; padding: 10px 14px; border-top: 1px solid var(--line); }
    input { flex: 1; min-width: 0; padding: 4px 10px; color: inherit; background: var(--bg);
      border: 1px solid var(--line); border-radius: 8px; }
    footer { padding: 0 14px 8px; }
    .source { flex: 1; overflow: auto; padding: 12px 14px; }
    .source h2 { margin: 0 0 8px; font-weight: 600; }
    .source p { margin: 0 0 8px; }
    mark { background: #ffe58f; color: #1d2129; }
  `;

  function make(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function headers() {
    return { "Content-Type": "application/json", ...(key && { Authorization: `Bearer ${key}` }) };
  }

  async function refusal(response) {
    try {
      return (await response.json()).detail || `HTTP ${response.status}`;
    } catch {
      return `服务返回 HTTP ${response.status}，请稍后再试。`;
    }
  }

  /** Server-sent events of a response: pairs of name and data. */
  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const name = /^event: ?(.*)$/m.exec(block);
        const data = /^data: ?(.*)$/m.exec(block);
        if (name && data) yield [name[1], JSON.parse(data[1])];
      }
    }
  }

  const log = make("div", { className: "log", role: "log" });
  const source = make("div", { className: "source", hidden: true, tabIndex: -1 });
  const input = make("input", { placeholder, maxLength: 500, name: "question" });
  const send = make("button", { className: "ask", textContent: "提问" });
  const stop = make("button", { type: "button", className: "stop", textContent: "停止", hidden: true });
  const form = make("form", {}, input, send, stop);
  const close = make("button", { type: "button", className: "close", textContent: "收起" });
  const back = make("button", { type: "button", className: "back", textContent: "返回", hidden: true });
  const label = "回答由人工智能生成，请以所引原文为准。";
  const box = make(
    "section", { className: target ? "box inline" : "box floating" },
    make("header", {}, make("span", { textContent: title }), back, close),
    log, source, form, make("footer", { textContent: label }),
  );
  const open = make("button", { type: "button", className: "open", textContent: title });
  box.setAttribute("aria-label", title);
  input.setAttribute("aria-label", "问题");
  log.setAttribute("aria-live", "polite");

  /** The link of a citation: to the page of the original; with a key the text is shown here. */
  function linked(citation, text) {
    const link = make("a", {
      textContent: text, href: host + citation.url, target: "_blank", rel: "noopener",
      title: `${citation.document_name}：${citation.quote.text}`,
    });
    if (key) {
      // A page that opens by itself cannot carry the key.
      link.addEventListener("click", (event) => {
        event.preventDefault();
        view(citation).catch((error) => shown(make("p", { textContent: error.message })));
      });
    }
    return link;
  }

  function shown(...nodes) {
    source.replaceChildren(...nodes);
    source.hidden = back.hidden = false;
    log.hidden = true;
    source.focus();
  }

  async function view(citation) {
    const response = await fetch(`${host}/api/documents/${citation.document_id}`, {
      headers: headers(), credentials: "omit",
    });
    if (!response.ok) throw new Error(await refusal(response));
    const { document: about, paragraphs } = await response.json();
    const quoted = citation.quote.text.split("\n").filter(Boolean);
    const nodes = paragraphs.map(({ text }) => {
      const found = quoted.find((line) => text.includes(line));
      if (!found) return make("p", { textContent: text });
      const at = text.indexOf(found);
      const mark = make("mark", { textContent: found });
      return make("p", {}, text.slice(0, at), mark, text.slice(at + found.length));
    });
    shown(make("h2", { textContent: about.name }), ...nodes);
    source.querySelector("mark")?.scrollIntoView({ block: "center" });
  }

  function answered(answer, place) {
    const text = make("p", { className: "answer" });
    for (const one of answer.statements) {
      text.append(one.text);
      for (const citation of one.citations) text.append(linked(citation, `[${citation.number}]`));
      if (one.unsupported_numbers.length) {
        text.append(` ⚠ 所引段落里没有：${one.unsupported_numbers.join("、")}`);
      }
    }
    const nodes = answer.statements.length ? [text] : [];
    if (answer.reason) nodes.push(make("p", { className: "note", textContent: answer.reason }));
    const listed = make("ol");
    const cited = new Set(answer.statements.flatMap((one) => one.citations.map((c) => c.number)));
    for (const item of answer.evidence) {
      if (cited.size && !cited.has(item.number)) continue;
      const line = linked(item, `[${item.number}] ${item.document_name}`);
      listed.append(make("li", {}, line));
    }
    place.replaceChildren(...nodes, listed);
  }

  async function ask(question) {
    const place = make("div");
    const draft = make("p", { className: "answer draft", textContent: "正在查找原文…" });
    place.append(draft);
    log.append(make("p", { className: "question", textContent: question }), place);
    log.scrollTop = log.scrollHeight;
    running = new AbortController();
    send.hidden = !(stop.hidden = false);
    try {
      const response = await fetch(`${host}/api/ask`, {
        method: "POST", headers: headers(), credentials: "omit", signal: running.signal,
        body: JSON.stringify({ question, stream: true, history: history.slice(-REMEMBERED) }),
      });
      if (!response.ok) throw new Error(await refusal(response));
      let written = "";
      for await (const [name, data] of events(response)) {
        if (name === "evidence") draft.textContent = `找到 ${data.evidence.length} 段原文，正在作答…`;
        if (name === "queue") draft.textContent = `正在排队，第 ${data.place} 位…`;
        if (name === "delta") draft.textContent = written += data.text;
        if (name === "problem") throw new Error(data.detail);
        if (name === "answer") {
          answered(data, place);
          history.push({ question: data.question, answer: data.text.slice(0, 8000) });
        }
      }
    } catch (error) {
      const stopped = error.name === "AbortError";
      const unreachable = error instanceof TypeError;
      draft.textContent = stopped ? "已停止。"
        : unreachable ? "连接不上会问；请检查网络，或请管理员检查配置 embed_origins。" : error.message;
    } finally {
      running = null;
      send.hidden = !(stop.hidden = true);
      log.scrollTop = log.scrollHeight;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = input.value.trim();
    if (!question || running) return;
    input.value = "";
    back.click();
    ask(question);
  });
  stop.addEventListener("click", () => running?.abort());
  back.addEventListener("click", () => {
    source.hidden = back.hidden = true;
    log.hidden = false;
    input.focus();
  });
  function toggle(opened) {
    box.hidden = !opened;
    open.hidden = opened;
    (opened ? input : open).focus();
  }
  open.addEventListener("click", () => toggle(true));
  close.addEventListener("click", () => toggle(false));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !target) toggle(false);
  });

  function place() {
    const element = make("huiwen-widget");
    const shadow = element.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(open, box);
    open.hidden = close.hidden = Boolean(target);
    box.hidden = !target;
    (target ? document.querySelector(target) : document.body).append(element);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
})();
