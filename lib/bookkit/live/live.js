// "Run in this page": the page's own code cells become editable and run, in order, in a worker.
export function live(page, bytes, intro) {
  const base = new URL("./", import.meta.url).href;
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const WORDS = { fresh: "not run", queued: "waiting", running: "running …", done: "done", failed: "error", stale: "ran before a change above" };
  const article = document.querySelector("article.bd-article");
  const megabytes = (n) => (n / 1e6).toFixed(1);
  let cells = [], worker = null, booting = null, waiting = null, interrupt = null, about = null, busy = false, next = null, abort = null;

  // --- small tools ----------------------------------------------------------------------
  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }
  const button = (words, act, label = null) => make("button", { type: "button", class: "live-button", "aria-label": label, onclick: act }, words);
  const key = (kind, index) => `live:${kind}:${page}:${index}`;
  function kept(name, value) {  // browsers may forbid to keep anything: then the page forgets
    try {
      if (value === undefined) return JSON.parse(localStorage.getItem(name));
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, JSON.stringify(value));
    } catch { return null; }
  }

  // --- the bar at the head of the page --------------------------------------------------
  const said = make("span", { class: "live-said", role: "status" });
  const progress = make("progress", { max: bytes, value: 0, hidden: "", "aria-label": "Download of Python" });
  const runAll = button("Run all cells", () => run(cells.filter((c) => !c.exercise).at(-1)));
  const stop = button("Stop", halt);
  const reset = button("Undo all edits", undo);
  const score = make("span", { class: "live-score" });
  const bar = make("div", { class: "live-bar", role: "region", "aria-label": "Run in this page" }, runAll, stop, reset, said, progress, score);
  stop.disabled = true;

  function tell(words) { said.textContent = words; }

  // --- cells ----------------------------------------------------------------------------
  async function attach() {
    const style = make("link", { rel: "stylesheet", href: `${base}live.css` });
    const loaded = new Promise((done) => { style.onload = style.onerror = done; });
    document.head.append(style);
    const answer = await fetch(`${base}cells/${page}.json`);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    const nodes = [...article.querySelectorAll("div.cell")];
    cells = (await answer.json()).map((cell, index) => {
      const node = cell.tags.includes("remove-cell") ? null : nodes.shift();
      const exercise = cell.tags.includes("solution") || cell.tags.includes("check");
      return { ...cell, index, node, exercise, ran: null, state: "fresh", text: cell.source };
    });
    if (nodes.length) throw new Error("the cells are not those of this page");
    cells.forEach(dress);
    cells.forEach(offerExercise);
    await loaded;
    countSolved();
  }

  function dress(cell) {
    cell.input = cell.node?.querySelector(".cell_input");
    if (!cell.input) return;
    const number = cell.index + 1;
    const edit = kept(key("edit", cell.index));
    if (edit && edit.of === cell.source) cell.text = edit.text;  // an edit of an older book is dropped
    cell.code = cell.input.firstElementChild;
    cell.editor = make("textarea", { class: "live-editor", spellcheck: "false", "aria-label": `Code of cell ${number}`, hidden: "", oninput: () => edited(cell), onkeydown: (event) => shortcut(event, cell) });
    cell.chip = make("span", { class: "live-state" }, WORDS.fresh);
    const open = button("Edit", () => { reveal(cell, cell.editor.hidden); cell.editor.focus(); }, `Edit cell ${number}`);
    cell.input.append(cell.editor, make("div", { class: "live-tools" }, button("Run", () => run(cell), `Run cell ${number}`), open, cell.chip));
    cell.editor.value = cell.text;
    if (cell.text !== cell.source) reveal(cell, true);
  }

  function reveal(cell, editing) {
    cell.editor.hidden = !editing;
    cell.code.hidden = editing;
    cell.editor.rows = cell.editor.value.split("\n").length + 1;
  }

  function edited(cell) {
    cell.text = cell.editor.value;
    cell.editor.rows = cell.text.split("\n").length + 1;
    kept(key("edit", cell.index), cell.text === cell.source ? null : { of: cell.source, text: cell.text });
    if (cell.ran !== null) mark(cell, cell.ran === cell.text ? "done" : "fresh");
  }

  function shortcut(event, cell) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.shiftKey || event.metaKey)) return;
    event.preventDefault();
    run(cell);
  }

  function mark(cell, state) {
    cell.state = state;
    if (cell.chip) { cell.chip.textContent = WORDS[state]; cell.chip.dataset.state = state; }
  }

  // --- running --------------------------------------------------------------------------
  function boot() {
    booting ??= new Promise((ready, fail) => {
      abort = fail;
      worker = new Worker(`${base}worker.js`, { type: "module" });
      worker.onmessage = ({ data }) => {
        if (data.received) {
          progress.value = data.received;
          tell(`fetching Python: ${megabytes(data.received)} of ${megabytes(bytes)} MB`);
        } else if (data.stage) tell(`${data.stage} …`);
        else if (data.ready) { about = data.about; progress.hidden = true; ready(); }
        else if (data.failed && !waiting) fail(new Error(data.failed));
        else waiting?.(data);
      };
      worker.onerror = (problem) => { problem.preventDefault(); fail(new Error(problem.message || "the worker could not start")); };
      interrupt = self.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
      progress.hidden = false;
      worker.postMessage({ start: true, interrupt });
    });
    return booting;
  }

  function forget() {
    worker?.terminate();
    worker = booting = waiting = null;
    progress.hidden = true;
    for (const cell of cells) { cell.ran = null; mark(cell, "fresh"); }
  }

  // One cell and all before it that have not run as they stand now. Solutions run only when asked for.
  async function run(target, everything = false) {
    if (busy) {  // it comes next
      next = target;
      if (target.state !== "queued") mark(target, "queued");
      return false;
    }
    const before = cells.filter((c) => c.index <= target.index && (!c.exercise || everything || c === target));
    const first = before.findIndex((c) => c.ran !== c.text);
    return work(first < 0 ? [target] : before.slice(first));
  }

  async function work(queue) {
    busy = stop.disabled = true;
    runAll.disabled = true;
    try {
      tell("starting …");
      stop.disabled = false;
      queue.forEach((c) => mark(c, "queued"));
      await boot();
      for (const cell of cells) if (cell.index > queue[0].index && cell.state === "done") { cell.ran = null; mark(cell, "stale"); }
      for (const cell of queue) {
        mark(cell, "running");
        tell(`running cell ${cell.index + 1} of ${cells.length} …`);
        const result = await send(cell.text, `cell ${cell.index + 1}`);
        cell.ran = result.error ? null : cell.text;
        mark(cell, result.error ? "failed" : "done");
        put(cell, result);
        if (result.error) { tell(`cell ${cell.index + 1} stopped: ${result.error.head}`); return false; }
      }
      tell("done");
      return true;
    } catch (problem) {
      forget();
      tell(`stopped: ${problem.message}`);
      return false;
    } finally {
      queue.filter((c) => c.state === "queued").forEach((c) => mark(c, "fresh"));
      busy = false;
      stop.disabled = true;
      runAll.disabled = false;
      const then = next;
      next = null;
      if (then) setTimeout(() => run(then));
    }
  }

  function send(source, name) {
    return new Promise((done, fail) => {
      waiting = (data) => { waiting = null; if (data.failed) fail(new Error(data.failed)); else done(data); };
      worker.postMessage({ id: name, source, name });
    });
  }

  function halt() {
    next = null;
    if (interrupt && waiting) { interrupt[0] = 2; return; }  // Python stops, and keeps what it has
    const end = waiting ?? (({ failed }) => abort(new Error(failed)));
    forget();
    end({ failed: "by you; what was computed is gone" });
  }

  // --- output ---------------------------------------------------------------------------
  function put(cell, { html, error }) {
    if (!cell.node) { if (error) bar.after(problemBox(error)); return; }
    const out = make("div", { class: "cell_output docutils container live-output" });
    out.innerHTML = html;
    cell.still ??= cell.node.querySelector(".cell_output") ?? make("span");
    const place = cell.live ?? cell.still;
    if (place.isConnected) place.replaceWith(out);
    else (cell.input?.parentElement ?? cell.node).append(out);
    cell.live = out;
    number(out, cell.still);
    out.querySelectorAll(`script[type="${VIEW}"]`).forEach(controls);
    if (error) out.append(problemBox(error));
    if (html || error) out.append(make("p", { class: "live-note" }, about.line));
    for (const box of out.querySelectorAll("pre, .pst-scrollable-table-container")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;  // else no key scrolls it
    }
    self.MathJax?.typesetPromise?.([out]);
  }

  function problemBox({ head, line, trace }) {
    return make("div", { class: "live-error", role: "alert" }, make("strong", {}, line ? `${line}: ${head}` : head),
      make("details", {}, make("summary", {}, "Where it happened"), make("pre", {}, trace)));
  }

  // Exhibits keep the number that the page gave them, references its words.
  function number(out, still) {
    for (const caption of out.querySelectorAll(".caption-text")) {
      const given = still.querySelector(`[id="${caption.closest("[id]").id}"] .caption-number`);
      if (given) caption.before(given.cloneNode(true));
    }
    for (const link of out.querySelectorAll("a.live-ref")) {
      const given = document.querySelector(`[id="${link.hash.slice(1)}"] .caption-number`);
      if (given) link.textContent = given.textContent.trim();
    }
  }

  // A figure's controls, which Jupyter would draw as widgets: the same style sheets, native inputs.
  function controls(script) {
    const box = make("div", { class: "explorer-controls" });
    for (const { kind, sheets, options, index, description } of JSON.parse(script.textContent)) {
      const style = make("style"), value = make("output", {}, options[index]);
      const turn = (event) => {
        const at = Number(event.target.value);
        style.textContent = sheets[at].replace(/<\/?style>/g, "");
        value.textContent = options[at];
      };
      const input = kind === "Dropdown"
        ? make("select", { onchange: turn }, ...options.map((words, at) => make("option", { value: at }, words)))
        : make("input", { type: "range", min: 0, max: options.length - 1, oninput: turn });
      input.value = index;
      box.append(style, make("label", {}, `${description} `, input, " ", kind === "Dropdown" ? "" : value));
    }
    script.replaceWith(box);
  }

  function undo() {
    if (busy) return;
    forget();
    for (const cell of cells) {
      kept(key("edit", cell.index), null);
      cell.text = cell.source;
      if (cell.editor) { cell.editor.value = cell.text; reveal(cell, false); }
      if (cell.live) { cell.live.replaceWith(cell.still); cell.live = null; }
    }
    tell("the page is as it was");
  }

  // --- exercises ------------------------------------------------------------------------
  function offerExercise(cell) {
    const check = cells[cell.index + 1];
    if (!cell.tags.includes("solution") || !check?.tags.includes("check")) return;
    const names = [...new Set(check.source.match(/\banswer_\w+/g) ?? [])];
    const stored = kept(key("answer", cell.index));
    const editor = make("textarea", { class: "live-editor", spellcheck: "false", rows: names.length + 3, "aria-label": "Your answer", oninput: () => kept(key("answer", cell.index), editor.value) });
    editor.value = stored ?? names.map((name) => `${name} = ...`).join("\n");
    const verdict = make("span", { class: "live-verdict", role: "status" });
    const ask = button("Check my answer", async () => {
      if (busy) return;
      verdict.textContent = "";
      verdict.textContent = await judged(cell, check, editor.value);
      countSolved();
    });
    cell.node.before(make("div", { class: "live-exercise" }, editor, make("div", { class: "live-tools" }, ask, verdict)));
  }

  async function judged(cell, check, answer) {
    const last = cells.filter((c) => c.index < cell.index && !c.exercise).at(-1);
    if (last.ran !== last.text && !(await run(last))) return "A cell above does not run: see there.";
    busy = true;
    try {
      for (const [source, name] of [[answer, "your answer"], [check.source, "the check"]]) {
        const { error } = await send(source, name);
        if (error) return name === "the check" ? `Not yet: ${error.head}` : `${error.line}: ${error.head}`;
      }
      kept(key("solved", cell.index), true);
      return "Right.";
    } finally { busy = false; }
  }

  function countSolved() {
    const here = cells.filter((c) => c.tags.includes("check"));
    if (!here.length) return;
    let all = 0;
    const mine = here.filter((c) => kept(key("solved", c.index - 1))).length;
    try { all = Object.keys(localStorage).filter((name) => name.startsWith("live:solved:")).length; } catch { all = mine; }
    score.textContent = `Exercises solved: ${mine} of ${here.length} here, ${all} in the book.`;
  }

  self.livePage = { run, send, get cells() { return cells; }, get busy() { return busy; } };  // for tests
  return attach().then(() => {
    intro.replaceWith(bar);
    run(cells.filter((c) => !c.exercise).at(-1));
  });
}
