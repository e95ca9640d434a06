// Child processes with a deadline on everything: to be ready, to say something, to end.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { setTimeout: pause } = require('node:timers/promises');

const PATIENCE = 30_000; // milliseconds until a wait is a failure

/** Looks again and again until probe() gives something true; files and pages send no event. */
async function eventually(probe, what) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
        const value = await probe();
        if (value) return value;
        if (Date.now() > deadline) throw new Error(`still waiting for ${what}`);
        await pause(20);
    }
}

class Child {
    /** `environment` is added to ours. */
    constructor(command, args, { environment = {}, cwd } = {}) {
        this.command = command;
        this.output = '';
        this.process = spawn(command, args.map(String), {
            cwd, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.ended = once(this.process, 'exit').then(
            ([code, signal]) => (this.end = signal ?? code), (error) => (this.end = error.message));
        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream.on('data', (data) => (this.output += data));
        }
    }

    /** The match of `pattern` in what it printed. */
    async says(pattern) {
        return eventually(() => {
            const match = pattern.exec(this.output);
            if (!match && this.end !== undefined) throw new Error(`${this.command} ended (${this.end}):\n${this.output}`);
            return match;
        }, `${pattern} from ${this.command}`);
    }

    async stop(signal = 'SIGTERM') {
        if (this.end === undefined) this.process.kill(signal);
        await Promise.race([this.ended, pause(PATIENCE, null, { ref: false })]);
        if (this.end === undefined) {
            this.process.kill('SIGKILL');
            throw new Error(`${this.command} did not end on ${signal}`);
        }
        return this.end;
    }
}

module.exports = { Child, eventually };
