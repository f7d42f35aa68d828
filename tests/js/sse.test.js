import assert from "node:assert/strict"
import { test } from "node:test"
import { createParser } from "../../plugin/static/live/sse.js"
import { readEvents } from "../../plugin/static/live/stream.js"

function parse(...pieces) {
  const events = []
  const push = createParser(({ type, data }) => events.push([type, data]))
  for (const piece of pieces) push(piece)
  return events
}

test("an event has a type and data", () => {
  assert.deepEqual(parse('event: changes\ndata: {"revision":1}\n\n'), [["changes", '{"revision":1}']])
})

test("the same events come out wherever the text is split", () => {
  const text = "\uFEFF: ping\r\n\r\nevent: changes\r\ndata: one\r\ndata:two\r\n\r\nevent: me\ndata: {}\n\ndata: plain\r\rid: 4\ndata\n\n"
  const whole = parse(text)
  assert.deepEqual(whole, [["changes", "one\ntwo"], ["me", "{}"], ["message", "plain"], ["message", ""]])
  for (let at = 1; at < text.length; at++) assert.deepEqual(parse(text.slice(0, at), text.slice(at)), whole, `split at ${at}`)
  assert.deepEqual(parse(...text), whole)
})

test("comments, empty events and unknown fields say nothing", () => {
  assert.deepEqual(parse(": still here\n\n", "event: gap\n\n", "colour: blue\n\n"), [])
})

test("a type does not stick to the next event", () => {
  assert.deepEqual(parse("event: me\n\ndata: a\n\n"), [["message", "a"]])
})

test("only one space after the colon is taken away", () => {
  assert.deepEqual(parse("data:  two\n\n"), [["message", " two"]])
})

test("an unfinished event is not delivered", () => {
  assert.deepEqual(parse("event: changes\ndata: half"), [])
})

test("letters of several bytes survive a split in their middle, and every piece counts as a sign of life", async () => {
  const bytes = new TextEncoder().encode("data: Zoë 👋\n\n")
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  const events = []
  let signs = 0
  await readEvents({ body }, () => signs++, (event) => events.push(event.data))
  assert.deepEqual(events, ["Zoë 👋"])
  assert.equal(signs, bytes.length)
})
