// ipywidgets gives a slider no name, and lets its position be read instead of its words.
window.addEventListener("load", () => {
  new MutationObserver(() => {
    for (const row of document.querySelectorAll(".widget-hslider")) {
      const handle = row.querySelector(".noUi-handle");
      const words = row.querySelector(".widget-readout");
      if (!handle || handle.ariaValueText === words.textContent) continue;
      handle.ariaLabel = row.querySelector(".widget-label").textContent;
      handle.ariaValueText = words.textContent;
      words.contentEditable = "false";
    }
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
});
