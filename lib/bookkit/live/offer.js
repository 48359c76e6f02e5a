// The one thing that a page loads before a reader wants more: a button.
(() => {
  const { src, dataset } = document.currentScript;
  const megabytes = (dataset.bytes / 1e6).toFixed(0);
  const intro = Object.assign(document.createElement("p"), { className: "live-intro" });
  const words = document.createElement("span");
  if (location.protocol === "file:") {
    words.textContent = "To run and change the cells of this page, serve its folder (python3 -m http.server) and open http://localhost:8000.";
  } else {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-primary", textContent: "Run in this page" });
    // the theme's own blue is too dark for a dark page
    for (const part of ["color", "border-color", "disabled-color", "hover-bg", "active-bg"]) button.style.setProperty(`--bs-btn-${part}`, "var(--pst-color-link)");
    for (const part of ["hover-color", "active-color"]) button.style.setProperty(`--bs-btn-${part}`, "var(--pst-color-background)");
    words.textContent = ` Change cells and see what happens. The first run fetches ${megabytes} MB from where this page came from, and nothing from elsewhere.`;
    button.onclick = async () => {
      button.disabled = true;
      try {
        const { live } = await import(new URL("./live.js", src));
        await live(dataset.page, Number(dataset.bytes), intro);
      } catch (problem) {
        button.disabled = false;
        words.textContent = ` This did not work: ${problem.message}`;
      }
    };
    intro.append(button);
  }
  words.setAttribute("role", "status");
  intro.append(words);
  document.querySelector("article.bd-article h1").after(intro);
})();
