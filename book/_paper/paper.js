// Makes one document of all the built pages, inside one of them: its styles and MathJax are at hand.
// Ids become PAGE--ID, links between pages become links inside the document.
// The script that draws widgets, once for all chapters.
let widgets;
const VIEWS = "script[type*=widget-view]";
const place = (page, id) => `${page}--${id || "top"}`;

async function assemble(parts, title) {
  const pages = parts.flatMap((part) => part.pages);
  const main = document.createElement("main");
  main.className = "paper";
  const chapters = new Map();
  for (const page of pages) chapters.set(page, await chapter(page, pages));
  // the landing page's own heading is the title of the book
  chapters.get(pages[0]).querySelector("h1").textContent = "At a glance";
  const banner = chapters.get(pages[0]).querySelector(".admonition")?.cloneNode(true) ?? "";
  main.append(titlePage(title, banner), contents(parts, chapters), ...chapters.values());
  document.querySelectorAll("script[type*=widget-state]").forEach((state) => state.remove());
  document.body.replaceChildren(main);
  document.title = title.name;
  document.head.append(style(title.css + runningHeads(chapters)));
  if (window.MathJax?.typesetPromise) await MathJax.typesetPromise([main]);
  if (main.querySelector(VIEWS)) await drawWidgets(main);
  await document.fonts.ready;
}

// They draw themselves on the event "load", once their script is there.
async function drawWidgets(main) {
  if (!window._jupyter_widget_embedder)
    await new Promise((done) => document.body.append(Object.assign(widgets, { onload: done })));
  window.dispatchEvent(new Event("load"));
  const drawn = () => main.querySelectorAll(".widget-subarea > *:not(script)").length;
  for (let i = 0; i < 200 && drawn() < main.querySelectorAll(VIEWS).length; i++)
    await new Promise((done) => setTimeout(done, 100));
  await window.MathJax?.typesetPromise?.([...main.querySelectorAll(".widget-subarea")]);
}

const read = async (address) =>
  new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");

async function chapter(page, pages) {
  const base = new URL(`/${page}.html`, location.origin);
  const from = await read(base);
  const article = document.adoptNode(from.querySelector("article.bd-article"));
  article.querySelectorAll(".headerlink, .table-download, .book-pdf, details:not([open])").forEach((e) => e.remove());
  article.id = place(page);
  for (const one of article.querySelectorAll("[id]")) if (!one.closest("svg")) one.id = place(page, one.id);
  for (const image of article.querySelectorAll("img[src]"))
    image.src = new URL(image.getAttribute("src"), base).href;
  for (const link of article.querySelectorAll("a[href]")) {
    const to = new URL(link.getAttribute("href"), base);
    const target = decodeURI(to.pathname.slice(1)).replace(/\.html$/, "");
    if (to.origin !== location.origin) continue;
    if (pages.includes(target)) link.href = `#${place(target, decodeURIComponent(to.hash.slice(1)))}`;
    // else it is a file beside the pages: paper cannot open it
    else link.removeAttribute("href");
  }
  const embed = from.querySelector("script[src*='/embed.js']");
  if (embed) widgets = Object.assign(element("script", ""), { src: new URL(embed.getAttribute("src"), base) });
  from.querySelectorAll("script[type*=widget-state]").forEach((state) => article.append(document.adoptNode(state)));
  return article;
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

const style = (css) => element("style", "", css);

function titlePage(title, banner) {
  const name = element("p", "paper-name", title.name);
  name.setAttribute("role", "heading");
  const lines = title.lines.map((line) => element("p", "", line));
  return element("section", "title-page", name, element("p", "paper-kind", title.kind), element("div", "bd-article", banner), ...lines);
}

function entry(level, heading, id) {
  const link = element("a", `entry entry-${level}`, element("span", "words", heading), element("span", "number", "000"));
  link.href = `#${id}`;
  return element("li", "", link);
}

function contents(parts, chapters) {
  const nav = element("nav", "paper-contents", element("p", "contents-head", "Contents"));
  for (const { caption, pages } of parts) {
    if (caption) nav.append(element("p", "part", caption));
    const list = nav.appendChild(element("ul", ""));
    for (const article of pages.map((page) => chapters.get(page)))
      for (const heading of article.querySelectorAll("h1, h2"))
        list.append(entry(heading.tagName.toLowerCase(), heading.textContent, anchor(heading, article)));
  }
  return nav;
}

const anchor = (heading, article) => (heading.tagName === "H1" ? article.id : heading.closest("section[id]").id);

function runningHeads(chapters) {
  return [...chapters.values()].map((article, i) => {
    const words = JSON.stringify(article.querySelector("h1").textContent);
    article.style.page = `chapter-${i}`;
    return `@page chapter-${i} { @top-left { content: ${words}; } @bottom-center { content: counter(page); } }`;
  }).join("\n");
}

// Called as the page will print: what is wider than the paper gets less space, then smaller type,
// as far as it can be read; what is taller than two thirds of a page may go on overleaf.
function fit() {
  for (const table of document.querySelectorAll(".paper table")) {
    const box = table.closest(".pst-scrollable-table-container") ?? table.parentElement;
    const tooWide = () => table.scrollWidth > table.closest("article").clientWidth;
    if (tooWide()) box.classList.add("tight");
    for (let size = 9; tooWide() && size > 5.5; size -= 0.25) table.style.setProperty("font-size", `${size}pt`, "important");
    if (table.offsetHeight > 600) box.classList.add("long");
  }
  const cut = (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("mjx-assistive-mml");
  return [...document.querySelectorAll(".paper *")].filter(cut)
    .map((e) => `${e.closest("article")?.id}: <${e.localName} class="${e.className}"> ${e.textContent.slice(0, 60)}`);
}

// Where no typeface has a character, each becomes the same box.
function printsBoxes(characters = ["城", "乡"]) {
  const drawn = characters.map((character) => {
    const canvas = document.createElement("canvas");
    const brush = canvas.getContext("2d");
    brush.font = "40px sans-serif";
    brush.fillText(character, 10, 60);
    return canvas.toDataURL();
  });
  return new Set(drawn).size < characters.length;
}

function number(pageOf) {
  for (const link of document.querySelectorAll(".paper-contents a"))
    link.querySelector(".number").textContent = pageOf[decodeURIComponent(link.hash.slice(1))] ?? "";
}
