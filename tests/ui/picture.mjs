// What a page shows, as an SVG that any viewer draws: boxes, lines and texts of the rendered page, where the browser has put them.
// No image, script or foreign object in it, so it may live in a repository and be compared as text.

/** Runs in the page: everything visible in the first `height` pixels. */
function look(height) {
  const out = [];
  const round = (n) => Math.round(n * 10) / 10;
  const clear = (color) => color === 'transparent' || color === 'rgba(0, 0, 0, 0)' || color === 'none';
  const shown = (box) => box.width > 0 && box.height > 0 && box.top < height && box.bottom > 0;

  function box_of(element, style) {
    const box = element.getBoundingClientRect();
    if (!shown(box)) return;
    const sides = ['Top', 'Right', 'Bottom', 'Left'].map((side) => ({ width: parseFloat(style[`border${side}Width`]), color: style[`border${side}Color`], kind: style[`border${side}Style`] }));
    const drawn = sides.map((side) => side.width > 0 && side.kind !== 'none' && !clear(side.color));
    const whole = drawn.every(Boolean);
    const scale = element.offsetWidth ? box.width / element.offsetWidth : 1;
    const place = { x: round(box.left), y: round(box.top), w: round(box.width), h: round(box.height) };
    if (!clear(style.backgroundColor) || whole) {
      out.push({ kind: 'box', ...place, r: round(Math.min(parseFloat(style.borderTopLeftRadius) || 0, 999) * scale), fill: clear(style.backgroundColor) ? 'none' : style.backgroundColor, stroke: whole ? sides[0].color : 'none' });
    }
    if (whole) return;
    const ends = [[0, 0, 1, 0], [1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]];
    ends.forEach(([x1, y1, x2, y2], i) => {
      if (drawn[i]) out.push({ kind: 'line', x1: round(box.left + x1 * box.width), y1: round(box.top + y1 * box.height), x2: round(box.left + x2 * box.width), y2: round(box.top + y2 * box.height), stroke: sides[i].color });
    });
  }

  function words_of(node, style) {
    // What a transform has done to the element, it has done to its letters.
    const around = node.parentElement, scale = around.offsetHeight ? around.getBoundingClientRect().height / around.offsetHeight : 1;
    const lines = [];
    for (const word of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const box = range.getClientRects()[0];
      if (!box || !shown(box)) continue;
      const last = lines.at(-1);
      if (last && Math.abs(last.top - box.top) < 2) last.text += ` ${word[0]}`;
      else lines.push({ top: box.top, left: box.left, height: box.height, text: word[0] });
    }
    for (const line of lines) {
      const size = round(parseFloat(style.fontSize) * scale);
      out.push({ kind: 'text', x: round(line.left), y: round(line.top + line.height / 2 + size * 0.35), size, weight: style.fontWeight >= 600 ? 'bold' : '', mono: /mono/i.test(style.fontFamily), fill: style.color, text: line.text });
    }
  }

  function drawing_of(element, style) {
    const box = element.getBoundingClientRect();
    if (box.top >= height || box.bottom <= 0) return;
    const m = element.getScreenCTM?.();
    if (!m) return;
    const names = { path: ['d'], rect: ['x', 'y', 'width', 'height', 'rx'], circle: ['cx', 'cy', 'r'], line: ['x1', 'y1', 'x2', 'y2'], polyline: ['points'], polygon: ['points'] }[element.localName];
    if (!names || style.fill.startsWith('url')) return;  // a pattern's ground
    const attributes = Object.fromEntries(names.filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]));
    out.push({ kind: 'shape', name: element.localName, attributes, move: [m.a, m.b, m.c, m.d, m.e, m.f].map((n) => Math.round(n * 1e4) / 1e4), fill: clear(style.fill) ? 'none' : style.fill, stroke: clear(style.stroke) ? 'none' : style.stroke, width: parseFloat(style.strokeWidth) || 1 });
  }

  function walk(element) {
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
    const box = element.getBoundingClientRect();
    if (style.overflow === 'hidden' && (box.width <= 1 || box.height <= 1)) return;  // for ears only
    if (!(element instanceof SVGElement) && !element.checkVisibility({ contentVisibilityAuto: true })) return;  // folded away
    if (element instanceof SVGElement && !(element instanceof SVGSVGElement)) drawing_of(element, style);
    else box_of(element, style);
    const depth = (child) => (child.nodeType === Node.ELEMENT_NODE ? parseInt(getComputedStyle(child).zIndex, 10) || 0 : 0);
    for (const child of [...element.childNodes].sort((a, b) => depth(a) - depth(b))) {
      if (child.nodeType === Node.TEXT_NODE) words_of(child, style);
      else if (child.nodeType === Node.ELEMENT_NODE && child.localName !== 'defs') walk(child);
    }
  }

  walk(document.body);
  const page = getComputedStyle(document.body).backgroundColor;
  return { out, page: clear(page) ? getComputedStyle(document.documentElement).backgroundColor : page };
}

// What differs from run to run, and says nothing: times, durations, sizes, names of processes.
const kVolatile = [
  [/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?/g, '2026-11-02 05:30:00'],
  [/\b[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M/g, 'Nov 2, 2026, 5:30:00 AM'],
  [/\b\d{1,2}:\d\d:\d\d( [AP]M)?\b/g, '05:30:00'],
  [/("(?:cpu_seconds|peak_memory_bytes|read_bytes|written_bytes|started_ms|finished_ms|bytes)": )[\d.]+/g, '$11'],
  [/\/tmp\/[\w-]+\//g, '/srv/shop/'],
  [/\b\d+(\.\d+)? ?(ms|s|min)\b/g, '0.2 s'],
  [/\b\d+ (seconds?|minutes?) ago\b/g, 'a minute ago'],
  [/\b\d+(\.\d+)? (B|kB|KiB|MB|MiB)\b/g, '12 kB'],
  [/\blocal-\d+-\d+\b/g, 'local-1'],
  [/#\d+\b/g, '#1'],
  [/\b[0-9a-f]{16}\b/g, '0123456789abcdef'],
];

export const steady = (text) => kVolatile.reduce((now, [pattern, other]) => now.replace(pattern, other), text);

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

// rgb(1, 2, 3) as #010203, with what shines through as an opacity.
function paint(name, color) {
  const parts = /rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)/.exec(color);
  if (!parts) return ` ${name}="${color}"`;
  const hex = parts.slice(1, 4).map((part) => Number(part).toString(16).padStart(2, '0')).join('');
  return ` ${name}="#${hex}"${parts[4] ? ` ${name}-opacity="${parts[4]}"` : ''}`;
}

function drawn(one) {
  if (one.kind === 'box') return `<rect x="${one.x}" y="${one.y}" width="${one.w}" height="${one.h}"${one.r ? ` rx="${Math.min(one.r, one.h / 2)}"` : ''}${paint('fill', one.fill)}${one.stroke === 'none' ? '' : paint('stroke', one.stroke)}/>`;
  if (one.kind === 'line') return `<line x1="${one.x1}" y1="${one.y1}" x2="${one.x2}" y2="${one.y2}"${paint('stroke', one.stroke)}/>`;
  if (one.kind === 'text') return `<text x="${one.x}" y="${one.y}" font-size="${one.size}"${one.weight ? ' font-weight="bold"' : ''}${one.mono ? ' font-family="monospace"' : ''}${paint('fill', one.fill)}>${escape(steady(one.text))}</text>`;
  const attributes = Object.entries(one.attributes).map(([name, value]) => ` ${name}="${value}"`).join('');
  return `<${one.name}${attributes} transform="matrix(${one.move.join(' ')})"${paint('fill', one.fill)}${one.stroke === 'none' ? '' : `${paint('stroke', one.stroke)} stroke-width="${one.width}"`}/>`;
}

/** The page as it is now: {svg, texts}. */
export async function picture(page, { width, height }) {
  // The graph finds its place over some frames: as it is once nothing moves any more.
  let seen = '', now = await page.evaluate(look, height);
  while (JSON.stringify(now) !== seen) {
    seen = JSON.stringify(now);
    await page.waitForTimeout(300);
    now = await page.evaluate(look, height);
  }
  const { out, page: ground } = now;
  const body = out.map(drawn).join('\n');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">\n`
    + `<rect width="${width}" height="${height}"${paint('fill', ground)}/>\n${body}\n</svg>\n`;
  return { svg, texts: texts_of(svg) };
}

/** The texts of a picture, sorted, each once; numbers that stand alone (attempts, snapshots) say nothing here. */
export function texts_of(svg) {
  return [...new Set([...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((found) => found[1]).filter((text) => !/^\d+$/.test(text)))].sort();
}
