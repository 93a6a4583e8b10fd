// Completion in the YAML editor: names and values from the JSON Schema, and paths of the sample payload.
let schema = null;

async function loaded() {
  schema ??= await (await fetch("/destination.schema.json")).json();
  return schema;
}

/** The names above a position, from the outermost in, as indentation tells. */
function above(state, position) {
  const line = state.doc.lineAt(position);
  let indent = line.text.search(/\S|$/);
  const names = [];
  for (let number = line.number - 1; number > 0 && indent > 0; number--) {
    const found = state.doc.line(number).text.match(/^(\s*)(?:- +)?("?)([^":#{}[\]]+)\2:\s*$/);
    if (found && found[1].length < indent) {
      indent = found[1].length;
      names.unshift(found[3].trim());
    }
  }
  const flow = line.text.slice(0, position - line.from).match(/^\s*(?:- *)?(?:"?([^":{}]+)"?: *)?\{[^}]*$/);
  if (flow?.[1]) names.push(flow[1].trim());
  return names;
}

function* variants(part, root) {
  if (!part) return;
  if (part.$ref) yield* variants(root.$defs[part.$ref.split("/").at(-1)], root);
  else {
    yield part;
    for (const other of [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]) yield* variants(other, root);
    if (part.items) yield* variants(part.items, root);
  }
}

function within(parts, name, root) {
  return parts.flatMap((part) => {
    const inner = part.properties?.[name] ?? (typeof part.additionalProperties === "object" ? part.additionalProperties : null);
    return [...variants(inner, root)];
  });
}

/** Returns completions at the cursor; `sources` are the paths of the sample. */
export async function completeField(context, sources) {
  const word = context.matchBefore(/[\w.$-]*/);
  if (!context.explicit && word.from === word.to) return null;
  const root = await loaded();
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, word.from - line.from).replace(/#.*/, "");
  const parts = above(context.state, context.pos).reduce((found, name) => within(found, name, root), [...variants(root, root)]);
  const value = before.match(/([\w $-]+)["']?: *\[?(?:[^\]{}]*, *)?["']?$/);
  const options = value && !before.endsWith("{") ? values(within(parts, value[1].trim(), root), value[1].trim(), sources) : names(parts);
  return options.length ? { from: word.from, options } : null;
}

function names(parts) {
  const found = new Map(parts.flatMap((part) => Object.entries(part.properties ?? {})));
  return [...found].map(([label, part]) => ({ label, type: "property", info: part.description, apply: `${label}: ` }));
}

function values(parts, name, sources) {
  const allowed = new Set(parts.flatMap((part) => part.enum ?? (part.const !== undefined ? [part.const] : [])));
  const switches = parts.some((part) => part.type === "boolean") ? ["true", "false"] : [];
  const paths = name === "source" || parts.some((part) => part.type === "string" && !part.enum) ? sources : [];
  return [...[...allowed, ...switches].map((each) => ({ label: String(each), type: "enum" })), ...paths.map((label) => ({ label, type: "variable" }))];
}
