// Front end of the explorer. Python sends the HTML of each section (a trait of the same name); this
// module puts it in place, keeps the focus, moves it with the arrow keys, and sends events back.
//
// Attributes that Python sets:
//   data-event       send this event when the element is clicked (a list or field: changed)
//   data-key         identifies an element across redraws, so that it keeps the focus
//   data-roving      arrows move between its data-item elements: "grid", "list" or "gallery"
//   data-focus       key of the element that takes the focus when another view replaces this one
//   data-escape      what the Esc key does here: an event, or "leave" for the matrix

const SECTIONS = ["controls", "matrix", "pane", "status"];
const VALUES = ["true", "predicted", "by", "row", "action", "index", "name", "sample"];
const NEW_SELECTION = ["set", "pick", "unpick", "reset", "run", "flag_rows"];
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SEARCH_DELAY_MS = 350;
const PEEK_DELAY_MS = 80;
const POINT_DISTANCE = 25; // of the mouse to a point, in units of the map

function isField(element) {
  return element.matches("input, select, textarea");
}

function isDisabled(element) {
  return element.disabled || element.getAttribute("aria-disabled") === "true";
}

class View {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.marked = new Set(); // rows of marked thumbnails, as text
    this.current = {}; // key of the item of each roving container that Tab leads to
    this.pageSize = 0; // the last one that was sent
    this.sections = {};
    el.classList.add("synthlib-explorer");
    el.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's keys, such as b
    el.innerHTML =
      '<div class="controls-section"></div><div class="panes">' +
      '<div class="matrix-section"></div><div class="pane-section"></div></div>' +
      '<div class="status-section"></div>';
    for (const name of SECTIONS) {
      this.sections[name] = el.querySelector(`.${name}-section`);
      model.on(`change:${name}`, this.redraws[name] = () => this.draw(name));
      this.draw(name);
    }
    model.on("change:peek", this.redraws.peek = () => this.showPeek());
    for (const kind of ["click", "change", "input", "focusin", "pointermove"]) {
      el.addEventListener(kind, (event) => this[`on${kind}`](event));
    }
    el.addEventListener("keydown", (event) => {
      this.onkeydown(event);
      event.stopPropagation();
    });
    this.sizes = new ResizeObserver(() => {
      this.fit();
      this.shade();
    });
    this.sizes.observe(this.sections.pane); // also once the element is in the page
    this.theme = new MutationObserver(() => this.shade());
    this.theme.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  }

  redraws = {};

  remove() {
    for (const [name, redraw] of Object.entries(this.redraws)) {
      this.model.off(`change:${name}`, redraw);
    }
    this.sizes.disconnect();
    this.theme.disconnect();
  }

  send(event, values = {}) {
    if (NEW_SELECTION.includes(event)) this.marked.clear();
    this.model.send({ event, ...values });
  }

  sendEventOf(element) {
    const values = VALUES.filter((name) => name in element.dataset);
    const entries = values.map((name) => [name, element.dataset[name]]);
    this.send(element.dataset.event, Object.fromEntries(entries));
  }

  // --- drawing -----------------------------------------------------------------------------------

  draw(name) {
    const section = this.sections[name];
    const before = this.focusIn(section);
    section.innerHTML = this.model.get(name);
    for (const container of section.querySelectorAll("[data-roving]")) this.setTabStop(container);
    if (before) this.restoreFocus(section, before);
    if (name === "matrix") this.shade();
    if (name === "pane") {
      this.showMarked();
      this.fit();
      this.showPoint(this.map()?.dataset.current);
      const details = section.querySelector("[data-details]");
      if (details && before && details.textContent.trim() !== before.details) {
        details.scrollIntoView({ block: "nearest" });
      }
    }
  }

  focusIn(section) {
    const active = document.activeElement;
    if (!section.contains(active)) return null;
    const isText = active.matches("input:not([type=number])");
    return {
      key: active.dataset.key,
      kind: section.querySelector("[data-focus]")?.className,
      details: section.querySelector("[data-details]")?.textContent.trim() ?? "",
      scroll: section.querySelector(".sample")?.scrollTop ?? 0,
      sample: section.querySelector(".sample")?.dataset.sample,
      text: isText ? [active.value, active.selectionStart, active.selectionEnd] : null,
    };
  }

  restoreFocus(section, before) {
    const view = section.querySelector("[data-focus]");
    const same = view?.className === before.kind;
    const keys = same ? [before.key, view?.dataset.focus] : [view?.dataset.focus, before.key];
    const found = keys.map((key) => key && this.byKey(key, section));
    const target =
      found.find((element) => element && !isDisabled(element)) ??
      section.querySelector('[tabindex="0"], button:not([disabled])');
    const sample = section.querySelector(".sample");
    if (sample && sample.dataset.sample === before.sample) sample.scrollTop = before.scroll;
    if (!target) return;
    target.focus({ preventScroll: true });
    if (before.text && target.dataset.key === before.key) {
      target.value = before.text[0];
      target.setSelectionRange(before.text[1], before.text[2]);
    }
  }

  byKey(key, root = this.el) {
    return root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  setTabStop(container) {
    const items = this.items(container);
    const key = this.current[container.classList[0]];
    const item =
      items.find((element) => element.dataset.key === key) ??
      items.find((element) => element.getAttribute("aria-selected") === "true") ??
      items.find((element) => !isDisabled(element)) ??
      items[0];
    for (const element of items) element.tabIndex = element === item ? 0 : -1;
  }

  items(container) {
    return [...container.querySelectorAll("[data-item]")];
  }

  shade() {
    if (!this.el.isConnected) return;
    // black or white on any colour has a contrast of at least 4.5
    for (const cell of this.sections.matrix.querySelectorAll("[data-shade]")) {
      const shade = Number(cell.dataset.shade);
      const accent = shade < 0 ? "--synthlib-wrong-fill" : "--synthlib-right-fill";
      const percent = Math.min(100, 100 * Math.abs(shade));
      cell.style.background =
        `color-mix(in srgb, var(${accent}) ${percent}%, var(--jp-layout-color1))`;
      const color = getComputedStyle(cell).backgroundColor.match(/[\d.]+/g).map(Number);
      const scale = getComputedStyle(cell).backgroundColor.startsWith("color") ? 1 : 255;
      const linear = color.slice(0, 3).map((value) => {
        const share = value / scale;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
      cell.style.color = luminance > 0.179 ? "#000" : "#fff";
    }
  }

  fit() {
    // as many thumbnails as fit without scrolling
    const gallery = this.sections.pane.querySelector(".gallery");
    const first = gallery?.querySelector(".thumbnail");
    if (!first || !gallery.clientHeight) return;
    const style = getComputedStyle(gallery);
    const columns = style.gridTemplateColumns.split(" ").length;
    const gap = parseFloat(style.rowGap);
    const height = gallery.clientHeight - parseFloat(style.paddingTop) * 2;
    const rows = Math.max(1, Math.floor((height + gap) / (first.offsetHeight + gap)));
    if (columns * rows !== this.pageSize) {
      this.pageSize = columns * rows;
      this.send("page_size", { n: String(this.pageSize) });
    }
  }

  showMarked() {
    for (const item of this.sections.pane.querySelectorAll(".gallery [data-row]")) {
      item.setAttribute("aria-selected", String(this.marked.has(item.dataset.row)));
    }
    const button = this.byKey("flag_marked");
    if (button) button.textContent = this.marked.size ? `⚑ flag ${this.marked.size}` : "⚑ flag";
  }

  // --- map -------------------------------------------------------------------------------------

  map() {
    return this.sections.pane.querySelector("[data-map]");
  }

  point() {
    return this.map()?.querySelector(".current");
  }

  showPoint(row, peek = false) {
    const point = row && this.map()?.querySelector(`[data-row="${row}"]`);
    if (!point) return;
    this.point()?.classList.remove("current");
    point.classList.add("current");
    point.parentElement.append(point); // drawn last, above the others
    if (peek) this.send("peek", { row });
  }

  nearest(points, distance) {
    let best = null;
    let least = Infinity;
    for (const point of points) {
      const value = distance(Number(point.dataset.x), Number(point.dataset.y));
      if (value < least) [best, least] = [point, value];
    }
    return best;
  }

  onpointermove(event) {
    const map = this.map();
    if (!map || !map.contains(event.target)) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      map.getScreenCTM().inverse(),
    );
    const point = this.nearest(map.querySelectorAll("[data-row]"), (x, y) => {
      const distance = Math.hypot(x - at.x, y - at.y);
      return distance < POINT_DISTANCE ? distance : Infinity;
    });
    if (!point || point === this.point()) return;
    this.showPoint(point.dataset.row);
    clearTimeout(this.peeking);
    this.peeking = setTimeout(() => this.send("peek", { row: point.dataset.row }), PEEK_DELAY_MS);
  }

  onMapKey(event) {
    const map = this.map();
    if (!map || event.target !== map) return false;
    const current = this.point();
    if (event.key === "Enter") {
      if (current) this.send("open", { row: current.dataset.row });
      return true;
    }
    if (!(event.key in STEPS)) return false;
    const [dx, dy] = STEPS[event.key];
    const [x0, y0] = current ? [Number(current.dataset.x), Number(current.dataset.y)] : [500, 500];
    const point = this.nearest(map.querySelectorAll("[data-row]"), (x, y) => {
      const along = (x - x0) * dx + (y - y0) * dy;
      const across = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
      return along > 0 ? along + 2 * across : Infinity;
    });
    if (point) this.showPoint(point.dataset.row, true);
    return true;
  }

  showPeek() {
    const peek = this.sections.pane.querySelector("[data-peek]");
    if (peek) peek.innerHTML = this.model.get("peek");
  }

  // --- mouse and lists ---------------------------------------------------------------------------

  onclick(event) {
    if (this.map()?.contains(event.target)) {
      this.onpointermove(event);
      if (this.point()) this.send("open", { row: this.point().dataset.row });
      return;
    }
    const element = event.target.closest("[data-event]");
    if (!element || isField(element) || isDisabled(element)) return;
    if (element.dataset.event === "flag_marked") return this.flag();
    if (element.dataset.event === "open" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
      return this.mark(element);
    }
    this.sendEventOf(element);
  }

  onchange(event) {
    const element = event.target;
    clearTimeout(this.search);
    if (element.dataset.event) {
      this.send(element.dataset.event, { name: element.dataset.name, value: element.value });
    }
  }

  oninput(event) {
    if (event.target.type !== "search") return;
    clearTimeout(this.search);
    this.search = setTimeout(() => this.onchange(event), SEARCH_DELAY_MS);
  }

  onfocusin(event) {
    const container = event.target.closest("[data-roving]");
    if (!container || !event.target.matches("[data-item]")) return;
    this.current[container.classList[0]] = event.target.dataset.key;
    for (const item of this.items(container)) item.tabIndex = item === event.target ? 0 : -1;
  }

  mark(item) {
    const row = item.dataset.row;
    if (!this.marked.delete(row)) this.marked.add(row);
    this.showMarked();
  }

  flag() {
    if (this.sections.pane.querySelector(".sample")) return this.send("toggle_flag");
    if (this.point()) return this.send("flag_rows", { rows: this.point().dataset.row });
    const key = this.current.gallery ?? "";
    const focused = this.sections.pane.querySelector(`.gallery [data-key="${CSS.escape(key)}"]`);
    const rows = this.marked.size ? [...this.marked] : focused ? [focused.dataset.row] : [];
    if (rows.length) this.send("flag_rows", { rows: rows.join(" ") });
  }

  // --- keyboard ----------------------------------------------------------------------------------

  onkeydown(event) {
    const target = event.target;
    if (event.altKey || event.metaKey || (event.ctrlKey && event.key !== "a")) return;
    if (isField(target) && event.key !== "Escape") return;
    const handled =
      this.onShortcut(event) || this.onItemKey(event) || this.onMapKey(event) || this.onSampleKey(event);
    if (handled) event.preventDefault();
  }

  onShortcut(event) {
    if (event.ctrlKey) return false;
    if (event.key === "Escape") return this.escape(event.target);
    if (event.key === "f") return this.flag(), true;
    const place = {
      "/": () => this.byKey("name"),
      m: () => this.tabStop(this.sections.matrix),
      g: () => this.tabStop(this.sections.pane.querySelector("[data-focus]")),
    }[event.key]?.();
    place?.focus({ preventScroll: true });
    return Boolean(place);
  }

  tabStop(root) {
    return root && (root.querySelector('[data-item][tabindex="0"], [data-map]') ?? root);
  }

  escape(target) {
    if (this.marked.size) {
      this.marked.clear();
      this.showMarked();
      return true;
    }
    const inside = target.closest("[data-escape]");
    const inPane = this.sections.pane.contains(target);
    const action = (inside ?? (inPane && this.sections.pane.querySelector("[data-escape]")))
      ?.dataset.escape;
    if (action && action !== "leave") this.send(action);
    else this.tabStop(this.sections.matrix.querySelector(".matrix"))?.focus({ preventScroll: true });
    return true;
  }

  onItemKey(event) {
    const item = event.target.closest("[data-item]");
    const container = item?.closest("[data-roving]");
    if (!container) return false;
    const kind = container.dataset.roving;
    const isGallery = container.classList.contains("gallery");
    if (isGallery && event.ctrlKey && event.key === "a") {
      for (const other of this.items(container)) this.marked.add(other.dataset.row);
      this.showMarked();
      return true;
    }
    if (isGallery && event.key === " ") return this.mark(item), true;
    if ((event.key === "Enter" || event.key === " ") && !item.matches("button")) {
      item.click();
      return true;
    }
    if (isGallery && (event.key === "PageDown" || event.key === "PageUp")) {
      return this.turn(event.key === "PageDown" ? 1 : -1), true;
    }
    const items = this.items(container);
    const index = items.indexOf(item);
    const columns = this.columns(container, items);
    let next;
    if (event.key in STEPS) {
      const [dx, dy] = STEPS[event.key];
      next = index + (kind === "list" ? dx + dy : dx + dy * columns);
      const column = index % columns;
      if (kind === "grid" && (column + dx < 0 || column + dx >= columns)) return true;
      if (isGallery && next >= items.length) return this.turn(1), true;
      if (isGallery && next < 0) return this.turn(-1), true;
    } else if (event.key === "Home") next = kind === "grid" ? index - (index % columns) : 0;
    else if (event.key === "End") {
      next = kind === "grid" ? index - (index % columns) + columns - 1 : items.length - 1;
    } else return false;
    items[next]?.focus({ preventScroll: true });
    return true;
  }

  columns(container, items) {
    if (container.dataset.columns) return Number(container.dataset.columns);
    return items.filter((item) => item.offsetTop === items[0].offsetTop).length;
  }

  turn(by) {
    const button = this.byKey(by > 0 ? "next" : "previous");
    if (button && !button.disabled) this.send("turn", { by: String(by) });
  }

  onSampleKey(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isOpen = this.sections.pane.querySelector(".sample");
    if (!by || !isOpen || !this.sections.pane.contains(event.target)) return false;
    const button = this.byKey(by > 0 ? "next" : "previous");
    if (button && !button.disabled) this.send("step", { by: String(by) });
    return true;
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.remove();
  },
};
