// What holds for every page that is a file: asked of the page itself, in the browser (page.evaluate).
//
// Each function stands alone, as its text is sent there; it gives sentences about what is wrong.

/** What is read with ears and by keys, of the rules that apply to a page like this (WCAG 2.2). `more`: selectors of other texts whose contrast counts. */
export function look(more = []) {
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
  for (const one of document.querySelectorAll(['h1, h2, p, td, th, li, summary, svg text, .unit, .null', ...more].join(', '))) {
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
export function crowded() {
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

/** What makes the page wider than its window: leaves that reach beyond it and stand in nothing that scrolls. */
export function sideways() {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const beyond = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > window.innerWidth && !one.closest('.wide, figure'));
  return ['too wide', ...beyond.map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 60)}`)];
}
