// The stack of the demo with the demo's own configuration, on free ports.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { Child, eventually } = require('./processes.js');

const PROXY = process.env.TIDEGATE_BINARY;
const BACKENDS = process.env.TIDEGATE_BACKENDS; // the folder the example programs are built in
const PAGES = process.env.TIDEGATE_PAGES;
const DEMO = process.env.TIDEGATE_DEMO; // the demo's configuration, in either syntax
const GLOBALS = 'daemon off; pid tidegate.pid;';

async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

class Stack {
    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidegate-browser-'));
        fs.chmodSync(this.folder, 0o755); // the proxy may become another user
        this.log = path.join(this.folder, 'service.log');
        fs.writeFileSync(this.log, '');
        fs.mkdirSync(path.join(this.folder, 'logs'));
        this.backends = {};
    }

    async start() {
        await this.startBackend('echo-1', 'echo', ['--name', 'echo-1']);
        await this.startBackend('echo-2', 'echo', ['--name', 'echo-2']);
        await this.startBackend('logtail', 'logtail', ['--log', this.log]);
        await this.startBackend('trend', 'trend', ['--points', 200000, '--interval', 0.05, '--pages', PAGES]);
        await this.startProxy();
    }

    /** Starts it anew on the port it had, if it had one. */
    async startBackend(name, program, args) {
        const port = this.backends[name]?.port ?? 0;
        const child = new Child(path.join(BACKENDS, `tidegate-${program}`), ['--port', port, ...args]);
        const [, given] = await child.says(/listening on \S*:(\d+)/);
        this.backends[name] = { child, port: Number(given), program, args };
    }

    async kill(name) {
        await this.backends[name].child.stop('SIGKILL');
    }

    async restart(name) {
        const { program, args } = this.backends[name];
        await this.startBackend(name, program, args);
    }

    async startProxy() {
        this.port = await freePort();
        const ports = {
            8000: this.port, 7000: this.backends['echo-1'].port, 7001: this.backends['echo-2'].port,
            7002: this.backends.logtail.port, 7003: this.backends.trend.port,
        };
        const text = fs.readFileSync(DEMO, 'utf8').replace(/127\.0\.0\.1:(\d+)/g, (_, old) => `127.0.0.1:${ports[old]}`);
        const file = path.join(this.folder, path.basename(DEMO));
        fs.writeFileSync(file, text);
        this.proxy = new Child(PROXY, ['-p', `${this.folder}/`, '-c', file, '-g', GLOBALS]);
        await eventually(() => {
            if (this.proxy.end !== undefined) throw new Error(`the proxy ended:\n${this.proxy.output}`);
            return fs.existsSync(path.join(this.folder, 'tidegate.pid'));
        }, 'the pid file');
    }

    url(page) {
        return `http://127.0.0.1:${this.port}/${page}`;
    }

    append(...lines) {
        fs.appendFileSync(this.log, lines.map((line) => `${line}\n`).join(''));
    }

    async stop() {
        const proxyEnd = this.proxy ? await this.proxy.stop() : 0;
        await Promise.all(Object.values(this.backends).map(({ child }) => child.stop()));
        const log = path.join(this.folder, 'logs', 'error.log');
        const errors = fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '';
        fs.rmSync(this.folder, { recursive: true });
        if (proxyEnd !== 0) throw new Error(`the proxy ended with ${proxyEnd}:\n${this.proxy.output}${errors}`);
    }
}

module.exports = { Stack };
