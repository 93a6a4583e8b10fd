// The outcomes over time, drawn by uPlot, and their totals as a table.
const chart = document.getElementById("chart");
const span = document.getElementById("window");
const PALETTE = ["--good", "--accent", "--muted", "--bad", "--warn"];
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat(); // steps of counts
let plot = null;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A time as the page writes it; only the day where the axis has a step of days. */
function utc(seconds, step) {
  const text = new Date(seconds * 1000).toISOString();
  return step >= 86400 ? text.slice(5, 10) : text.slice(11, 16);
}

function series(names) {
  const dashes = [[], [6, 3], [2, 3]];
  return names.map((label, place) => ({
    label,
    stroke: color(PALETTE[place % PALETTE.length]),
    dash: dashes[Math.floor(place / PALETTE.length) % dashes.length],
    width: 2,
    points: { show: true, size: 4 },
  }));
}

function draw({ times, lines }) {
  const names = Object.keys(lines);
  document.getElementById("no-outcomes").hidden = names.length > 0;
  plot?.destroy();
  plot = null;
  if (!names.length) return;
  const clock = (_, ticks, __, ___, step) => ticks.map((tick) => utc(tick, step));
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 } };
  const size = { width: chart.clientWidth, height: 260 };
  const options = { ...size, series: [{}, ...series(names)], axes: [{ ...axis, values: clock }, { ...axis, size: 60, incrs: WHOLE }], legend: { live: false } };
  plot = new uPlot(options, [times, ...names.map((name) => lines[name].map((value) => value ?? 0))], chart);
}

function tabulate({ lines }) {
  const table = document.getElementById("totals");
  const rows = Object.entries(lines).map(([name, values]) => {
    const row = document.createElement("tr");
    const [heading, total] = [document.createElement("th"), document.createElement("td")];
    heading.scope = "row";
    heading.textContent = name;
    total.className = "number";
    total.textContent = values.reduce((sum, value) => sum + (value ?? 0), 0).toLocaleString("en");
    row.append(heading, total);
    return row;
  });
  table.hidden = !rows.length;
  table.tBodies[0].replaceChildren(...rows);
}

async function load() {
  const answer = await fetch(`/overview/outcomes?window=${span.value}`);
  if (!answer.ok) return;
  const found = await answer.json();
  draw(found);
  tabulate(found);
}

span.addEventListener("change", load);
document.getElementById("flow").addEventListener("htmx:afterSwap", load);
addEventListener("resize", () => plot?.setSize({ width: chart.clientWidth, height: 260 }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", load);
