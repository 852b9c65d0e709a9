// Log-in, log-out and roles on the page, in a real browser against a real server. Usage: node login_test.mjs <build folder>
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { World } from './world.mjs';

const kWait = { timeout: 20_000 };
const kPassword = 'correct horse battery';
const tests = [];
const test = (name, body) => tests.push([name, body]);

async function log_in(page, user, password = kPassword) {
  await page.getByLabel('Name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
}

const form = (page) => page.getByRole('heading', { name: 'Log in to Millrace' });

test('whoever is not logged in sees the form, is told what is wrong, and comes in by the first token', async ({ page, world }) => {
  await page.goto('/dags');
  await form(page).waitFor(kWait);
  assert.equal(await page.getByRole('link', { name: 'slow' }).count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'user', 'ready to type');
  await log_in(page, 'ada', 'a wrong password');
  assert.match(await page.getByRole('alert').innerText(), /E8024/);
  await page.getByRole('button', { name: 'Use a token' }).click();
  await page.getByLabel('Token').fill(world.token);
  await page.getByLabel('Token').press('Enter');
  await page.getByRole('link', { name: 'slow' }).waitFor(kWait);
  await page.getByText('token:first').waitFor(kWait);
  assert.equal(new URL(page.url()).pathname, '/dags', 'the address that was asked for');
  assert.doesNotMatch(await page.content(), /mrt1_|mrs1_/);
  assert.equal(await page.evaluate(() => document.cookie), '', 'scripts can not read the cookie');
});

test('an operator starts a run, sees it live, reloads, and logs out', async ({ page, world }) => {
  await page.goto('/dags/slow');
  await log_in(page, 'ada');
  await page.getByRole('button', { name: 'Start a run' }).click();
  await page.waitForURL('**/runs/**', kWait);
  await page.locator('tr[data-task="work"] [data-state="running"]').waitFor(kWait);
  await page.locator('.react-flow__node.busy', { hasText: 'work' }).waitFor(kWait);
  await page.reload();
  await page.locator('.bar .who', { hasText: 'ada' }).waitFor(kWait);
  world.touch('go');
  await page.locator('[data-run-state="succeeded"]').waitFor(kWait);
  await page.getByRole('button', { name: 'Log out' }).click();
  await form(page).waitFor(kWait);
  await page.goto('/dags');
  await form(page).waitFor(kWait);
});

test('a viewer is told why a button does nothing', async ({ page }) => {
  await page.goto('/dags/slow');
  await log_in(page, 'vic');
  await page.getByRole('button', { name: 'Start a run' }).click();
  assert.match(await page.getByRole('alert').innerText(kWait), /E8023[^]*role operator/);
});

test('a session that ends elsewhere brings an open page back to the form', async ({ page, world }) => {
  await page.goto('/workers');
  await log_in(page, 'eve');
  await page.locator('.bar .who', { hasText: 'eve' }).waitFor(kWait);
  await world.ask('/api/v1/users/eve/remove', {});
  await form(page).waitFor(kWait);
});

test('scripts and styles that are not files of the server are not taken', async ({ page, complaints }) => {
  await page.goto('/');
  await form(page).waitFor(kWait);
  const taken = await page.evaluate(() => {
    const style = document.createElement('style'), script = document.createElement('script');
    style.textContent = 'body { color: rgb(255, 0, 0); }';
    script.textContent = 'window.taken = true;';
    document.head.append(style, script);
    return [getComputedStyle(document.body).color === 'rgb(255, 0, 0)', window.taken === true];
  });
  assert.deepEqual(taken, [false, false]);
  assert.equal(complaints.length, 2, 'the browser tells both');
  complaints.length = 0;
});

async function run_one(world, name, body) {
  const context = await world.browser.newContext({ baseURL: world.url, viewport: { width: 1100, height: 800 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`page error: ${error}`));
  page.on('console', (message) => { if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text()); });
  try {
    await body({ page, world, complaints });
    assert.deepEqual(complaints, []);
    console.log(`ok   ${name}`);
    return true;
  } catch (error) {
    await page.screenshot({ path: join(world.shots, 'failed_login.png'), fullPage: true }).catch(() => {});
    console.log(`FAIL ${name}\n${error.stack ?? error}\n${complaints.join('\n')}`);
    return false;
  } finally {
    await context.close();
  }
}

const world = await World.open(resolve(process.argv[2] ?? 'build/dev'), '', ['--auth']);
let failed = 0;
try {
  world.token = /mrt1_\w+/.exec(world.said)[0];
  world.ask = async (path, body) => {
    const answer = await fetch(world.url + path, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${world.token}` }, body: JSON.stringify(body) });
    assert.ok(answer.ok, await answer.text());
  };
  for (const [name, role] of [['ada', 'operator'], ['vic', 'viewer'], ['eve', 'viewer']]) await world.ask('/api/v1/users', { name, password: kPassword, roles: [role] });
  for (const [name, body] of tests) {
    if (!(await run_one(world, name, body))) failed += 1;
  }
} finally {
  await world.close();
}
console.log(`${tests.length - failed} of ${tests.length} tests passed; screenshots are in ${world.shots}`);
process.exitCode = failed ? 1 : 0;
