// A server of its own with Dags of its own, and a browser: everything that a test of the page needs.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
const kChromium = process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium';
const kFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

function dags(folder) {
  return {
    // `work` waits for a file, so that the test decides how long it runs.
    'slow.yaml': `dag: slow
description: Goes on until it is let go.
owner: night shift
params:
  name: {type: string, default: world, description: whom to greet}
  times: {type: integer, default: 2}
tasks:
  work:
    uses: shell.run
    with:
      run: |
        echo hello {{ .params.name | shell }}
        while ! test -e ${folder}/go; do sleep 0.1; done
        echo "let go"
  after:
    uses: shell.run
    needs: [work]
    with: {run: echo the end}
`,
    'held.yaml': `dag: held
tasks:
  first:
    uses: shell.run
    with: {run: "while ! test -e ${folder}/held; do sleep 0.1; done"}
  second:
    uses: shell.run
    needs: [first]
    with: {run: echo second}
`,
    'late.yaml': `dag: late
deadline: {within: 1s}
tasks:
  work:
    uses: shell.run
    with: {run: "echo half > $MILLRACE_CHECKPOINT; while ! test -e ${folder}/in_time; do sleep 0.1; done"}
`,
    'mends.yaml': `dag: mends
description: Fails until its marker is there.
tasks:
  first:
    uses: shell.run
    with: {run: echo first}
  fragile:
    uses: shell.run
    needs: [first]
    with: {run: "test -e ${folder}/marker || { echo the marker is missing >&2; exit 3; }"}
  last:
    uses: shell.run
    needs: [fragile]
    with: {run: echo last}
`,
    'cities.yaml': `dag: cities
tasks:
  load:
    uses: ingest.files
    with:
      from: cities.csv
      format: csv
      into: raw.cities
      schema: {city: VARCHAR, people: BIGINT}
    checks:
      - rules: |
          Rules = [ IsComplete "city", ColumnValues "people" > 0 ]
        on_fail: quarantine
`,
    'cities.csv': 'city,people\nBern,134000\n,5\nUlm,128000\n',
    // Takes shares of a worker that another test starts.
    'share.yaml': `dag: share
tasks:
  work:
    uses: shell.run
    runs_on: {labels: [night], cpu: 1, memory: 256MiB, resources: {gpu: 0.5}}
    with: {run: "while ! test -e ${folder}/shared; do sleep 0.1; done"}
`,
    // The shell's parent is the attempt's process: as if the plugin had a bug.
    'crash.yaml': `dag: crash
tasks:
  dies:
    uses: shell.run
    with: {run: "kill -SEGV $PPID; sleep 60"}
`,
    'broken.yaml': `dag: broken
tasks:
  one:
    uses: no.such
`,
  };
}

function ready(server) {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`the server is not ready:\n${text}`)), 30_000);
    const read = (chunk) => {
      text += chunk;
      const found = /is ready: (http:\/\/\S+)/.exec(text);
      if (found) { clearTimeout(timer); resolve(found[1]); }
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', (code) => { clearTimeout(timer); reject(new Error(`the server ended with ${code}:\n${text}`)); });
  });
}

function ended(server) {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) resolve();
    else server.once('exit', resolve);
  });
}

async function stop(server) {
  const timer = setTimeout(() => server.kill('SIGKILL'), 10_000);
  server.kill('SIGTERM');
  await ended(server);
  clearTimeout(timer);
}

export class World {
  /** `dags`: a folder to serve; Dags of its own when left out. `words`: further ones of the server's command line. */
  static async open(build, dags_folder = '', words = []) {
    const world = new World();
    world.words = words;
    for (const [what, path] of [['the page', join(kRoot, 'web/dist/index.html')], ['Chromium', kChromium], ['the program', join(build, 'bin/millrace')]]) {
      if (!existsSync(path)) throw new Error(`${what} is missing: ${path}`);
    }
    world.build = build;
    world.workers = [];
    world.shots = join(build, 'ui');
    mkdirSync(world.shots, { recursive: true });
    world.folder = mkdtempSync(join(tmpdir(), 'millrace-ui-'));
    mkdirSync(join(world.folder, 'dags'));
    world.dags = dags_folder || join(world.folder, 'dags');
    for (const [name, text] of Object.entries(dags(world.folder))) writeFileSync(join(world.folder, 'dags', name), text);
    await world.serve(0);
    const { chromium } = createRequire(join(kRoot, 'web/package.json'))('playwright-core');
    world.browser = await chromium.launch({ executablePath: kChromium, args: kFlags, headless: true });
    return world;
  }

  /** Starts the server; a second time on the same port and home. */
  async serve(port) {
    this.server = spawn(join(this.build, 'bin/millrace'), ['serve', '--home', join(this.folder, 'home'), '--dags', this.dags,
      '--http-port', String(port), '--rpc-port', '0', '--workers', '1', ...this.words], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.said = '';
    this.server.stdout.on('data', (chunk) => { this.said += chunk; });
    this.url = await ready(this.server);
  }

  /** One more worker, with these further words; its clock is `ahead` seconds ahead. */
  worker(name, words, ahead) {
    const library = join(this.folder, 'shifted_clock.so');
    execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-o', library, join(kRoot, 'tests/e2e/shifted_clock.c'), '-ldl']);
    const facts = JSON.parse(readFileSync(join(this.folder, 'home/server.json'), 'utf8'));
    const started = spawn(join(this.build, 'bin/millrace'), ['worker', '--server', facts.rpc, '--name', name, '--scratch', join(this.folder, name), ...words],
      { stdio: 'ignore', env: { ...process.env, LD_PRELOAD: library, SHIFT: String(ahead) } });
    this.workers.push(started);
    return started;
  }

  async restart() {
    const port = new URL(this.url).port;
    await stop(this.server);
    await this.serve(port);
  }

  touch(name) { writeFileSync(join(this.folder, name), ''); }

  async close() {
    await this.browser?.close();
    for (const worker of this.workers) await stop(worker);
    if (this.server) await stop(this.server);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
