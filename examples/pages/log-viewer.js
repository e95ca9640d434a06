// The log viewer: keeps the newest lines in memory, the newest matching ones in the page, and follows the end.
import { Connection } from './connection.js';
import { levelOf, Overlap } from './log-lines.js';

const KEPT_LINES = 20_000;
const SHOWN_ROWS = 2_000;
const REPLAY = 500;
const NEAR_END = 40; // pixels from the end that still count as being there

const byId = (id) => document.getElementById(id);
const rows = byId('lines');
const scroll = byId('scroll');

let kept = []; // {text, level}, oldest first
let waiting = []; // received, not yet in the page
let received = 0;
let paused = false;
let following = true;
let unseen = 0;
let frame = null;
let overlap = null;
let query = '';
let hidden = new Set();

const matches = (line) => !hidden.has(line.level) && (!query || line.text.toLowerCase().includes(query));

/** The text with every match of the search in a <mark>. */
function fill(row, text) {
  if (!query) return void (row.textContent = text);
  const lower = text.toLowerCase();
  let from = 0;
  // Lower case of a few letters has another length; then the places would not fit.
  for (let at = lower.indexOf(query); at >= 0 && lower.length === text.length; at = lower.indexOf(query, from)) {
    const mark = document.createElement('mark');
    mark.textContent = text.slice(at, at + query.length);
    row.append(text.slice(from, at), mark);
    from = at + query.length;
  }
  row.append(text.slice(from));
}

function makeRow(line) {
  const row = document.createElement('li');
  row.dataset.level = line.level;
  fill(row, line.text);
  return row;
}

function show(lines) {
  const fragment = document.createDocumentFragment();
  for (const line of lines.slice(-SHOWN_ROWS)) fragment.append(makeRow(line));
  rows.append(fragment);
  while (rows.children.length > SHOWN_ROWS) rows.firstChild.remove();
}

function update() {
  frame = null;
  const fresh = waiting.filter(matches);
  waiting = [];
  if (!paused) {
    show(fresh);
    if (following) scroll.scrollTop = scroll.scrollHeight;
  }
  if (!following || paused) unseen += fresh.length;
  describe();
}

function describe() {
  const number = (n) => n.toLocaleString('en');
  const shown = rows.children.length;
  byId('count').textContent = received
    ? `${number(received)} lines received, ${number(shown)} shown${query || hidden.size ? ' (filtered)' : ''}`
    : 'no lines yet';
  byId('empty').hidden = shown > 0;
  byId('empty').textContent = kept.length > 0 ? 'No line matches' : 'Waiting for lines';
  byId('latest').hidden = unseen === 0 && following;
  byId('latest').textContent = unseen ? `${number(unseen)} new` : 'To the end';
}

const later = () => (frame ??= requestAnimationFrame(update));

function onMessage(text) {
  let lines = text.split('\n');
  if (overlap) {
    lines = overlap.take(lines);
    if (overlap.done) overlap = null;
  }
  const fresh = lines.map((line) => ({ text: line, level: levelOf(line) }));
  kept = kept.concat(fresh);
  if (kept.length > KEPT_LINES * 1.2) kept = kept.slice(-KEPT_LINES);
  waiting = waiting.concat(fresh).slice(-KEPT_LINES);
  received += fresh.length;
  document.body.dataset.lines = received;
  // A hidden tab gets no animation frames: there the rows are made when it is looked at again.
  later();
}

/** Everything anew, after the search or the levels changed, or at the end of a pause. */
function rebuild() {
  rows.replaceChildren();
  waiting = [];
  show(kept.filter(matches));
  toEnd();
}

function toEnd() {
  following = true;
  unseen = 0;
  scroll.scrollTop = scroll.scrollHeight;
  describe();
}

function setPaused(value) {
  paused = value;
  byId('pause').textContent = paused ? 'Resume' : 'Pause';
  byId('pause').setAttribute('aria-pressed', paused);
  if (!paused) rebuild();
}

byId('search').addEventListener('input', (event) => {
  query = event.target.value.toLowerCase();
  rebuild();
});
byId('levels').addEventListener('change', () => {
  hidden = new Set([...byId('levels').querySelectorAll('input:not(:checked)')].map((box) => box.value));
  rebuild();
});
const applyWrap = () => rows.classList.toggle('wrap', byId('wrap').checked);
byId('wrap').checked = matchMedia('(max-width: 560px)').matches;
applyWrap();
byId('wrap').addEventListener('change', applyWrap);
byId('pause').addEventListener('click', () => setPaused(!paused));
byId('clear').addEventListener('click', () => {
  kept = [];
  rebuild();
});
byId('latest').addEventListener('click', () => (paused ? setPaused(false) : toEnd()));
scroll.addEventListener('scroll', () => {
  following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  if (following && !paused) unseen = 0;
  describe();
});

let counted = 0;
setInterval(() => {
  byId('rate').textContent = `${(received - counted).toLocaleString('en')} lines/s`;
  counted = received;
}, 1000);

new Connection({
  path: () => `/logs?last=${REPLAY}`,
  onMessage,
  onOpen: (again) => (overlap = again ? new Overlap(kept.slice(-REPLAY * 2).map((line) => line.text)) : null),
  state: byId('state'),
});
