// The pages that dags/examples/report.yaml and profile.yaml make, in a real browser. Usage: node report_test.mjs <build folder>
//
// Nothing is served: a page is a file. What it shows in the dark, on a narrow screen and on paper lies in <build folder>/ui afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { crowded, look, sideways } from './pages.mjs';

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
const kFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** One page in every light and width, and on paper. */
async function check(browser, build, folder, { dag, svgs, metrics }) {
  const shots = join(build, 'ui'), file = join(folder, `${dag}.html`);
  execFileSync(join(build, 'bin/millrace'), ['run', `dags/examples/${dag}.yaml`, '--param', `page=${file}`], { cwd: kRoot });
  for (const [name, options] of [['light', { colorScheme: 'light' }], ['dark', { colorScheme: 'dark' }], ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 700 } }]]) {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, ...options }), said = [], asked = [], what = `${dag}, ${name}`;
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    assert.deepEqual(said, [], what);
    assert.deepEqual(asked, [pathToFileURL(file).href], `${what}: nothing but the file itself is asked for`);
    assert.equal(await page.locator('svg').count(), svgs, what);
    assert.equal(await page.locator('.metric').count(), metrics, what);
    await page.screenshot({ path: join(shots, `${dag}-${name}.png`), fullPage: true });
    assert.deepEqual(await page.evaluate(crowded), [], what);
    assert.deepEqual(await page.evaluate(sideways), [], `${what}: the page itself does not scroll sideways`);
    await page.evaluate(() => { for (const one of document.querySelectorAll('details')) one.open = true; });
    assert.deepEqual(await page.evaluate(look), [], what);
    await page.close();
  }
  const page = await browser.newPage({ colorScheme: 'dark' });
  await page.goto(pathToFileURL(file).href);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)', `${dag}: paper is white`);
  await page.pdf({ path: join(shots, `${dag}.pdf`), format: 'A4', margin: { top: '15mm', bottom: '15mm', left: '15mm', right: '15mm' } });
  assert.ok(readFileSync(join(shots, `${dag}.pdf`)).length > 10_000, dag);
  await page.close();
}

async function main() {
  const build = resolve(process.argv[2]), folder = mkdtempSync(join(tmpdir(), 'millrace-report-'));
  mkdirSync(join(build, 'ui'), { recursive: true });
  const { chromium } = createRequire(join(kRoot, 'web/package.json'))('playwright-core');
  const browser = await chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium', args: kFlags, headless: true });
  try {
    await check(browser, build, folder, { dag: 'report', svgs: 7, metrics: 3 });
    await check(browser, build, folder, { dag: 'profile', svgs: 11, metrics: 5 });  // missing, correlations, and nine columns
    console.log(`the pages are right; what they look like: ${join(build, 'ui')}/{report,profile}-*.png, *.pdf`);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
