// Requests to the server that sent this page, and to no other.

const token = document.querySelector("meta[name=token]").content;
const WAIT = 350; // milliseconds between two looks at a job

/** The answer, or an Error whose message is the sentence to show. */
export async function ask(method, path, body) {
  const headers = {"X-Statlogit-Token": token};
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = isFile ? "text/csv" : "application/json";
  let response;
  try {
    response = await fetch(path, {method, headers, body: isFile || body === undefined ? body : JSON.stringify(body)});
  } catch {
    throw new Error("The server does not answer. It may have been ended; start statlogit serve again.");
  }
  const text = await response.text();
  let answer = {};
  try { answer = JSON.parse(text); } catch { /* a plain sentence */ }
  if (!response.ok) throw new Error(answer.error?.message ?? (text.trim() || `The server answered ${response.status}.`));
  return answer;
}

/** Look at a job until it ends; told is called with each look. Resolves with the last state. */
export async function follow(job, told) {
  let state = job;
  while (state.state === "queued" || state.state === "running") {
    told(state);
    await new Promise(resolve => setTimeout(resolve, WAIT));
    state = await ask("GET", `/jobs/${job.job}`);
  }
  return state;
}

/** What a job is doing, in words. */
export function stageOf(state) {
  if (state.state === "queued") return state.ahead ? `Waiting: ${state.ahead} before this one` : "Waiting for a free place";
  const step = state.iteration ? `, iteration ${state.iteration}` : "";
  return `${state.stage ?? "Starting"}${step} …`;
}
