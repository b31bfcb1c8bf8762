// SPDX-License-Identifier: Apache-2.0
// look-at-page.js MODULES SHOTS JOBS: looks at pages in Chromium as JOBS (JSON) say; prints one JSON object a finding of how each is.
'use strict';
const [modules, shots, jobs] = process.argv.slice(2);
const { chromium } = require(modules + '/playwright-core');
const axe = require('fs').readFileSync(modules + '/axe-core/axe.min.js', 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const tell = (name, ok, detail) => console.log(JSON.stringify({ name, ok: !!ok, detail: detail || '' }));

// No violation, nothing wider than the window, no request to another host, nothing on the console.
async function look(browser, job) {
  const context = await browser.newContext({ viewport: { width: job.width, height: 900 }, colorScheme: job.theme, bypassCSP: true });
  const page = await context.newPage(), said = [], asked = [];
  page.setDefaultTimeout(90000);
  page.on('console', (m) => said.push(m.text()));
  page.on('pageerror', (e) => said.push(String(e)));
  page.on('request', (r) => asked.push(r.url()));
  for (const path of job.paths) {
    const name = `${job.kind} ${job.theme} ${job.width} ${path}`;
    await page.goto(job.address + path, { waitUntil: 'load' });
    if (job.axe !== false) await page.evaluate(axe);
    const found = job.axe === false ? { violations: [] } : await page.evaluate((tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags } }), TAGS);
    tell(`${name}: axe finds nothing`, !found.violations.length, found.violations.map((v) => `${v.id} ${v.nodes[0].target} ${v.nodes[0].failureSummary}`).join('; '));
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    tell(`${name}: fits`, wide[0] <= wide[1], wide.join(' > '));
    if (shots !== '-' && path.length < 40) await page.screenshot({ path: `${shots}/${name.replace(/[^a-z0-9]+/g, '-')}.png`, fullPage: true });
  }
  tell(`${job.kind} ${job.theme} ${job.width}: nothing on the console`, !said.length, said.join('; '));
  tell(`${job.kind} ${job.theme} ${job.width}: no other host is asked`, asked.every((u) => u.startsWith(job.address)), asked.filter((u) => !u.startsWith(job.address)).join(' '));
  await context.close();
}

// With the program's own policy, as it is served.
async function use(browser, job) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage(), said = [];
  page.setDefaultTimeout(90000);
  page.on('console', (m) => said.push(m.text()));
  page.on('dialog', (d) => { said.push('dialog'); d.dismiss(); });
  await page.goto(job.address + '/');
  await page.keyboard.press('Tab');
  tell('the first stop of the keyboard skips to the content', await page.evaluate(() => document.activeElement.className === 'skip'));
  const rows = page.locator('#images-table tbody tr:visible'), all = await rows.count();
  await page.fill('[data-filter=images-table]', 'web');
  const some = await rows.count();
  tell('typing filters the list', some > 0 && some < all, `${some} of ${all}`);
  await page.press('[data-filter=images-table]', 'Enter');
  await page.waitForURL(/q=web/);
  tell('…and Enter asks the server', (await rows.count()) === some, await rows.count());
  await page.goto(job.address + job.reach);
  await page.locator('svg .node', { hasText: 'libcrypto' }).first().click();
  await page.waitForURL(/file=/);
  tell('a file of the ways is followed', (await page.locator('ol.way li').count()) > 1 && (await page.locator('.node.on').count()) > 1);
  await page.goto(job.address + '/plan');
  await print(page);
  await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
  await calendar(page, job);
  await page.goto(job.address + '/plan');
  console.log('begin');
  await page.waitForSelector('#live:not([hidden]) a[href$="/careen/run/78"]', { timeout: 60000 });
  tell('a run that begins is shown', (await page.textContent('#live')).includes('is running'), await page.textContent('#live'));
  await page.check('input[name=confirm]');
  await page.click('button.do');
  await page.waitForURL(/\/plan$/);
  tell('nothing on the console, and no dialog', !said.length, said.join('; '));
  await context.close();
}

// What is on paper, on a plan: also of who looks at it in the dark theme.
async function print(page) {
  const list = page.locator('main details li').first();
  tell('what a step brings is folded', !(await list.isVisible()));
  const light = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--patch'));
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  tell('printed without what is for the screen', !(await page.locator('header nav').isVisible()) && (await page.locator('main table').first().isVisible()));
  tell('…what is folded, too', await list.isVisible());
  tell('…in the colours of paper', light === (await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--patch'))), light);
  await page.goto(new URL('.', page.url()).href);
  const filled = await page.evaluate(() => { const style = getComputedStyle(document.querySelector('.containers li.on'), '::before'); return [style.printColorAdjust, style.backgroundColor]; });
  tell('…a container that runs unlike one that does not', filled[0] === 'exact' && !/, 0\)$/.test(filled[1]), filled.join(' '));
  await page.goBack();
}

// Words on a bar have its width, others stand beside it: of the calendar, each is to be seen.
async function calendar(page, job) {
  await page.goto(job.address + '/calendar');
  const lost = await page.evaluate(() => Array.from(document.querySelectorAll('svg.calendar text.sub.over'), (text) => {
    const at = text.getBBox();
    return Array.from(document.querySelectorAll('svg.calendar .bar'), (bar) => bar.getBBox()).some((bar) => bar.x <= at.x && at.x + at.width <= bar.x + bar.width && bar.y < at.y + at.height && at.y < bar.y + bar.height) ? '' : text.textContent;
  }).filter(Boolean));
  tell('no words of the calendar in the colour of their ground', !lost.length, lost.join('; '));
}

async function without(browser, job) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  page.setDefaultTimeout(90000);
  await page.goto(job.address + '/');
  await page.selectOption('select[name=verdict]', 'patch');
  await page.click('.filter button');
  await page.waitForURL(/verdict=patch/);
  tell('without a script: filtered by the server', (await page.locator('#images-table tbody tr').count()) === (await page.locator('#images-table .v-patch').count()));
  await context.close();
}

// A picture of the documentation, as a forge draws it.
async function draw(browser, job) {
  const page = await browser.newPage();
  await page.addScriptTag({ path: `${modules}/mermaid/dist/mermaid.min.js` });
  const drawn = await page.evaluate(async (text) => {
    mermaid.initialize({ startOnLoad: false });
    try {
      document.body.innerHTML = (await mermaid.render('picture', text)).svg;
    } catch (error) {
      return String(error);
    }
    return document.querySelectorAll('svg .node').length;
  }, job.text);
  tell(job.name, drawn > 5, drawn);
  await page.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
  for (const job of JSON.parse(jobs)) await { look, use, without, draw }[job.what](browser, job);
  await browser.close();
})().catch((error) => { tell('the browser', false, String(error && error.stack)); process.exit(1); });
