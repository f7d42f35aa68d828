/**
 * How a panel learns whose it is, and how somebody says that another screen is theirs. Its sheets are loaded when they are
 * first wanted.
 *
 *   const knowing = createKnowing({ api, me, means, onKnown, say })
 *   knowing.open()          the sheet "This is me": a code by mail, a device that knows one, a code of another screen
 *   knowing.confirm(code)   whether the screen that shows this code is one's own
 *   knowing.connect()       where that code is typed
 *
 * onKnown(answer): this panel is theirs from now on. say(text): a word that stays for a moment.
 */
import { lazily } from "../kit/lazy.js"
import { words } from "../../words/panel.js"

export function createKnowing({ api, me, means, onKnown, say }) {
  const ways = lazily(() => import("./ways.js"))
  const screens = lazily(() => import("./screens.js"))

  const known = async (answer) => {
    const before = me.now.attendee.id
    await onKnown(answer)
    if (before !== me.now.attendee.id || me.now.means?.door) say(words.known.welcome(me.now.attendee.name))
  }
  const orSay = (run) => (...given) => run(...given).catch((error) => say(error.message))

  return {
    open: orSay(async () => {
      await me.known()
      const { openWays } = await ways()
      openWays({ api, me, means, onKnown: known, onCode: (code) => confirm(code) })
    }),
    confirm: orSay(confirm),
    connect: orSay(async () => (await screens()).openConnect({ onCode: (code) => confirm(code) })),
  }

  async function confirm(code) {
    await (await screens()).openConfirm({ api, means, code, onDone: known })
  }
}
