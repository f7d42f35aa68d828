/**
 * By what means this panel knows whose it is, beside what the platform tells: a personal link it was opened by, and a
 * code of another screen that was scanned with this device.
 *
 *   const means = createMeans({ platform, boot, store, takeFragment })
 *   await means.joinBody()     the platform's, with the link where there is one
 *   means.screen               the code that was scanned, once; or null
 *   means.drop()               the link is of no more use: it was refused, or somebody showed in another way who they are
 *   means.isAbout(error)       whether the service refused the link itself
 *   means.about                {device, framed}: what the service knows this device by
 */
export const LINK_TROUBLE = ["forged_link", "other_event", "revoked_link", "expired_link", "link_elsewhere"]

export function createMeans({ platform, boot, store, takeFragment, framed = globalThis.parent !== globalThis.self }) {
  let link = takeFragment("me=", { keep: framed })
  let screen = takeFragment("pair=")

  /** Before it is known which event this is, there is no device of it. */
  const about = () => ({ ...(boot.code && { device: store.own(`device:${boot.code}`) }), framed })

  return {
    get about() {
      return about()
    },
    get screen() {
      const scanned = screen
      screen = null
      return scanned
    },
    async joinBody() {
      const body = await platform.joinBody()
      if (link && boot.code) return { code: boot.code, personal: link, return_key: body.return_key, ...about() }
      return { ...body, ...about() }
    },
    drop() {
      link = null
    },
    isAbout: ({ code }) => link !== null && LINK_TROUBLE.includes(code),
  }
}
