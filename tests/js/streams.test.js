/** Which pages of a browser have a live stream. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { createStreams } from "../../plugin/static/live/streams.js"

/** One browser: each page has its end of the channel, and a clock whose waits are over at once. */
function browser() {
  const ends = new Set()
  let number = 0
  const open = () => {
    const end = {
      onmessage: null,
      postMessage(data) {
        for (const other of ends) if (other !== end) queueMicrotask(() => other.onmessage?.({ data }))
      },
    }
    ends.add(end)
    return end
  }
  const page = ({ at = 0, scarce = () => true } = {}) =>
    createStreams({ scarce, open, now: () => at, random: () => ++number, clock: { setTimeout: (call) => setTimeout(call, 5) } })
  return { page, ends }
}

const count = (answers) => answers.filter(Boolean).length

test("of eight pages that open one after another, the first two have a stream", async () => {
  const { page } = browser()
  const answers = []
  for (let at = 0; at < 8; at++) answers.push(await page({ at }).mayHave())
  assert.deepEqual(answers, [true, true, false, false, false, false, false, false])
})

test("of eight pages that a browser opens in the same moment, two have a stream", async () => {
  const { page } = browser()
  const pages = Array.from({ length: 8 }, () => page())
  assert.equal(count(await Promise.all(pages.map((each) => each.mayHave()))), 2)
})

test("a place that was given up goes to the page that has waited longest", async () => {
  const { page } = browser()
  const pages = [0, 1, 2, 3].map((at) => page({ at }))
  for (const each of pages) await each.mayHave()
  pages[0].giveUp()
  assert.deepEqual(await Promise.all(pages.slice(1).map((each) => each.mayHave())), [true, true, false])
})

test("a page that is gone without a word does not keep its place", async () => {
  const { page, ends } = browser()
  const pages = [0, 1, 2].map((at) => page({ at }))
  for (const each of pages) await each.mayHave()
  ends.delete([...ends][0])
  assert.equal(await pages[2].mayHave(), true)
})

test("where all requests share one connection, every page has a stream", async () => {
  const { page, ends } = browser()
  const pages = Array.from({ length: 8 }, (_, at) => page({ at, scarce: () => false }))
  assert.equal(count(await Promise.all(pages.map((each) => each.mayHave()))), 8)
  assert.equal(ends.size, 0)
})
