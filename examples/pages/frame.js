// Reads the binary messages of the trend backend, and keeps their points. The layout is that of trend/frame.hpp.

const HEADER_BYTES = 16;
const HISTORY = 1;

/** {history, sent, total, times, values}; the columns are views into `buffer`. */
export function decodeFrame(buffer) {
  const header = new DataView(buffer, 0, HEADER_BYTES);
  const count = header.getUint32(4, true);
  return {
    history: header.getUint32(0, true) === HISTORY,
    sent: header.getUint32(8, true),
    total: header.getUint32(12, true),
    times: new Float64Array(buffer, HEADER_BYTES, count),
    values: new Float32Array(buffer, HEADER_BYTES + count * 8, count),
  };
}

/** Two growing columns; at `most` points the oldest tenth gives way. */
export class Series {
  constructor(most = 4_000_000) {
    this.most = most;
    this.clear();
  }

  clear() {
    this.length = 0;
    this.times_ = new Float64Array(4096);
    this.values_ = new Float32Array(4096);
  }

  append(times, values) {
    this.#make(this.length + times.length);
    this.times_.set(times, this.length);
    this.values_.set(values, this.length);
    this.length += times.length;
  }

  get times() {
    return this.times_.subarray(0, this.length);
  }

  get values() {
    return this.values_.subarray(0, this.length);
  }

  #make(needed) {
    if (needed > this.most) {
      const drop = Math.min(this.length, needed - this.most + Math.floor(this.most / 10));
      this.times_.copyWithin(0, drop, this.length);
      this.values_.copyWithin(0, drop, this.length);
      this.length -= drop;
      needed -= drop;
    }
    if (needed <= this.times_.length) return;
    const room = Math.max(needed, this.times_.length * 2);
    const times = new Float64Array(room);
    const values = new Float32Array(room);
    times.set(this.times);
    values.set(this.values);
    this.times_ = times;
    this.values_ = values;
  }
}
