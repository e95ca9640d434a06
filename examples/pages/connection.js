// A WebSocket that comes back: exponential backoff with jitter, and a state that people can read.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const SETTLED_AFTER = 5_000; // open for so long: the next failure starts with the first delay again

/** Milliseconds to wait before attempt number `attempt` (from 0); `random` from 0 to 1 spreads the clients. */
export function delayBefore(attempt, random = Math.random()) {
  const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random;
}

/** The address of `path` at the host that served this page. */
export function addressOf(path) {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}${path}`;
}

export class Connection {
  #socket = null;
  #attempt = 0;
  #timer = null;
  #settled = null;

  /**
   * path(): where to connect, asked anew each time. onMessage(data), onOpen(again) with again = not the first
   * time. The element `state` shows the state: "connecting", "connected", "reconnecting in N s".
   */
  constructor({ path, onMessage, onOpen = () => {}, state }) {
    this.path = path;
    this.onMessage = onMessage;
    this.onOpen = onOpen;
    this.state = state;
    this.opened = 0;
    window.addEventListener('online', () => this.#hurry());
    document.addEventListener('visibilitychange', () => document.hidden || this.#hurry());
    this.#connect();
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(data) {
    if (this.open) this.#socket.send(data);
  }

  /** Drops the connection, if any, and connects at once. */
  restart() {
    this.#attempt = 0;
    this.#connect();
  }

  #hurry() {
    if (this.#timer !== null) this.restart();
  }

  #connect() {
    clearTimeout(this.#timer);
    clearTimeout(this.#settled);
    this.#timer = null;
    const before = this.#socket;
    const socket = new WebSocket(addressOf(this.path()));
    this.#socket = socket;
    before?.close();
    socket.binaryType = 'arraybuffer';
    this.#show('connecting', 'connecting');
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.#show('connected', 'connected');
      this.#settled = setTimeout(() => (this.#attempt = 0), SETTLED_AFTER);
      this.onOpen(this.opened++ > 0);
    };
    socket.onmessage = (event) => socket === this.#socket && this.onMessage(event.data);
    socket.onclose = () => socket === this.#socket && this.#wait();
  }

  #wait() {
    clearTimeout(this.#settled);
    const until = performance.now() + delayBefore(this.#attempt++);
    const countDown = () => {
      const left = until - performance.now();
      if (left <= 0) return this.#connect();
      this.#show('waiting', `reconnecting in ${Math.ceil(left / 1000)} s`);
      this.#timer = setTimeout(countDown, Math.min(left, 500));
    };
    countDown();
  }

  #show(name, text) {
    this.state.dataset.state = name;
    this.state.textContent = text;
  }
}
