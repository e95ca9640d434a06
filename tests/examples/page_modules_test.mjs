// What the pages compute without a browser: backoff, levels, the overlap of a replay, the frames of the trend.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const pages = new URL('../../examples/pages/', import.meta.url);
// The pages are modules without a package of type "module" around them: loaded as such by their text.
async function load(name) {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(new URL(name, pages), 'utf8');
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}
const { delayBefore } = await load('connection.js');
const { levelOf, Overlap } = await load('log-lines.js');
const { decodeFrame, Series } = await load('frame.js');

test('the delay doubles up to its bound and is spread over its upper half', () => {
  assert.equal(delayBefore(0, 0), 250);
  assert.equal(delayBefore(0, 1), 500);
  assert.equal(delayBefore(3, 1), 4000);
  assert.equal(delayBefore(1000, 1), 30_000);
  for (let attempt = 0; attempt < 20; ++attempt) {
    const delay = delayBefore(attempt);
    assert.ok(delay >= delayBefore(attempt, 0) && delay <= delayBefore(attempt, 1));
  }
});

test('a level is found in error logs, in other words, and in the status of access logs', () => {
  const access = (status) => `127.0.0.1 - - [23/Nov/2026:13:30:28 +0000] "GET /error HTTP/1.1" ${status} 12 "-" "-"`;
  assert.equal(levelOf('2026/11/23 13:30:57 [error] 4#4: *7 connect() failed'), 'error');
  assert.equal(levelOf('2026/11/23 13:30:57 [crit] 4#4: *7 no room'), 'error');
  assert.equal(levelOf('2026/11/23 13:30:57 [warn] 4#4: slow'), 'warn');
  assert.equal(levelOf('WARNING: low'), 'warn');
  assert.equal(levelOf('DEBUG entering'), 'debug');
  assert.equal(levelOf('started'), 'info');
  assert.equal(levelOf(access(101)), 'info');
  assert.equal(levelOf(access(200)), 'info');
  assert.equal(levelOf(access(404)), 'warn');
  assert.equal(levelOf(access(502)), 'error');
});

test('lines of a replay that are known are skipped, over several messages', () => {
  const overlap = new Overlap(['a', 'b', 'c', 'd']);
  assert.deepEqual(overlap.take(['b', 'c']), []);
  assert.equal(overlap.done, false);
  assert.deepEqual(overlap.take(['d', 'e']), ['e']);
  assert.equal(overlap.done, true);
  assert.deepEqual(overlap.take(['b']), ['b']);
});

test('a replay that has nothing in common is new', () => {
  const overlap = new Overlap(['a', 'b']);
  assert.deepEqual(overlap.take(['x', 'y']), ['x', 'y']);
  assert.equal(overlap.done, true);
});

test('a repeated line is not taken for the end of what is known', () => {
  const overlap = new Overlap(['same', 'same', 'other', 'same']);
  assert.deepEqual(overlap.take(['same', 'other', 'same', 'new']), ['new']);
});

test('nothing known: everything is new', () => {
  assert.deepEqual(new Overlap([]).take(['a']), ['a']);
});

function frame(kind, sent, total, points) {
  const buffer = new ArrayBuffer(16 + points.length * 12);
  const view = new DataView(buffer);
  [kind, points.length, sent, total].forEach((value, at) => view.setUint32(at * 4, value, true));
  points.forEach(([time], at) => view.setFloat64(16 + at * 8, time, true));
  points.forEach(([, value], at) => view.setFloat32(16 + points.length * 8 + at * 4, value, true));
  return buffer;
}

test('a frame is decoded, also with an odd number of points', () => {
  const decoded = decodeFrame(frame(1, 3, 9, [[1.5, 10], [2.5, 20], [3.5, 30]]));
  assert.equal(decoded.history, true);
  assert.equal(decoded.sent, 3);
  assert.equal(decoded.total, 9);
  assert.deepEqual([...decoded.times], [1.5, 2.5, 3.5]);
  assert.deepEqual([...decoded.values], [10, 20, 30]);
  assert.equal(decodeFrame(frame(2, 9, 9, [])).history, false);
});

test('a series grows and lets its oldest points go', () => {
  const series = new Series(10_000);
  for (let at = 0; at < 25_000; at += 100) {
    const times = Float64Array.from({ length: 100 }, (_, i) => at + i);
    series.append(times, Float32Array.from(times));
    assert.ok(series.length <= 10_000);
    assert.equal(series.times[series.length - 1], at + 99);
  }
  assert.ok(series.length >= 8_900);
  assert.deepEqual([...series.times.slice(0, 3)], [...series.values.slice(0, 3)]);
  assert.equal(series.times.length, series.values.length);
});
