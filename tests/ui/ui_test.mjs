// The operators' page in a real browser against a real server. Usage: node ui_test.mjs <build folder>
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { World } from './world.mjs';

const kWait = { timeout: 20_000 };
const tests = [];
const test = (name, body) => tests.push([name, body]);

/** Waits until the page shows the run in `state`, without a reload. */
async function run_is(page, state) {
  await page.locator(`[data-run-state="${state}"]`).waitFor(kWait);
}

async function task_is(page, task, state) {
  await page.locator(`tr[data-task="${task}"] [data-state="${state}"]`).waitFor(kWait);
}

/** A mark in the page's memory: a reload would lose it. */
const mark = (page) => page.evaluate(() => { window.unloaded = false; });
const is_marked = (page) => page.evaluate(() => window.unloaded === false);

async function start(page, dag) {
  await page.goto(`/dags/${dag}`);
  await page.getByRole('button', { name: 'Start a run' }).click();
  await page.waitForURL('**/runs/**', kWait);
}

test('the list shows the Dags, and the file that is not read with its code and hint', async ({ page }) => {
  await page.goto('/dags');
  await page.getByRole('link', { name: 'slow' }).waitFor(kWait);
  await page.getByRole('link', { name: 'mends' }).waitFor(kWait);
  const problem = await page.getByRole('alert').innerText();
  assert.match(problem, /E\d{4}/);
  assert.match(problem, /no\.such/);
  assert.match(problem, /What to do: /);
  await page.getByLabel('Search').fill('night');
  await page.getByRole('link', { name: 'mends' }).waitFor({ state: 'detached', timeout: 5000 });
  assert.equal(await page.getByRole('link', { name: 'slow' }).count(), 1);
});

test('a run is started from the form, and its graph and log move while it goes on', async ({ page, world }) => {
  await page.goto('/dags/slow');
  await page.getByLabel('name', { exact: true }).fill('miller');
  await page.getByRole('button', { name: 'Start a run' }).click();
  await page.waitForURL('**/runs/**', kWait);
  await mark(page);
  await task_is(page, 'work', 'running');
  await page.locator('.react-flow__node.busy', { hasText: 'work' }).waitFor(kWait);
  await page.locator('tr[data-task="work"] a').first().click();
  await page.locator('.log li', { hasText: 'hello miller' }).waitFor(kWait);
  assert.equal(await page.locator('.log li', { hasText: 'let go' }).count(), 0);
  world.touch('go');
  await page.locator('.log li', { hasText: 'let go' }).waitFor(kWait);
  await run_is(page, 'succeeded');
  await task_is(page, 'after', 'succeeded');
  await page.locator('.react-flow__node.good', { hasText: 'after' }).waitFor(kWait);
  assert.ok(await is_marked(page), 'the page was loaded again');
  assert.equal(await page.locator('.log li', { hasText: 'hello miller' }).count(), 1);
});

test('a failed run says why, and retry leads to success', async ({ page, world }) => {
  await start(page, 'mends');
  await mark(page);
  await run_is(page, 'failed');
  await task_is(page, 'last', 'upstream_failed');
  assert.match(await page.locator('tr[data-task="last"] .why').innerText(), /fragile/);
  await page.locator('tr[data-task="fragile"] a').first().click();
  const problem = page.locator('.panel .problem');
  await problem.waitFor(kWait);
  assert.match(await problem.innerText(), /E\d{4}/);
  await page.locator('.log li', { hasText: 'the marker is missing' }).waitFor(kWait);
  world.touch('marker');
  page.once('dialog', (dialog) => {
    assert.match(dialog.message(), /fragile/);
    void dialog.accept();
  });
  await page.getByRole('button', { name: 'Retry' }).click();
  await run_is(page, 'succeeded');
  await page.getByRole('button', { name: /^Attempt 2/ }).waitFor(kWait);
  assert.ok(await is_marked(page), 'the page was loaded again');
});

test('a run that is late says so while it goes on, and what its attempt has saved', async ({ page, world }) => {
  await start(page, 'late');
  await mark(page);
  await page.locator('[data-late="missed"]', { hasText: 'by work' }).waitFor(kWait);
  await page.locator('tr[data-task="work"] a').first().click();
  await page.getByText('Checkpoint: the next attempt gets it').click();
  await page.getByText('half').waitFor(kWait);
  world.touch('in_time');
  await run_is(page, 'succeeded');
  assert.ok(await is_marked(page), 'the page was loaded again');
});

test('a dataset shows its columns, rows and checks', async ({ page }) => {
  await start(page, 'cities');
  await run_is(page, 'succeeded');
  assert.match(await page.locator('tr[data-task="load"]').innerText(), /3 in, 2 out, 1 rejected/);
  await page.locator('tr[data-task="load"]').getByRole('link', { name: 'raw.cities' }).click();
  await page.getByText('2 rows', { exact: false }).first().waitFor(kWait);
  await page.getByRole('region', { name: 'Columns' }).getByText('BIGINT').waitFor(kWait);
  await page.getByText('1 of 2 checks passed').click();
  await page.getByRole('region', { name: /^Checks of snapshot/ }).getByText('failed').waitFor(kWait);
});

test('a wrong param is refused beside the form', async ({ page }) => {
  await page.goto('/dags/slow');
  await page.getByLabel('times', { exact: true }).fill('');
  await page.locator('form.start').evaluate((form) => { form.noValidate = true; });
  await page.getByRole('button', { name: 'Start a run' }).click();
  assert.match(await page.getByRole('alert').innerText(), /times/);
});

test('an address that names nothing says so with the code', async ({ page }) => {
  await page.goto('/runs/nothing');
  await page.getByRole('alert').getByText('E2002').waitFor(kWait);
});

test('the list of runs filters by state and Dag', async ({ page }) => {
  await page.goto('/runs');
  await page.getByLabel('Dag').selectOption('slow');
  await page.waitForURL('**/runs?dag=slow', kWait);
  await page.locator('tbody tr').first().waitFor(kWait);
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.getByLabel('State').selectOption('failed');
  await page.getByText('No run matches').waitFor(kWait);
});

test('the graph opens a task by the keyboard, and Escape closes it', async ({ page, world }) => {
  const runs = await (await fetch(`${world.url}/api/v1/runs?dag=mends`)).json();
  await page.goto(`/runs/${encodeURIComponent(runs.items[0].id)}`);
  await page.locator('.react-flow__node', { hasText: 'fragile' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Task fragile' }).waitFor(kWait);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Task fragile' }).waitFor({ state: 'detached', ...kWait });
});

/** The sizes of tasks in the graph become known in the middle of a change: after the page has drawn it, before the graph has heard of it. */
function measure_in_a_change() {
  window.measured = '';
  window.ResizeObserver = class extends window.ResizeObserver {
    constructor(callback) {
      super((entries, self) => {
        if (window.measured || !entries.some((entry) => entry.target.classList.contains('react-flow__node'))) return callback(entries, self);
        window.measured = 'held back';
        const table = document.querySelector('tr[data-task="first"]');
        const changes = new MutationObserver(() => {
          if (!table.querySelector('[data-state="succeeded"]')) return;
          changes.disconnect();
          window.measured = 'late';
          callback(entries, self);
        });
        changes.observe(table, { subtree: true, childList: true, characterData: true, attributes: true });
      });
    }
  };
}

test('the graph has its edges also when a task changes while the graph is measured', async ({ page, world }) => {
  const held = await (await fetch(`${world.url}/api/v1/dags/held/runs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json();
  await page.addInitScript(measure_in_a_change);
  await page.goto(`/runs/${encodeURIComponent(held.id)}`);
  await page.waitForFunction(() => window.measured === 'held back', undefined, kWait);
  world.touch('held');
  await run_is(page, 'succeeded');
  assert.equal(await page.evaluate(() => window.measured), 'late');
  await page.locator('.react-flow__edge-path').waitFor({ state: 'attached', timeout: 5000 });
});

test('the workers page shows what each has and what of it is taken, and whose clock is wrong', async ({ page, world }) => {
  world.worker('nightly', ['--label', 'night', '--cpu', '4', '--memory', '2GiB', '--resource', 'gpu=2'], 86_400);
  await page.goto('/workers');
  const row = page.locator('tr[data-worker="nightly"]');
  await row.locator('[data-state="connected"]').waitFor(kWait);
  assert.match(await row.innerText(), /cpu\s+0 of 4\s+memory\s+0 B of 2\.0 GiB\s+gpu\s+0 of 2/);
  const share = await (await fetch(`${world.url}/api/v1/dags/share/runs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json();
  await row.getByText('1 of 2 busy').waitFor(kWait);
  await row.getByText('256.0 MiB of 2.0 GiB').waitFor(kWait);
  const text = await row.innerText();
  assert.match(text, /cpu\s+1 of 4/);
  assert.match(text, /gpu\s+0\.5 of 2/);
  assert.match(text, /night/);
  assert.match(text, /⚠ (24 h 0|23 h 59) min ahead/);
  assert.match(text, /protocol 2/);
  assert.equal(await row.getByLabel('memory of nightly that is taken').count(), 1);
  const problem = await page.getByRole('alert').innerText();
  assert.match(problem, /Worker nightly: E3014 its clock is .* ahead of the server's/);
  assert.match(problem, /What to do: /);
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(world.shots, `workers-clock-${width}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${wide} pixels wider than ${width}`);
  }
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Drain nightly' }).focus();
  await page.keyboard.press('Enter');
  await row.locator('[data-state="draining"]').waitFor(kWait);
  assert.equal(await page.getByRole('button', { name: 'Drain nightly' }).count(), 0);
  world.touch('shared');
  await page.goto(`/runs/${encodeURIComponent(share.id)}`);
  await run_is(page, 'succeeded');
});

test('the plugins page shows which one is held back and why, and lets it work again', async ({ page, world }) => {
  for (let i = 0; i < 3; i += 1) {
    await start(page, 'crash');
    await run_is(page, 'failed');
  }
  await page.goto('/plugins');
  const held = page.getByRole('region', { name: 'Plugin shell is held back' });
  await held.waitFor(kWait);
  assert.match(await held.innerText(), /3 attempts in a row crashed; the last one: task dies of run crash.*SIGSEGV/);
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(world.shots, `plugins-held-${width}.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${wide} pixels wider than ${width}`);
  }
  const waits = await (await fetch(`${world.url}/api/v1/dags/mends/runs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json();
  page.once('dialog', (dialog) => {
    assert.match(dialog.message(), /shell/);
    void dialog.accept();
  });
  await page.getByRole('button', { name: 'Release shell' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Plugin shell works again.').waitFor(kWait);
  await held.waitFor({ state: 'detached', ...kWait });
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the focus was lost with the button');
  await page.goto(`/runs/${encodeURIComponent(waits.id)}`);
  await run_is(page, 'succeeded');
});

test('every page opens by its address and fits 360, 768 and 1440 pixels', async ({ page, world }) => {
  const runs = await (await fetch(`${world.url}/api/v1/runs?dag=mends`)).json();
  const run = `/runs/${encodeURIComponent(runs.items[0].id)}`;
  const pages = { overview: '/', dags: '/dags', dag: '/dags/mends', runs: '/runs', run, task: `${run}/tasks/fragile`, datasets: '/datasets', dataset: '/datasets/raw.cities', workers: '/workers', plugins: '/plugins' };
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(path);
    await page.locator('main h1').waitFor(kWait);
    await page.locator('[aria-busy]').first().waitFor({ state: 'detached', ...kWait });
    assert.equal(await page.locator('[aria-busy]').count(), 0);
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await page.screenshot({ path: join(world.shots, `${name}-${width}.png`), fullPage: true });
      assert.ok(wide <= 0, `${name} is ${wide} pixels wider than ${width}`);
    }
  }
});

test('an open page finds a restarted server again', async ({ page, world }) => {
  await page.goto('/runs');
  await page.getByText('● live').waitFor(kWait);
  await mark(page);
  await world.restart();
  const before = await page.locator('tbody tr').count();
  const answer = await fetch(`${world.url}/api/v1/dags/slow/runs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  assert.equal(answer.status, 201);
  await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length > count, before, kWait);
  assert.ok(await is_marked(page), 'the page was loaded again');
});

async function run_one(world, name, body) {
  const context = await world.browser.newContext({ baseURL: world.url, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const complaints = [];  // errors of the page itself, and of its policy
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) complaints.push(message.text()); });
  page.on('request', (request) => { if (!request.url().startsWith(world.url) && !request.url().startsWith('data:')) complaints.push(`asks another host: ${request.url()}`); });
  try {
    await body({ page, world });
    assert.deepEqual(complaints, [], 'the page complained');
    console.log(`ok   ${name}`);
    return true;
  } catch (error) {
    await page.screenshot({ path: join(world.shots, 'failed.png'), fullPage: true }).catch(() => {});
    console.log(`FAIL ${name}\n${error.stack ?? error}\n${complaints.join('\n')}`);
    return false;
  } finally {
    await context.close();
  }
}

const world = await World.open(resolve(process.argv[2] ?? 'build/dev'));
let failed = 0;
try {
  for (const [name, body] of tests) {
    if (!(await run_one(world, name, body))) failed += 1;
  }
} finally {
  await world.close();
}
console.log(`${tests.length - failed} of ${tests.length} tests passed; screenshots are in ${world.shots}`);
process.exitCode = failed ? 1 : 0;
