/**
 * One page in Firefox or WebKit, by the few things that a person does: Firefox over WebDriver BiDi, WebKit over WebDriver, as
 * Debian has them.
 *
 *   const engine = await openEngine("firefox" | "webkit")
 *   engine.goto(url)  click(selector)  type(selector, text)  upload(selector, path)  waitFor(selector, text = "")  evaluate(body)
 *   engine.errors     what the page itself complained about, where the engine tells      engine.close()
 */
import { spawn } from "node:child_process"
import { readdirSync } from "node:fs"

const PATIENCE = 60_000 // milliseconds, for a busy machine
const WINDOW = { width: 400, height: 800 }
const LIBRARIES = "/usr/lib/x86_64-linux-gnu"

export const openEngine = (name) => ({ firefox: openFirefox, webkit: openWebKit })[name]()

/** A visible element that says so: the test of both engines, in the page. */
const SHOWN = `(selector, text) => [...document.querySelectorAll(selector)].some((each) => each.getClientRects().length && each.textContent.includes(text))`

async function until(isSo, what) {
  const end = Date.now() + PATIENCE
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`it did not come to that: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** What moves is pressed once it has come to rest: a sheet on its way up is not where it was looked for. */
async function atRest(place) {
  let before = null
  await until(async () => {
    const now = await place()
    const rests = now === before
    before = now
    return rests
  }, "what moves comes to rest")
}

async function openFirefox() {
  const { default: puppeteer } = await import("puppeteer-core")
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true, protocolTimeout: PATIENCE })
  const page = await browser.newPage()
  await page.setViewport(WINDOW)
  page.setDefaultTimeout(PATIENCE)
  const errors = []
  page.on("pageerror", ({ message }) => errors.push(message))
  return {
    errors,
    goto: (url) => page.goto(url),
    click: async (selector) => {
      const found = await page.waitForSelector(selector, { visible: true })
      await atRest(async () => JSON.stringify(await found.boundingBox()))
      await found.click()
    },
    type: async (selector, text) => (await page.waitForSelector(selector, { visible: true })).type(text),
    upload: async (selector, path) => (await page.waitForSelector(selector)).uploadFile(path),
    waitFor: (selector, text = "") => until(() => page.evaluate(`(${SHOWN})(${JSON.stringify(selector)}, ${JSON.stringify(text)})`), `${selector} ${text}`),
    evaluate: (body) => page.evaluate(`(() => { ${body} })()`),
    close: () => browser.close(),
  }
}

async function openWebKit() {
  const { Builder, By, Capabilities } = await import("selenium-webdriver")
  const port = 4500 + (process.pid % 1000)
  const server = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore" })
  const folder = readdirSync(LIBRARIES).findLast((each) => each.startsWith("webkit2gtk-"))
  const wanted = new Capabilities()
  wanted.set("browserName", "MiniBrowser")
  wanted.set("webkitgtk:browserOptions", { binary: `${LIBRARIES}/${folder}/MiniBrowser`, args: ["--automation"] })
  let driver
  await until(async () => (driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(wanted).build()), "WebKit opens")
  await driver.manage().window().setRect(WINDOW)
  /** What moves, or lies below a sheet that is just going, takes no press yet. */
  const once = (selector, act) => until(async () => (await act(await driver.findElement(By.css(selector))), true), selector)
  return {
    errors: [],
    goto: (url) => driver.get(url),
    click: (selector) =>
      once(selector, async (element) => {
        await atRest(async () => JSON.stringify(await element.getRect()))
        await element.click()
      }),
    type: (selector, text) => once(selector, (element) => element.sendKeys(text)),
    upload: (selector, path) => once(selector, (element) => element.sendKeys(path)),
    waitFor: (selector, text = "") => until(() => driver.executeScript(`return (${SHOWN})(arguments[0], arguments[1])`, selector, text), `${selector} ${text}`),
    evaluate: (body) => driver.executeScript(body),
    async close() {
      await driver.quit().catch(() => {})
      server.kill()
    },
  }
}
