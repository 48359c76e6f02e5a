// ipywidgets typesets with MathJax 2 calls; the book has MathJax 3, on pages with equations only.
// Registered before the widgets' own "load" listener, so it is there when they first ask.
window.addEventListener("load", () => {
  const mathjax = window.MathJax;
  if (!mathjax || mathjax.Hub) return;
  mathjax.Hub = {
    Queue(...calls) {
      for (const call of calls) {
        if (Array.isArray(call) && call[0] === "Typeset") {
          mathjax.startup.promise = mathjax.startup.promise.then(() =>
            mathjax.typesetPromise(call[2] ? [call[2]] : undefined),
          );
        }
      }
    },
  };
});
