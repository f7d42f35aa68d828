/**
 * A browser opens six connections to a host that speaks HTTP/1.1, and a live stream holds one of them for as long as its
 * page is open: the seventh page would never load. So of all pages of a browser two have a stream, and the others poll.
 *
 *   const streams = createStreams()
 *   await streams.mayHave()   whether this page is one of the two: those that asked first and are still open
 *   streams.giveUp()          its place goes to the next one that asks
 */
const MOST = 2
const ANSWERS_WITHIN = 120 // milliseconds; pages of one browser answer each other within a few
const CHANNEL = "mosaic:streams"

/** With HTTP/2 and later all requests share one connection. There is nothing to share out where there are no pages. */
const areScarce = () =>
  Boolean(globalThis.document) &&
  Boolean(globalThis.BroadcastChannel) &&
  !/^h[23]/.test(globalThis.performance?.getEntriesByType?.("navigation")[0]?.nextHopProtocol ?? "")

export function createStreams({ scarce = areScarce, open = () => new BroadcastChannel(CHANNEL), clock = globalThis, now = Date.now, random = Math.random } = {}) {
  let channel = null
  let mine = null // {id, at} while this page wants a stream or has one
  const others = new Map() // id -> at, of those that answered

  function listen() {
    if (channel) return
    channel = open()
    channel.onmessage = ({ data: { id, at, asks } }) => {
      others.set(id, at)
      if (asks && mine) channel.postMessage(mine)
    }
  }

  /** All pages put all others in the same order, so that they agree without anybody who decides. */
  const isBeforeMe = ([id, at]) => at < mine.at || (at === mine.at && id < mine.id)

  return {
    async mayHave() {
      if (!scarce()) return true
      listen()
      mine ??= { id: random(), at: now() }
      others.clear()
      channel.postMessage({ ...mine, asks: true })
      await new Promise((resolve) => clock.setTimeout(resolve, ANSWERS_WITHIN))
      return mine !== null && [...others].filter(isBeforeMe).length < MOST
    },
    giveUp() {
      mine = null
    },
  }
}
