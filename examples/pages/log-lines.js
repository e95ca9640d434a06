// What a log line means, and which lines of a replay are already there. Nothing here touches the page.

const WORDS = [
  ['error', /\b(emerg|alert|crit(ical)?|fatal|error|err|panic)\b/i],
  ['warn', /\b(warn(ing)?)\b/i],
  ['debug', /\b(debug|trace)\b/i],
];
const ACCESS = /" (\d{3}) (?:\d+|-)/; // the status behind the request of a combined access log line

/** 'error', 'warn', 'info' or 'debug'. */
export function levelOf(line) {
  const status = ACCESS.exec(line);
  if (status) return status[1] >= '500' ? 'error' : status[1] >= '400' ? 'warn' : 'info';
  for (const [level, word] of WORDS) if (word.test(line)) return level;
  return 'info';
}

/**
 * Skips the lines of a replay that were received before the connection was lost. take(lines) gives the new
 * ones; `known` are the lines received so far, the newest last, and must not change until `done`.
 */
export class Overlap {
  done = false;
  #at = null;

  constructor(known) {
    this.known = known;
  }

  take(lines) {
    if (this.done) return lines;
    if (this.#at === null) this.#at = this.#find(lines);
    const same = Math.min(lines.length, this.known.length - this.#at);
    this.#at += same;
    this.done = this.#at >= this.known.length;
    return lines.slice(same);
  }

  /** The first place in `known` from which on it says the same as `lines`; its end if there is none. */
  #find(lines) {
    for (let at = 0; at < this.known.length; ++at) {
      const length = Math.min(lines.length, this.known.length - at);
      let same = 0;
      while (same < length && this.known[at + same] === lines[same]) ++same;
      if (same === length) return at;
    }
    return this.known.length;
  }
}
