// The trend chart: receives the history with its progress, then live points, and draws both with uPlot.
import uPlot from './vendor/uPlot.esm.js';
import { Connection } from './connection.js';
import { decodeFrame, Series } from './frame.js';

const REDRAW_COST = 20; // a redraw may take up to a twentieth of the time

const byId = (id) => document.getElementById(id);
const series = new Series();
const number = (n) => n.toLocaleString('en');
const volume = (n) => (n < 1e6 ? `${Math.ceil(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`);

let progress = { sent: 0, total: 0 };
let bytes = 0;
let started = 0;
let fresh = false; // the next history frame begins a new series
let span = 0; // seconds shown behind the newest point, 0: all
let zoomed = false;
let due = null;
let notBefore = 0;
let chart = null;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function size() {
  const area = byId('chart').parentElement;
  return { width: area.clientWidth, height: Math.max(200, area.clientHeight) };
}

function makeChart() {
  chart?.destroy();
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const options = {
    ...size(),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: [0, 100] } },
    axes: [axis, { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => `${tick} %`) }],
    series: [{}, {
      label: 'load', stroke: colour('--accent'), fill: colour('--accent-wash'), width: 1.25, points: { show: false },
    }],
    hooks: {
      setCursor: [showReading],
      setSelect: [(self) => (zoomed = self.select.width > 0)],
    },
  };
  chart = new uPlot(options, [series.times, series.values], byId('chart'));
  chart.over.addEventListener('dblclick', () => setSpan(0));
  fitSpan();
}

function showReading(self) {
  const at = self.cursor.idx;
  const there = at != null && at < series.length;
  const when = there ? new Date(series.times[at] * 1000).toLocaleString() : null;
  byId('hint').textContent = there
    ? `${when}: ${series.values[at].toFixed(1)} %`
    : 'drag to zoom, double click for everything';
}

/** Where the reader zoomed stays; otherwise the newest point is at the right edge. */
function fitSpan() {
  if (series.length === 0 || zoomed) return;
  const last = series.times[series.length - 1];
  const first = series.times[0];
  chart.setScale('x', { min: span ? Math.max(first, last - span) : first, max: last });
}

function setSpan(seconds) {
  span = seconds;
  zoomed = false;
  for (const button of byId('spans').children) button.setAttribute('aria-pressed', Number(button.value) === span);
  draw();
}

function draw() {
  due = null;
  const begin = performance.now();
  chart.batch(() => {
    chart.setData([series.times, series.values], false);
    fitSpan();
    if (zoomed) chart.redraw();
  });
  describe();
  notBefore = performance.now() + (performance.now() - begin) * REDRAW_COST;
}

/** As often as the screen shows it, less often where drawing takes long; always once after the last point. */
function drawSoon() {
  due ??= setTimeout(() => requestAnimationFrame(draw), Math.max(0, notBefore - performance.now()));
}

function describe() {
  if (series.length === 0) return;
  byId('now').textContent = `${series.values[series.length - 1].toFixed(1)} %`;
}

function showProgress() {
  const share = progress.total ? progress.sent / progress.total : 1;
  byId('received').style.width = `${share * 100}%`;
  byId('progress').setAttribute('aria-valuenow', Math.round(share * 100));
  byId('progress').classList.toggle('done', share === 1);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (share < 1) {
    byId('count').textContent = `${number(progress.sent)} of ${number(progress.total)} points`;
    document.body.dataset.history = 'loading';
  } else if (document.body.dataset.history !== 'complete') {
    document.body.dataset.history = 'complete';
    byId('count').dataset.loaded = `${number(progress.total)} points of history in ${seconds} s (${volume(bytes)})`;
  }
}

function onMessage(data) {
  const frame = decodeFrame(data);
  if (fresh) {
    series.clear();
    fresh = false;
  }
  series.append(frame.times, frame.values);
  bytes += data.byteLength;
  progress = frame;
  showProgress();
  document.body.dataset.points = series.length;
  if (!frame.history) document.body.dataset.live = Number(document.body.dataset.live ?? 0) + frame.times.length;
  if (document.body.dataset.history === 'complete') {
    const live = Number(document.body.dataset.live ?? 0);
    byId('count').textContent = `${byId('count').dataset.loaded}, ${number(live)} live`;
  }
  drawSoon();
}

function onOpen() {
  fresh = true; // what was drawn stays until the first new points are here
  bytes = 0;
  started = performance.now();
  document.body.dataset.history = 'loading';
}

makeChart();
const connection = new Connection({
  path: () => (byId('points').value ? `/trend?points=${byId('points').value}` : '/trend'),
  onMessage,
  onOpen,
  state: byId('state'),
});

byId('points').addEventListener('change', () => connection.restart());
byId('spans').addEventListener('click', (event) => event.target.value !== undefined && setSpan(Number(event.target.value)));
new ResizeObserver(() => chart.setSize(size())).observe(byId('chart').parentElement);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', makeChart);
