/**
 * The browser half of RingCentral Events: a frame in somebody else's page, which tells nothing about who looks at it. The
 * key in its address says where it is; everybody sees the wall at once, and is a guest until they prove themselves to us.
 * Nothing here needs a cookie, and nothing is lost where the browser keeps nothing but who somebody was.
 */
export { words } from "./words.js"

const LONGEST_NAME = 80

export function createPlatform(code, boot, { store, words }) {
  const { paths } = boot
  const query = new URLSearchParams(globalThis.location?.search)
  const place = query.get("place") ?? ""
  const session = query.get("session") ?? ""
  let startToken = null
  let event = null
  let meeting = null
  let wanted = null // a join code that somebody typed
  let asked = null

  const kept = () => event?.code ?? (place ? store.get(`hopin:place:${place}`) : null)
  const returnKey = () => (kept() && store.get(`return:${kept()}`)) || null

  const withKey = (body) => {
    const key = returnKey()
    return key ? { ...body, return_key: key } : body
  }

  function forget() {
    if (kept()) store.remove(`return:${kept()}`)
  }

  return {
    name: "hopin",
    title: boot.title,
    words,
    arrives: true, // joins before anything else: the place may lead nowhere
    camera: globalThis.matchMedia?.("(pointer: coarse) and (hover: none)").matches ? "device" : null, // a frame may not be lent one
    started: Promise.resolve("ready"), // there is no client to wait for
    get meeting() {
      return meeting
    },
    get startToken() {
      return startToken
    },
    /** What the page around us wrote into the address: offered where a name is asked for, and believed by nobody. */
    get screenName() {
      return (query.get("name") ?? "").trim().slice(0, LONGEST_NAME) || null
    },
    lookBody: () => withKey({ start_token: startToken }),
    topic: async () => "",

    joinBody() {
      asked = wanted
      wanted = null
      return withKey({ path: paths.session, place, ...(session && { session }), ...(asked && { code: asked }) })
    },

    remember(answer) {
      startToken = answer.start_token ?? startToken
      meeting = answer.meeting ?? meeting
      if (!answer.event) return
      event = answer.event
      if (place) store.set(`hopin:place:${place}`, event.code)
      if (answer.return_key) store.set(`return:${event.code}`, answer.return_key)
    },

    /** A code goes along again; a key that is of no use goes. */
    refused() {
      wanted = asked
      forget()
    },
    forget,
    joinByCode(text) {
      wanted = text
    },
    onChange: () => () => {},
    openUrl: (url) => globalThis.open(url, "_blank", "noopener"),
  }
}
