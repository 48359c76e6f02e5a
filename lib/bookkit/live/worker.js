// Python for one page, in a thread of its own: fetches the parts, counts the bytes, runs cells in turn.
const base = new URL("./", self.location).href;
const plainFetch = self.fetch.bind(self);
let received = 0;

// The core travels compressed whatever the host does; every byte that arrives is told to the page.
self.fetch = async (input, init) => {
  const url = String(input.url || input);
  if (!url.startsWith(base)) throw new Error(`${url} is not part of this book: the page asks no other`);
  const packed = url.endsWith(".wasm");
  const answer = await plainFetch(packed ? `${url}.z` : url, { ...init, cache: "force-cache" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  const count = new TransformStream({
    transform(chunk, out) {
      received += chunk.length;
      postMessage({ received });
      out.enqueue(chunk);
    },
  });
  const body = answer.body.pipeThrough(count);
  const type = packed ? "application/wasm" : answer.headers.get("Content-Type");
  return new Response(packed ? body.pipeThrough(new DecompressionStream("gzip")) : body, { headers: { "Content-Type": type } });
};

async function start(interrupt) {
  const { loadPyodide } = await import(`${base}pyodide.mjs`);
  const own = fetch(`${base}book.zip`).then((answer) => answer.arrayBuffer());
  const env = { HOME: "/home/pyodide", MPLBACKEND: "agg", PYTHONHASHSEED: "0" };
  const python = await loadPyodide({ indexURL: base, packages: ["scipy", "pandas", "matplotlib"], env });
  if (interrupt) python.setInterruptBuffer(interrupt);
  python.unpackArchive(await own, "zip", { extractDir: "/book" });
  postMessage({ stage: "starting Python" });
  const about = python.runPython(`
import os, sys
os.chdir("/book/notebooks")
sys.path[:0] = ["/book/lib", "/book/notebooks", "/book/site"]
from bookkit.live import runtime
runtime.start()
`);
  return { run: python.runPython("runtime.run"), about: JSON.parse(about) };
}

let python;
onmessage = async ({ data }) => {
  try {
    if (data.start) {
      python = await start(data.interrupt);
      postMessage({ ready: true, about: python.about });
    } else {
      postMessage({ id: data.id, ...JSON.parse(python.run(data.source, data.name)) });
    }
  } catch (problem) {
    postMessage({ failed: String(problem.message || problem), id: data.id });
  }
};
