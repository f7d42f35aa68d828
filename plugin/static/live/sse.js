/**
 * Server-sent events from text that comes in any pieces (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * Pure. Give it every piece in order; it calls back with each whole event.
 *
 * @param {(event: {type: string, data: string, id: string}) => void} onEvent
 * @returns {(text: string) => void}
 */
export function createParser(onEvent) {
  let rest = "" // of an unfinished line
  let first = true
  let type = ""
  let data = []
  let id = ""

  function take(line) {
    if (line === "") return dispatch()
    const colon = line.indexOf(":")
    if (colon === 0) return // a comment
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1))
    if (field === "event") type = value
    else if (field === "data") data.push(value)
    else if (field === "id" && !value.includes("\0")) id = value
  }

  function dispatch() {
    if (data.length) onEvent({ type: type || "message", data: data.join("\n"), id })
    type = ""
    data = []
  }

  return (text) => {
    if (!text) return
    rest += first ? text.replace(/^\uFEFF/, "") : text
    first = false
    // A "\r" at the very end may be half of "\r\n": it waits for the next piece.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()
    for (const line of lines) take(line)
  }
}
