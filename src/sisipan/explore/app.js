"use strict";
// Text from articles reaches the page through textContent alone: whatever stands in it is shown, never run.
(() => {
  const DATA = window.SISIPAN, $ = id => document.getElementById(id);
  const LAYERS = ["entities", "claims", "spam"], KIND = { entities: "e", claims: "c", spam: "s" };
  const FILTERS = ["topic", "origin", "split", "register", "trade", "form"];
  const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|[\u{e0000}-\u{e0fff}]/gu;
  const state = { article: null, tab: "read", span: null, layers: new Set(LAYERS), off: new Set(), shown: [] };
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    node.append(...children);
    return node;
  };
  const articles = DATA.articles, byId = new Map(articles.map(a => [a.id, a]));
  for (const a of articles) { a.points = Array.from(a.text || ""); a.folded = `${a.id}\n${a.title || ""}\n${a.text || ""}`.toLowerCase().normalize("NFKC"); }
  const cut = (a, start, end) => a.points.slice(start, end).join("");

  // A sweep over all boundaries: every piece lies inside or outside each span as a whole, so that crossing spans are exact.
  function pieces(length, spans) {
    const edges = new Set([0, length]);
    for (const s of spans) { edges.add(s.start); edges.add(s.end); }
    const sorted = [...edges].sort((a, b) => a - b), opens = new Map(), closes = new Map(), live = new Set(), out = [];
    for (const s of spans) { opens.set(s.start, [...(opens.get(s.start) || []), s]); closes.set(s.end, [...(closes.get(s.end) || []), s]); }
    sorted.forEach((at, n) => {
      for (const s of closes.get(at) || []) live.delete(s);
      for (const s of opens.get(at) || []) live.add(s);
      if (n + 1 < sorted.length) out.push([at, sorted[n + 1], [...live]]);
    });
    return out;
  }
  function fill(node, text) {
    let at = 0;
    for (const found of text.matchAll(INVISIBLE)) {
      node.append(text.slice(at, found.index));
      const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      node.append(make("span", { class: "inv", title: `invisible character U+${code}` }, `U+${code}`));
      at = found.index + found[0].length;
    }
    node.append(text.slice(at));
  }
  const filled = (node, text) => { fill(node, text); return node; };
  const plain = text => text.replace(INVISIBLE, "");
  const visible = (layers) => LAYERS.flatMap(layer => state.layers.has(layer) ? layers[layer].filter(s => !state.off.has(`${layer}.${s.label}`)).map(s => ({ ...s, layer })) : []);

  function draw(into, a, layers, marked = new Set()) {
    into.replaceChildren();
    if (a.text === null) { into.append(make("p", {}, "The text of this article is withheld: the corpus has its offsets and hash alone. `sisipan rehydrate` gives it back to those who have it.")); return; }
    const spans = visible(layers), block = make("div", { class: "text", lang: "id", dir: "ltr" });
    block.layers = layers;
    for (const [start, end, live] of pieces(a.points.length, spans)) {
      const node = live.length ? make("span", { "data-s": live.map(s => s.id).join(" "), tabindex: live.some(s => s.start === start) ? "0" : undefined }) : make("span");
      for (const s of live) {
        node.classList.add(KIND[s.layer]);
        if (s.checkworthy) node.classList.add("w");
        if (marked.has(s.id)) node.classList.add("diff");
        if (state.tab === "read" && state.span === s.id) node.classList.add("on");
      }
      fill(node, cut(a, start, end));
      if ($("marks").checked) for (const s of live) if (s.end === end) node.append(make("sup", {}, s.label));
      block.append(node);
    }
    into.append(block);
  }

  const ranges = (a, r) => r ? `“${cut(a, ...r)}”` : "–";
  function describe(a, s, layers) {
    const rows = [["label", s.label], ["range", `${s.start}:${s.end}`]];
    if (s.layer === "claims") {
      const named = s.claimant && layers.entities.find(e => e.id === s.claimant || String([e.start, e.end]) === String(s.claimant));
      rows.push(["check-worthy", s.checkworthy ? "yes" : "no"], ["speaker", ranges(a, s.speaker)], ["cue", ranges(a, s.cue)], ["claimant", named ? filled(make("a", { href: `#${a.id}/${named.id}` }), cut(a, named.start, named.end)) : "–"]);
    }
    if (s.layer === "spam") rows.push(["form", s.form], ["obfuscation", s.obfuscation]);
    const list = make("dl");
    for (const [name, value] of rows) { const dd = make("dd"); value instanceof Node ? dd.append(value) : fill(dd, String(value)); list.append(make("dt", {}, name), dd); }
    return [make("h3", {}, make("a", { href: `#${a.id}/${s.id}` }, `${s.layer} ${s.id}`)), list];
  }
  function card(node) {
    const a = state.article, ids = node.dataset.s.split(" "), layers = node.closest(".text").layers;
    const spans = LAYERS.flatMap(layer => layers[layer].filter(s => ids.includes(s.id)).map(s => ({ ...s, layer })));
    if (!spans.length) return;
    const box = node.getBoundingClientRect(), shell = $("card");
    shell.replaceChildren(...spans.flatMap(s => describe(a, s, layers)));
    shell.hidden = false;
    shell.style.left = `${Math.max(8, Math.min(box.left, innerWidth - shell.offsetWidth - 8))}px`;
    const below = box.bottom + 8;
    shell.style.top = `${below + shell.offsetHeight < innerHeight ? below : Math.max(8, box.top - shell.offsetHeight - 8)}px`;
  }
  const hide = () => { $("card").hidden = true; };

  function labelButtons(a) {
    const counts = new Map();
    for (const layer of LAYERS) for (const s of a.layers[layer]) { const key = `${layer}.${s.label}`; counts.set(key, (counts.get(key) || 0) + 1); }
    $("labels").replaceChildren(...[...counts].map(([key, count]) => {
      const button = make("button", { "aria-pressed": String(!state.off.has(key)), "data-label": key, title: key }, `${key.split(".")[1]} ${count}`);
      button.addEventListener("click", () => { state.off.has(key) ? state.off.delete(key) : state.off.add(key); show(); });
      return button;
    }));
  }
  // ids are each pass's own: a claimant is compared by where it stands
  const settled = side => Object.fromEntries(LAYERS.map(layer => [layer, side[layer].map(s => ({ ...s, claimant: s.claimant ? (e => [e.start, e.end])(side.entities.find(e => e.id === s.claimant)) : null }))]));
  const same = (x, y) => JSON.stringify({ ...x, id: 0 }) === JSON.stringify({ ...y, id: 0 });
  function passes(a) {
    const holder = $("columns");
    const ready = given => {
      const p = { a: settled(given.a), b: settled(given.b) };
      const unlike = side => new Set(LAYERS.flatMap(layer => p[side][layer].filter(s => !p[side === "a" ? "b" : "a"][layer].some(o => same(s, o))).map(s => s.id)));
      const table = make("table", {}, make("tr", {}, ...["layer", "pass A", "pass B"].map(t => make("th", { scope: "col" }, t))));
      for (const layer of LAYERS) {
        const A = p.a[layer].filter(s => !p.b[layer].some(o => same(s, o))), B = p.b[layer].filter(s => !p.a[layer].some(o => same(s, o)));
        const used = new Set();
        const cell = s => { const td = make("td"); if (s) fill(td, `${cut(a, s.start, s.end)} — ${s.label}${s.form ? `, ${s.form}, ${s.obfuscation}` : ""}${s.checkworthy ? ", check-worthy" : ""}${s.speaker ? `, ${ranges(a, s.speaker)}` : ""}${s.cue ? `, ${ranges(a, s.cue)}` : ""}${s.claimant ? `, claimant ${ranges(a, s.claimant)}` : ""}`); return td; };
        for (const s of A) { const o = B.find(o => !used.has(o) && o.start < s.end && s.start < o.end); used.add(o); table.append(make("tr", {}, make("td", {}, layer), cell(s), cell(o))); }
        for (const o of B) if (!used.has(o)) table.append(make("tr", {}, make("td", {}, layer), cell(null), cell(o)));
      }
      const sides = ["a", "b"].map(side => { const body = make("div"); draw(body, a, p[side], unlike(side)); return make("div", {}, make("h2", {}, `Pass ${side.toUpperCase()}`), body); });
      const rows = table.rows.length - 1;
      holder.replaceChildren(...sides, make("div", { class: "list" }, make("h2", {}, rows ? `${rows} differences` : "No differences"), ...(rows ? [table] : [])));
    };
    if (a.passes) return ready(a.passes);
    if (!a.has_passes) { holder.replaceChildren(make("p", {}, "This article has no passes here.")); return; }
    holder.replaceChildren(make("p", {}, "Loading the passes …"));
    window.SISIPAN_PASSES = (id, value) => { byId.get(id).passes = value; if (state.article.id === id && state.tab === "passes") ready(value); };
    const script = make("script", { src: `passes/${a.id}.js` });
    script.addEventListener("error", () => holder.replaceChildren(make("p", {}, `passes/${a.id}.js cannot be read; write the site anew with sisipan explore.`)));
    document.body.append(script);
  }

  function show() {
    hide();
    const a = state.article;
    for (const tab of ["read", "passes", "stats"]) $(`tab-${tab}`).setAttribute("aria-pressed", String(state.tab === tab));
    $("article").hidden = state.tab !== "read"; $("columns").hidden = state.tab !== "passes"; $("statistics").hidden = state.tab !== "stats";
    $("meta").hidden = $("labels").hidden = state.tab === "stats";
    if (!a) return;
    const front = [a.published, a.topic, a.register, a.origin, a.split, `added in ${a.added_in}`, ...(a.defects.length ? [`defects: ${a.defects.join(", ")}`] : [])];
    $("meta").textContent = `${a.id} · ${front.join(" · ")} · ${LAYERS.map(layer => `${a.layers[layer].length} ${layer}`).join(", ")}`;
    document.title = `${plain(a.title || a.id)} · Sisipan`;
    labelButtons(a);
    draw($("article"), a, a.layers);
    if (state.tab === "passes") passes(a);
    for (const link of $("list").querySelectorAll("a")) link.toggleAttribute("aria-current", link.dataset.id === a.id);
    if (state.span && state.tab === "read") {
      const node = [...$("article").querySelectorAll("[data-s]")].find(n => n.dataset.s.split(" ").includes(state.span));
      if (node) { node.scrollIntoView({ block: "center" }); node.focus({ preventScroll: true }); card(node); }
    }
  }
  function route() {
    hide();
    let hash = location.hash.slice(1);
    try { hash = decodeURIComponent(hash); } catch { hash = ""; }
    const [id, span] = hash.split("/");
    const next = byId.get(id) || state.shown[0] || articles[0];
    if (!next) return;
    const other = next !== state.article;
    state.article = next; state.span = span || null;
    if (span && state.tab !== "read") state.tab = "read";
    show();
    if (other) { const current = $("list").querySelector("[aria-current]"); if (current) current.scrollIntoView({ block: "nearest" }); if (!span) scrollTo(0, 0); }
  }
  const go = (a, span) => { if (a) location.hash = span ? `${a.id}/${span}` : a.id; };

  function values(a, name) { return name === "trade" ? a.layers.spam.map(s => s.label) : name === "form" ? a.layers.spam.map(s => s.form) : [a[name]]; }
  function filter() {
    const words = $("search").value.toLowerCase().normalize("NFKC").split(/\s+/).filter(Boolean);
    const wanted = FILTERS.map(name => [name, $(`filter-${name}`).value]).filter(([, value]) => value);
    state.shown = articles.filter(a => words.every(w => a.folded.includes(w)) && wanted.every(([name, value]) => value === "(none)" ? !values(a, name).length : values(a, name).includes(value)));
    $("count").textContent = `${state.shown.length} of ${articles.length} articles`;
    $("list").replaceChildren(...state.shown.map(a => {
      const link = make("a", { href: `#${a.id}`, "data-id": a.id, "aria-current": a === state.article });
      fill(link, a.title || a.id);
      link.append(make("small", {}, `${a.published} · ${a.topic}${a.layers.spam.length ? ` · ${[...new Set(a.layers.spam.map(s => s.label))].join(", ")}` : ""}`));
      return make("li", {}, link);
    }));
  }
  function step(by) { const at = state.shown.indexOf(state.article); go(state.shown[Math.max(0, Math.min(state.shown.length - 1, at + by))]); }
  function stepSpan(by) {
    const spans = visible(state.article.layers).sort((x, y) => x.start - y.start || x.end - y.end);
    if (!spans.length) return;
    const at = spans.findIndex(s => s.id === state.span);
    go(state.article, spans[at < 0 ? (by > 0 ? 0 : spans.length - 1) : (at + by + spans.length) % spans.length].id);
  }

  $("version").textContent = DATA.version;
  LAYERS.forEach((layer, n) => {
    const box = make("input", { type: "checkbox", id: `layer-${layer}`, checked: true });
    box.addEventListener("change", () => { box.checked ? state.layers.add(layer) : state.layers.delete(layer); show(); });
    $("layers").append(make("label", { title: `key ${n + 1}` }, box, ` ${layer}`));
  });
  for (const name of FILTERS) {
    const found = [...new Set(articles.flatMap(a => values(a, name)))].sort();
    const select = make("select", { id: `filter-${name}` }, make("option", { value: "" }, "all"), ...(["trade", "form"].includes(name) ? [make("option", { value: "(none)" }, "(none)")] : []), ...found.map(v => make("option", { value: v }, v)));
    select.addEventListener("change", filter);
    $("filters").append(make("label", { for: `filter-${name}` }, name, select));
  }
  let timer;
  $("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 60); });
  $("marks").addEventListener("change", show);
  for (const tab of ["read", "passes", "stats"]) $(`tab-${tab}`).addEventListener("click", () => { state.tab = tab; hide(); show(); });
  // charts are drawn when the site is made, from numbers and the schema's own labels, without a word of any article
  for (const chart of DATA.charts) {
    const drawn = document.importNode(new DOMParser().parseFromString(chart.svg, "image/svg+xml").documentElement, true);
    $("statistics").append(make("figure", {}, make("h2", {}, chart.title), drawn, make("figcaption", {}, chart.caption)));
  }
  for (const place of [$("article"), $("columns")]) {
    place.addEventListener("mouseover", event => { const node = event.target.closest("[data-s]"); node ? card(node) : hide(); });
    place.addEventListener("mouseleave", event => { if (!$("card").contains(event.relatedTarget)) hide(); });
    place.addEventListener("focusin", event => { const node = event.target.closest("[data-s]"); if (node) card(node); });
  }
  document.querySelector(".skip").addEventListener("click", event => { event.preventDefault(); $("article").focus(); });
  $("article").addEventListener("click", event => { const node = event.target.closest("[data-s]"); if (node && !String(getSelection())) go(state.article, node.dataset.s.split(" ").at(-1)); });
  $("card").addEventListener("mouseleave", hide);
  addEventListener("hashchange", route);
  addEventListener("keydown", event => {
    if (event.key === "Escape") { hide(); if (document.activeElement === $("search")) $("search").blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && document.activeElement.type !== "checkbox") return;
    const acts = { "/": () => $("search").focus(), j: () => step(1), k: () => step(-1), n: () => stepSpan(1), p: () => stepSpan(-1), 1: () => $("layer-entities").click(), 2: () => $("layer-claims").click(), 3: () => $("layer-spam").click() };
    if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
  });
  filter();
  route();
})();
