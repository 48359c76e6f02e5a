// Whatever scrolls sideways must be reachable by keyboard; how wide things are, only the page knows.
const SCROLLERS =
  "mjx-container[display], .math.notranslate, .pst-scrollable-table-container, .wide, .cell_output .output, .widget-subarea";
function reach() {
  for (const box of document.querySelectorAll(SCROLLERS)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
window.addEventListener("load", () => {
  reach();
  window.MathJax?.startup?.promise.then(reach);
});
window.addEventListener("resize", reach);
// The theme takes the focus from its buttons when they are used; by keyboard that loses the reader's place.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button && event.detail === 0 && !document.querySelector("dialog[open]")) button.focus();
});
