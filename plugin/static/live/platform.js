/**
 * The platform this page runs in. Each is a lazy chunk of its own: nobody loads the others'.
 *
 * integrations/<name>/panel.js exports
 *   createPlatform(code, boot, tools)   -> the adapter below. `code` is null where there may be no wall yet; boot.title is
 *                 the platform's name for people, boot.paths {session, walls, authorize, authorized, install} are the
 *                 addresses of its calls. An adapter imports nothing of ours; the tools are
 *                 store         what this browser keeps: get(key), set(key, value), remove(key)
 *                 words         its own words in the page's language, and `silent`: the client does not say who this is
 *                 ApiError      (status, code, message): what joinBody() fails with
 *                 takeFragment  (prefix) -> a secret from the address, or null
 *   words?        what only this platform has to say, as plain English: {outside, why, failed}, see below
 *
 * An adapter, in every platform:
 *   name          of the platform, as the service calls it
 *   title         as people know it; "" where there is nothing to name
 *   camera        "page" (openCamera() takes the picture), "device" (the phone's own camera app) or null
 *   joinBody()    -> the body of the call that lets somebody in; its `path`, where it has one, says which (else /api/join).
 *                 May be a promise, and may fail with an ApiError
 *   remember()    gets the answer of each join
 *   forget()      after a key that was refused, and when somebody leaves for good
 *
 * Where the platform has it:
 *   knownCode?        the join code of the event that this place led to before, where boot.code does not name it
 *   openCamera()?     -> {stream, shoot(video) -> File, stop()}
 *   theme?            "light" | "dark" | "contrast"
 *   onTheme()?        gets a listener of the theme, for where the client says it later, or says another; -> stop()
 *   hasProfiles?      true where people have a name, a picture and a title there, which we may suggest to them
 *   screenName?       what the client calls the person now
 *
 * Inside a meeting client:
 *   started?          settles with "ready", "absent" (no client around the page) or "silent" (it does not answer)
 *   words?            the words that it was given: outside (how to open the app, for who is not inside),
 *                     why[what][reason] (why something of `pin` cannot be done) and failed[code]; and what it says
 *                     otherwise than the rest: begin, pin, profile; places[meeting.place] {title, text} where no wall is
 *                     known to the place
 *   arrives?          true where there may be no wall yet: ui/client/arrive.js then leads to one
 *   refused()?        a proof was not taken: the next joinBody() has another
 *   lookBody()?       -> the body that asks again whether there is a wall by now
 *   joinByCode()?     gets a join code that somebody typed: the next joinBody() leads to its wall, inside the client
 *   topic()?          -> what the meeting is called, "" where that is not told; a promise
 *   startToken?       with it a host opens a wall
 *   meeting?          as the last answer told it: {can_start, can_pin, room, earlier ...}
 *   deskUrl?          the host link, for whoever opened the wall in this client
 *   onChange()?       gets a listener of "person" | "context" | "room": role, place or room changed; -> stop()
 *   canTakePhoto?     whether the client's own camera can be asked
 *   takePhoto()?      -> File; rejects with {reason}: "videoOff" | "optedOut" | "late" | "unable" | "failed"
 *   notify()?         gets {title, message}; a notification of the client, true when it was shown
 *   openUrl()?        opens an address where the client opens addresses: a chat in itself, others in the person's browser
 *   openingUrl?       an address that opens the app at this wall, to pass on inside the client
 *   signOutPath?      where the client signs people in: the call that forgets what lets us ask about them
 *   pin?              what brings the wall to everybody: available() -> {invite, share, collaborate}, each {can: true} or
 *                     {can: false, why: "outside" | "guest" | "role" | "client" | a reason in words.why};
 *                     showsPanel (what everybody then sees is this very panel, not a page of its own),
 *                     invite() -> "everybody" | "chosen", inviteSome(), canInviteSome, share(), stopSharing(), sharing,
 *                     collaborate(), stopCollaborating(), collaborating, subscribe(listener). What the client does not do
 *                     fails with {reason: "late" | ..., code: one of words.failed}
 *   canAuthorize?     whether a guest can be asked to become a member
 *   promptAuthorize()?
 *   canReadProfile?   whether a member can be asked to let us read their profile
 *   tellsConsent?     true where the platform says whether that is still needed: then `consent_wanted` of /api/me counts
 *   authorize()?      gets the api; -> the answer, or null where the person said no
 */
import { translated } from "../words/languages.js"
import { words } from "../words/words.js"
import { takeFragment } from "./address.js"
import { ApiError } from "./api.js"
import { createStore } from "./store.js"

/** Each platform's adapter is a file of its own, loaded where it is wanted. `name` is the folder's, told by the service. */
export const adapterOf = (name) => import(`../../../integrations/${name}/panel.js`)

export async function choosePlatform(boot) {
  const { createPlatform, words: own } = await adapterOf(boot.platform)
  const platform = createPlatform(boot.code, boot, toolsFor(boot, own))
  wear(platform.theme)
  platform.onTheme?.(wear)
  return platform
}

function wear(theme) {
  if (theme) document.documentElement.dataset.theme = theme
}

export const toolsFor = (boot, own = {}) => ({
  store: createStore(),
  words: { silent: words.silent(boot.title), ...translated(own) },
  ApiError,
  takeFragment,
})
