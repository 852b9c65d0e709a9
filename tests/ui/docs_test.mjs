// Data docs of `millrace quality check --docs` in a real browser. Usage: node docs_test.mjs <build folder>
//
// A suite of 10,000 checks, half of which fail, and a small one, several runs of each. What the pages show lies in <build folder>/ui afterwards.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { crowded, look, sideways } from './pages.mjs';

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
const kFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const kChecks = 10_000, kColumns = 100, kMostSeen = 400;  // of rows and cards: what a long list may show before it is asked
const kTexts = ['h3', '.state', 'a', 'code', '.with', '.told', '.group .n'];

const kExpectation = (column, limit) => ({ type: 'expect_column_values_to_be_between', kwargs: { column: `c${column}`, max_value: limit } });

/** Each column counts from 0 to 99, so that a limit below 99 fails. */
function largeSuite() {
  const expectations = [];
  for (let n = 0; n < kChecks; ++n) expectations.push(kExpectation(n % kColumns, n % 2 ? 99 + n : n / kChecks * 98));
  return { name: 'Ten thousand <checks>', expectations };
}

function smallSuite(limit) {
  const named = 'a_column_whose_name_is_so_long_that_it_does_not_fit_on_a_phone';
  return { name: 'orders', expectations: [kExpectation(0, limit), { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'c1' } }, { type: 'expect_column_to_exist', kwargs: { column: named } }, { type: 'expect_magic', kwargs: {} }] };
}

function validate(build, folder, suite, ...more) {
  writeFileSync(join(folder, 'suite.json'), JSON.stringify(suite));
  const done = spawnSync(join(build, 'bin/millrace'), ['quality', 'check', '--data', 'rows.csv', '--suite', 'suite.json', '--docs', 'docs', ...more], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(done.status, 1, done.stderr);
}

/** The pages of the docs, by their paths below the folder. */
function pages(docs) {
  return readdirSync(docs, { recursive: true }).filter((path) => path.endsWith('.html')).map((path) => join(docs, path)).sort();
}

async function open(browser, file, options, what) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, ...options }), said = [], asked = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  assert.deepEqual(said, [], what);
  assert.deepEqual(asked, [pathToFileURL(file).href], `${what}: nothing but the file itself is asked for`);
  return page;
}

async function check(browser, build, file, name) {
  for (const [mode, options] of [['light', { colorScheme: 'light' }], ['dark', { colorScheme: 'dark' }], ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 700 } }]]) {
    const what = `${name}, ${mode}`, page = await open(browser, file, options, what);
    await page.screenshot({ path: join(build, 'ui', `docs-${name}-${mode}.png`), fullPage: !name.startsWith('large') });
    assert.deepEqual(await page.evaluate(crowded), [], what);
    assert.deepEqual(await page.evaluate(sideways), [], `${what}: the page itself does not scroll sideways`);
    await page.evaluate(() => { for (const one of [...document.querySelectorAll('details')].slice(0, 12)) one.open = true; });
    assert.deepEqual(await page.evaluate(look, kTexts), [], what);
    await page.close();
  }
}

/** What is laid out at once does not grow with the checks; the figures of the browser's own clock are told, and nothing is asserted of them. */
async function checkLargePage(browser, file) {
  const page = await open(browser, file, {}, 'large');
  const seen = await page.evaluate(() => [...document.querySelectorAll('article, tr, .group')].filter((one) => one.checkVisibility()).length);
  assert.ok(seen > 0 && seen <= kMostSeen, `${seen} rows and cards are laid out`);
  const all = await page.evaluate(() => document.querySelectorAll('tbody tr').length);
  assert.equal(all, kChecks, 'every check is on the page');
  const times = await page.evaluate(() => ({ ready: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd, paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime }));
  console.log(`${kChecks} checks, ${(statSync(file).size / 1e6).toFixed(1)} MB: first paint after ${Math.round(times.paint)} ms, all of it read after ${Math.round(times.ready)} ms`);
  await page.locator('.group > summary').last().click();
  await page.close();
}

/** From the index to a run and back, by links alone. */
async function checkLinks(browser, docs) {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(docs, 'index.html')).href);
  await page.getByRole('region', { name: 'Suites', exact: true }).getByRole('link', { name: 'orders' }).click();
  assert.equal(await page.locator('h1').textContent(), 'orders');
  assert.equal(await page.getByRole('region', { name: 'Runs', exact: true }).locator('tbody tr').count(), 3);
  await page.getByRole('region', { name: 'Runs', exact: true }).getByRole('link').first().click();
  assert.equal(await page.locator('article').count(), 3);  // too large, no such column, unknown
  await page.getByRole('link', { name: 'All suites' }).click();
  assert.equal(await page.locator('h1').textContent(), 'Data quality');
  await page.close();
}

async function main() {
  const build = resolve(process.argv[2]), folder = mkdtempSync(join(tmpdir(), 'millrace-docs-')), docs = join(folder, 'docs');
  mkdirSync(join(build, 'ui'), { recursive: true });
  const columns = [...Array(kColumns).keys()];
  writeFileSync(join(folder, 'rows.csv'), [columns.map((c) => `c${c}`), ...Array.from({ length: 100 }, (_, row) => columns.map(() => row))].map((line) => line.join(',')).join('\n') + '\n');
  for (const limit of [99, 50, 7]) validate(build, folder, smallSuite(limit), '--result-format', 'COMPLETE');
  validate(build, folder, largeSuite());
  const { chromium } = createRequire(join(kRoot, 'web/package.json'))('playwright-core');
  const browser = await chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium', args: kFlags, headless: true });
  try {
    const all = pages(docs), small = all.filter((path) => path.includes('/orders/')), large = all.filter((path) => path.includes('/ten-thousand'));
    assert.deepEqual([all.length, small.length, large.length], [7, 4, 2]);
    await check(browser, build, join(docs, 'index.html'), 'index');
    await check(browser, build, small.find((path) => path.endsWith('index.html')), 'suite');
    await check(browser, build, small.filter((path) => !path.endsWith('index.html')).at(-1), 'run');
    const largeRun = large.find((path) => !path.endsWith('index.html'));
    await check(browser, build, large.find((path) => path.endsWith('index.html')), 'large-suite');
    await check(browser, build, largeRun, 'large-run');
    await checkLargePage(browser, largeRun);
    await checkLinks(browser, docs);
    assert.ok(!readFileSync(largeRun, 'utf8').includes('Unexpected values'), 'values of rows are shown to nobody who did not ask for them');
    console.log(`the pages are right; what they look like: ${join(build, 'ui')}/docs-*.png`);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
