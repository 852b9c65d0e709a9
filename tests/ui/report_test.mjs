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

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
const kFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** What is read with ears and by keys, of the rules that apply to a page like this (WCAG 2.2): sentences about what is wrong. */
function look() {
  const wrong = [];
  const need = (good, words) => { if (!good) wrong.push(words); };
  need(document.documentElement.lang, 'the page names no language');
  need(document.title, 'the page has no title');
  for (const tag of ['main', 'header', 'footer', 'h1']) need(document.querySelectorAll(tag).length === 1, `there is not one <${tag}>`);
  for (const section of document.querySelectorAll('section')) need(section.querySelector('h2')?.textContent.trim(), 'a section has no heading');
  for (const svg of document.querySelectorAll('svg')) {
    need(svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label'), 'a chart has no description');
    need(svg.closest('section').querySelector('details table'), `a chart has no table: ${svg.getAttribute('aria-label')}`);
  }
  for (const head of document.querySelectorAll('th')) need(head.scope === 'col', 'a heading of a table has no scope');
  for (const region of document.querySelectorAll('.wide, figure')) need(region.tabIndex === 0 && region.getAttribute('aria-label'), 'what scrolls is not reached by keys');
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  need(new Set(ids).size === ids.length, 'an id is there twice');

  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const paper = parse(getComputedStyle(document.body).backgroundColor);
  for (const one of document.querySelectorAll('h1, h2, p, td, th, li, summary, svg text, .unit, .null')) {
    const color = getComputedStyle(one)[one instanceof SVGElement ? 'fill' : 'color'], found = contrast(parse(color), paper);
    need(found >= 4.5, `the contrast of ${one.localName}.${one.getAttribute('class')} is ${found.toFixed(2)}`);
  }
  for (const one of document.querySelectorAll('.legend i, path.line, rect.fill:not([fill-opacity])')) {
    const style = getComputedStyle(one), color = one.localName === 'i' ? style.backgroundColor : one.localName === 'path' ? style.stroke : style.fill, found = contrast(parse(color), paper);
    need(found >= 3, `the contrast of ${one.localName}.${one.getAttribute('class')} is ${found.toFixed(2)}`);
  }
  return [...new Set(wrong)];
}

/** Texts of charts that lie on each other, or stand out of their picture. */
function crowded() {
  const wrong = [];
  for (const svg of document.querySelectorAll('svg')) {
    const field = svg.getBoundingClientRect(), boxes = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
    const name = svg.getAttribute('aria-label').slice(0, 40);
    boxes.forEach(({ text, box }, i) => {
      if (box.left < field.left - 1 || box.right > field.right + 1 || box.top < field.top - 1 || box.bottom > field.bottom + 1) wrong.push(`${name}: ${text} stands out`);
      for (const other of boxes.slice(i + 1)) {
        if (box.left < other.box.right - 1 && other.box.left < box.right - 1 && box.top < other.box.bottom - 3 && other.box.top < box.bottom - 3) wrong.push(`${name}: ${text} lies on ${other.text}`);
      }
    });
  }
  return wrong;
}

/** One page in every light and width, and on paper. */
// What makes the page wider than its window: leaves that reach beyond it and stand in nothing that scrolls.
function sideways() {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const beyond = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > window.innerWidth && !one.closest('.wide, figure'));
  return ['too wide', ...beyond.map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 60)}`)];
}

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
