// The demo's pages in a real browser, through the proxy: lines and points arrive, and come back after a loss.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { chromium } = require('playwright-core');
const { eventually } = require('./processes.js');
const { Stack } = require('./stack.js');

const SCREENSHOTS = process.env.TIDEGATE_SCREENSHOTS;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
];

const stack = new Stack();
let browser;

before(async () => {
    fs.mkdirSync(SCREENSHOTS, { recursive: true });
    await stack.start();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: 120_000 }); // a profile of its own
});

after(async () => {
    await browser?.close();
    await stack.stop();
});

/** Runs body(page) on a page of the demo; a script error on it is a failure. */
async function onPage(name, body) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    const errors = [];
    page.on('pageerror', (error) => errors.push(error));
    page.setDefaultTimeout(60_000);
    try {
        await page.goto(stack.url(name));
        await showsState(page, 'connected');
        await body(page);
        assert.deepEqual(errors, []);
    } finally {
        await page.close();
    }
}

/** Waits until predicate(argument) is true on the page; playwright's own wait is forbidden by the pages' policy. */
const holds = (page, predicate, argument) => eventually(() => page.evaluate(predicate, argument), `${predicate}`);

const showsState = (page, start) =>
    holds(page, (text) => document.querySelector('#state').textContent.startsWith(text), start);

/** Waits until a number the page keeps at its body has reached `least`. */
const reaches = (page, name, least) =>
    holds(page, ([key, count]) => Number(document.body.dataset[key] ?? 0) >= count, [name, least]);

const numberOf = (page, name) => page.evaluate((key) => Number(document.body.dataset[key] ?? 0), name);

const screenshot = (page, name) => page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });

const texts = (page) => page.$$eval('#lines li', (rows) => rows.map((row) => row.textContent));

test('log lines arrive, old ones and new ones', async () => {
    stack.append('before the viewer came');
    await onPage('log-viewer.html', async (page) => {
        await reaches(page, 'lines', 1);
        const lines = [
            'INFO service started', 'WARN disk almost full', 'ERROR <script>alert(1)</script> & "quotes"', 'DEBUG käse ☃',
        ];
        stack.append(...lines);
        await holds(page, (last) => document.querySelector('#lines')?.lastElementChild?.textContent === last,
                                   lines.at(-1));
        const shown = await texts(page);
        assert.ok(shown.includes('before the viewer came'));
        assert.deepEqual(shown.slice(-4), lines);
        const levels = await page.$$eval('#lines li', (rows) => rows.slice(-4).map((row) => row.dataset.level));
        assert.deepEqual(levels, ['info', 'warn', 'error', 'debug']);
        await screenshot(page, 'log-viewer');
    });
});

test('a burst of log lines arrives whole', async () => {
    await onPage('log-viewer.html', async (page) => {
        await reaches(page, 'lines', 1);
        const before_ = await numberOf(page, 'lines');
        const count = 10_000;
        stack.append(...Array.from({ length: count }, (_, number) => `INFO burst ${number}`));
        await holds(page, (last) => document.querySelector('#lines')?.lastElementChild?.textContent === last,
                                   `INFO burst ${count - 1}`);
        assert.equal(await numberOf(page, 'lines'), before_ + count);
    });
});

test('search and pause', async () => {
    stack.append('INFO needle one', 'INFO hay', 'WARN Needle two');
    await onPage('log-viewer.html', async (page) => {
        await reaches(page, 'lines', 3);
        await page.fill('#search', 'needle');
        await holds(page, () => document.querySelectorAll('#lines li').length === 2);
        assert.deepEqual(await texts(page), ['INFO needle one', 'WARN Needle two']);
        await page.click('#pause');
        const received = await numberOf(page, 'lines');
        stack.append('INFO needle three');
        await reaches(page, 'lines', received + 1);
        assert.equal((await texts(page)).length, 2, 'a paused page stands still');
        await page.click('#pause');
        await holds(page, () => document.querySelectorAll('#lines li').length === 3);
        await screenshot(page, 'log-viewer-search');
    });
});

test('the log viewer comes back after its backend was killed', async () => {
    await onPage('log-viewer.html', async (page) => {
        await stack.kill('logtail');
        await showsState(page, 'reconnecting');
        await screenshot(page, 'log-viewer-reconnecting');
        stack.append('INFO written while nobody looked');
        await stack.restart('logtail');
        await showsState(page, 'connected');
        await holds(page, () =>
            document.querySelector('#lines')?.lastElementChild?.textContent === 'INFO written while nobody looked');
        const shown = await texts(page);
        assert.equal(new Set(shown.slice(-3)).size, 3, 'the replay must not be shown twice');
    });
});

test('the history arrives, then live points', async () => {
    await onPage('trend-chart.html', async (page) => {
        await holds(page, () => document.body.dataset.history === 'complete');
        assert.ok(await numberOf(page, 'points') >= 1000);
        await reaches(page, 'live', 5);
        const drawn = await page.$eval('#chart canvas', (canvas) => {
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let painted = 0;
            for (let at = 3; at < pixels.length; at += 4) painted += pixels[at] > 0;
            return painted;
        });
        assert.ok(drawn > 1000, `${drawn} pixels are painted`);
        await screenshot(page, 'trend-chart');
    });
});

test('the whole history arrives when every point is asked for', async () => {
    await onPage('trend-chart.html', async (page) => {
        await page.selectOption('#points', '');
        await reaches(page, 'points', 200_000);
        await holds(page, () => document.body.dataset.history === 'complete');
        await screenshot(page, 'trend-chart-every-point');
    });
});

test('the trend chart comes back after its backend was killed', async () => {
    await onPage('trend-chart.html', async (page) => {
        await reaches(page, 'live', 1);
        await stack.kill('trend');
        await showsState(page, 'reconnecting');
        await stack.restart('trend');
        await showsState(page, 'connected');
        const live = await numberOf(page, 'live');
        await reaches(page, 'live', live + 5);
    });
});

test('two echo backends take turns', async () => {
    await onPage('index.html', async (page) => {
        const names = [];
        for (let turn = 0; turn < 4; ++turn) {
            const entries = turn + 1;
            await holds(page, (count) => document.querySelectorAll('#echoes .note').length >= count, entries);
            names.push(await page.textContent('#backend'));
            if (turn < 3) await page.click('#again');
        }
        assert.deepEqual(new Set(names.slice(0, 2)), new Set(['echo-1', 'echo-2']));
        assert.deepEqual(names.slice(2), names.slice(0, 2));
        await page.fill('#message', 'hello from the browser');
        await page.click('#say button');
        await page.waitForSelector('#echoes .theirs:has-text("You said: hello from the browser")');
        await screenshot(page, 'echo');
    });
});

test('an echo backend dies and the other takes over', async () => {
    await onPage('index.html', async (page) => {
        const name = await page.waitForSelector('#backend:not([hidden])').then((chip) => chip.textContent());
        await stack.kill(name);
        const other = name === 'echo-1' ? 'echo-2' : 'echo-1';
        await holds(page, (expected) => document.querySelector('#backend').textContent === expected, other);
        await showsState(page, 'connected');
        await stack.restart(name);
    });
});
