// The service's own API, as anybody may use it.

export class Problem extends Error {}

const LOST = "连不上服务器；请检查网络，稍后再试。";

async function reach(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(LOST);
  }
  if (response.ok) return response;
  if (response.status === 401) location.assign("/login");  // the sign-in has run out
  const told = await response.json().catch(() => ({}));
  throw new Problem(told.detail || `服务器答复 ${response.status}；请稍后再试。`);
}

export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await reach(path, options);
  return response.status === 204 ? null : response.json();
}

// The server-sent events of a POST: [name, data] pairs, until the server ends or `signal` aborts.
export async function* events(path, body, signal) {
  const response = await reach(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (waiting + value).split("\n\n");
      waiting = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
        if (fields.data) yield [fields.event, JSON.parse(fields.data)];
      }
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("回答到一半，与服务器的连接断了；请重新回答。");
  }
}

// Copies text also where the page is not served over HTTPS and the browser's own way is closed.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}
