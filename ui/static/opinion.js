// Thumbs up or down with a reason.

import { call } from "./api.js";
import { announce, h, toast, tool } from "./dom.js";

const REASONS = {
  up: ["数字准确", "依据充分", "简明"],
  down: ["数字不对", "答非所问", "依据不对", "有遗漏", "应当能答"],
};

export function opinionTools(told) {
  const buttons = {
    up: tool("up", "有帮助", () => press("up")),
    down: tool("down", "没有帮助", () => press("down")),
  };
  const place = h("span", { class: "hw-opinion", onkeydown: (event) => {
    const open = place.closest(".hw-turn").querySelector(".hw-reasons");
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    open.remove();
  } }, buttons.up, buttons.down);

  function draw() {
    for (const [verdict, button] of Object.entries(buttons)) {
      button.setAttribute("aria-pressed", String(told.feedback?.verdict === verdict));
    }
  }

  async function give(verdict, reason) {
    try {
      told.feedback = await call("POST", "/api/feedback", { answer_id: told.id, verdict, reason });
      draw();
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  // Pressed again, it is taken back.
  async function press(verdict) {
    place.closest(".hw-turn").querySelector(".hw-reasons")?.remove();
    if (told.feedback?.verdict === verdict) {
      try {
        await call("DELETE", `/api/feedback/${told.id}`);
        told.feedback = null;
        draw();
        announce("已收回评价");
      } catch (error) {
        toast(error.message);
      }
    } else if (await give(verdict, "")) {
      announce("已评价，可以写明理由");
      place.parentElement.after(form(verdict));
    }
  }

  function form(verdict) {
    const text = h("input", { type: "text", maxlength: 1000, placeholder: "可以写明理由", "aria-label": "理由" });
    const chips = REASONS[verdict].map((reason) =>
      h("button", { type: "button", class: "chip", onclick: () => { text.value = [text.value, reason].filter(Boolean).join("，"); text.focus(); } }, reason));
    const submit = async (event) => {
      event.preventDefault();
      if (await give(verdict, text.value)) {
        node.remove();
        buttons[verdict].focus();
        toast("谢谢，理由已记下。");
        announce("理由已记下");
      }
    };
    const node = h("form", { class: "hw-reasons", onsubmit: submit, onkeydown: (event) => {
      if (event.key === "Escape") { event.stopPropagation(); node.remove(); buttons[verdict].focus(); }
    } }, h("div", { class: "hw-row" }, chips),
      h("div", { class: "hw-row" }, text, h("button", { type: "submit", class: "primary" }, "提交")));
    return node;
  }

  draw();
  return place;
}
