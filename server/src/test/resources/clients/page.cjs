// Uses the page of a server as a person would: node page.cjs CHROMIUM URL PICTURE SCENARIO. Prints one JSON object.
const { chromium } = require('playwright-core');
const { readFileSync } = require('node:fs');

const [executablePath, url, picture, scenario] = process.argv.slice(2);
const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const answered = count => page.waitForFunction(
  n => document.querySelectorAll('.answer[aria-busy="false"]').length === n, count);
const answers = () => page.$$eval('.answer p', all => all.map(p => p.textContent));
let page;

const scenarios = {
  // Choose a picture, ask, watch the answer grow; then ask again, about a dropped one.
  async conversation() {
    await page.evaluate(() => {
      window.seen = new Set();
      new MutationObserver(() => {
        const text = document.querySelector('.answer p')?.textContent;
        if (text) window.seen.add(text);
      }).observe(document.querySelector('#log'), { childList: true, subtree: true, characterData: true });
    });
    await page.setInputFiles('#files', picture);
    await page.waitForSelector('#tray img');
    await page.fill('#question', 'What is in this picture?');
    await page.keyboard.press('Enter');
    await answered(1);
    const grown = await page.evaluate(() => window.seen.size);
    const data = readFileSync(picture).toString('base64');
    await page.evaluate(data => {
      const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, data);
    await page.waitForSelector('#tray img[alt="dropped.png"]');
    await page.click('#send');
    await answered(2);
    return {
      title: await page.title(), grown, answers: await answers(), about: await page.textContent('.about'),
      questions: await page.$$eval('.question p', all => all.map(p => p.textContent)),
    };
  },
  // Stop an answer that would never end.
  async stop() {
    await page.fill('#question', 'Hello');
    await page.click('#send');
    await page.waitForFunction(() => document.querySelector('.answer p')?.textContent.length > 20);
    await page.click('#stop');
    await answered(1);
    return { about: await page.textContent('.about'), sendVisible: await page.isVisible('#send') };
  },
  // Give the key when asked for it.
  async key() {
    await page.waitForSelector('#locked[open]');
    await page.fill('#key', 'kept-secret-0123');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#model').textContent);
    return { model: await page.textContent('#model') };
  },
  // Markup in an answer or an error is text; a broken picture is told.
  async broken() {
    await page.setInputFiles('#files', { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('nonsense') });
    await page.waitForSelector('#tray img');
    await page.fill('#question', '<img src=x>');
    await page.click('#send');
    await page.waitForSelector('.failure');
    return { failure: await page.textContent('.failure span'), question: await page.textContent('.question p') };
  },
};

(async () => {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  try {
    page = await browser.newPage();
    page.setDefaultTimeout(20000);
    const errors = [];
    page.on('pageerror', e => errors.push(e.message));
    page.on('console', m => { if (m.type() === 'error' && !m.text().includes('status of')) errors.push(m.text()); });
    const foreign = [];
    page.on('request', r => { if (!r.url().startsWith(url) && !r.url().startsWith('data:')) foreign.push(r.url()); });
    await page.goto(url);
    const result = await scenarios[scenario]();
    console.log(JSON.stringify({ ...result, errors, foreign }));
  } finally {
    await browser.close();
  }
})();
