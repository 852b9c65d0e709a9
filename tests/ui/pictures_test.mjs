// The pictures of the page that README.md and web/README.md show. Usage: node pictures_test.mjs <build folder> [--write]
//
// Made from the retail house's first day in a real Chromium. Without --write they are made again and compared: a picture is stale when
// its texts are not those of the page any more (places may differ with fonts, times do).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { picture, texts_of } from './picture.mjs';
import { World } from './world.mjs';

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
const kSize = { width: 1280, height: 960 };
const kWait = { timeout: 60_000 };

async function over(url, run) {
  for (let look = 0; look < 600; ++look) {
    const { state } = await (await fetch(`${url}/api/v1/runs/${encodeURIComponent(run)}`)).json();
    if (['succeeded', 'failed', 'cancelled'].includes(state)) return state;
    await new Promise((then) => setTimeout(then, 100));
  }
  throw new Error(`${run} does not end`);
}

async function start(url, dag, body) {
  const answer = await fetch(`${url}/api/v1/dags/${dag}/runs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const run = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(run));
  return run.id;
}

async function take(world, scheme, path, ready) {
  const page = await world.browser.newPage({ baseURL: world.url, viewport: kSize, colorScheme: scheme, reducedMotion: 'reduce' });
  await page.goto(path);
  await ready(page);
  const taken = await picture(page, kSize);
  await page.close();
  return taken;
}

async function main() {
  const build = resolve(process.argv[2]);
  const write = process.argv.includes('--write');
  const world = await World.open(build, join(kRoot, 'dags/retail'));
  let stale = 0;
  try {
    execFileSync(join(build, 'bin/millrace'), ['demo-data', '--into', world.folder, '--days', '1']);
    const run = await start(world.url, 'retail_daily', { logical_time: '2026-11-01T00:00:00Z', params: { day: '2026-11-01', landing: join(world.folder, 'landing') } });
    const state = await over(world.url, run);
    if (state !== 'succeeded') throw new Error(`${run} is ${state}`);
    const address = `/runs/${encodeURIComponent(run)}`;
    const graph = async (page) => {
      await page.locator('.react-flow__node.good', { hasText: 'customer_360' }).waitFor(kWait);
      await page.locator('.react-flow__edge-path').first().waitFor({ state: 'attached', ...kWait });
    };
    const pictures = {
      'run.svg': await take(world, 'light', address, graph),
      'run-dark.svg': await take(world, 'dark', address, graph),
      'dags.svg': await take(world, 'light', '/dags', (page) => page.getByRole('link', { name: 'retail_report' }).waitFor(kWait)),
      'task.svg': await take(world, 'light', `${address}/tasks/web_logs`, (page) => page.locator('.log li', { hasText: 'rejected' }).first().waitFor(kWait)),
    };
    for (const [name, { svg, texts }] of Object.entries(pictures)) {
      const file = join(kRoot, 'web/pictures', name);
      writeFileSync(join(world.shots, name), svg);
      if (write) writeFileSync(file, svg);
      const before = existsSync(file) ? texts_of(readFileSync(file, 'utf8')) : [];
      const lost = before.filter((text) => !texts.includes(text)), fresh = texts.filter((text) => !before.includes(text));
      console.log(`${name}: ${Math.round(svg.length / 1024)} kB, ${texts.length} texts` + (lost.length + fresh.length ? `; stale: gone ${JSON.stringify(lost.slice(0, 8))}, new ${JSON.stringify(fresh.slice(0, 8))}` : ''));
      stale += lost.length + fresh.length > 0 ? 1 : 0;
    }
  } finally {
    await world.close();
  }
  if (stale) console.log('write them anew by ./dev docs');
  process.exit(stale ? 1 : 0);
}

await main();
