// The YAML editor beside the form. The server edits, checks and previews; this shows what it answers.
import { autocompletion, closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completeField } from "./completion.js";

if (document.readyState === "loading") {
  await new Promise((loaded) => document.addEventListener("DOMContentLoaded", loaded, { once: true }));
}
const fromServer = Annotation.define();
const text = document.getElementById("yaml");

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], class: "tok-key" },
  { tag: [tags.string, tags.content], class: "tok-string" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-number" },
]);

const view = new EditorView({
  parent: document.getElementById("editor"),
  state: EditorState.create({
    doc: text.value,
    extensions: [
      EditorView.cspNonce.of(document.querySelector("meta[name=editor-nonce]").content),
      EditorView.contentAttributes.of({ "aria-label": "Destination file, YAML", id: "yaml-editor", tabindex: "0" }),
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      closeBrackets(),
      highlightActiveLine(),
      syntaxHighlighting(highlighting),
      yaml(),
      autocompletion({ override: [(context) => completeField(context, sources())] }),
      keymap.of([...defaultKeymap, ...historyKeymap]), // Tab leaves the editor, as in every field
      EditorView.lineWrapping,
      EditorView.updateListener.of(edited),
    ],
  }),
});
text.hidden = true;

function edited(update) {
  if (!update.docChanged || update.transactions.some((each) => each.annotation(fromServer))) return;
  text.value = update.state.doc.toString();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Puts the server's text into the editor, changing only what differs, so that the cursor stays where it is. */
function show(after) {
  const before = view.state.doc.toString();
  if (before === after) return;
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let [end, last] = [before.length, after.length];
  while (end > start && last > start && before[end - 1] === after[last - 1]) [end, last] = [end - 1, last - 1];
  view.dispatch({ changes: { from: start, to: end, insert: after.slice(start, last) }, annotations: fromServer.of(true) });
  text.value = after;
}

/** The paths of the sample. */
function sources() {
  return [...document.querySelectorAll("#sources option")].map((option) => option.value);
}

function position(line, column) {
  const found = view.state.doc.line(Math.min(line + 1, view.state.doc.lines));
  return Math.min(found.from + column, found.to);
}

function diagnostic({ kind, message, place: [line, column, toLine, toColumn] }) {
  const from = position(line, column);
  return { from, to: Math.max(position(toLine, toColumn), from), severity: kind === "error" ? "error" : "warning", message };
}

/** Shows each problem at the row of the form that it is about. */
function mark(problems) {
  for (const row of document.querySelectorAll(".row[data-path]")) {
    const path = row.dataset.path;
    const own = problems.filter((each) => each.path === path || (each.path.startsWith(path) && ".[".includes(each.path[path.length])));
    const list = row.querySelector(".messages");
    list.hidden = !own.length;
    list.replaceChildren(...own.map(({ kind, message }) => Object.assign(document.createElement("li"), { textContent: `${kind}: ${message}` })));
    row.classList.toggle("wrong", own.some(({ kind }) => kind === "error"));
  }
}

/** Shows an answer. Only an edit in the form changes the text: a later key may have changed the editor's meanwhile. */
function receive(fromForm) {
  const state = JSON.parse(document.getElementById("state").textContent);
  if (fromForm) show(state.yaml);
  document.getElementById("base").value = state.base; // another one where the text is compared with a newer version
  document.getElementById("publish").disabled = !(state.usable && state.changed);
  view.dispatch(setDiagnostics(view.state, state.problems.map(diagnostic)));
  mark(state.problems);
}

/** A row whose attribute was renamed is the row of the new name from then on. */
function renamed(form) {
  const before = form?.querySelector(".before");
  if (!before) return;
  before.value = form.elements.name.value.trim();
  form.dataset.path = `attributes.${before.value}`;
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "result") return;
  const source = event.detail.requestConfig.elt;
  const form = source.closest?.(".row");
  if (source.name === "name" && !document.querySelector("#result [role=alert]")) renamed(form);
  receive(form !== null);
});

// Rows that follow the text don't replace the one that somebody is typing in: they do when it is left.
let following = false;
let behind = false;
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  following = event.detail.elt.id === "follow";
});
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (!following || !event.detail.target.contains(document.activeElement)) return;
  event.detail.shouldSwap = false;
  behind = true;
});
document.addEventListener("focusout", () => {
  if (behind) htmx.trigger("#follow", "follow");
  behind = false;
});

document.getElementById("captured")?.addEventListener("htmx:afterSwap", sampleChanged);
document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-line]")?.dataset.line;
  if (line === undefined) return;
  view.dispatch({ selection: { anchor: position(Number(line), 0) }, scrollIntoView: true });
  view.focus();
});

// Enter in a field of a row changes that field: the row itself is never sent
document.addEventListener("submit", (event) => event.target.matches(".row:not([hx-post])") && event.preventDefault());

function sampleChanged() {
  document.getElementById("sample").dispatchEvent(new Event("input", { bubbles: true }));
}

async function read(file) {
  if (!file) return;
  document.getElementById("sample").value = await file.text();
  sampleChanged();
}

document.getElementById("sample-file").addEventListener("change", (event) => read(event.target.files[0]));
// a file can be dropped anywhere: the browser would leave the page for it otherwise
document.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  read(event.dataTransfer.files[0]);
});

receive(false);
