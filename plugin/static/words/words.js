/**
 * What more than one page says, in English; panel.js, desk.js and client.js beside it hold this and what only they say.
 * `translated` looks each text up in the page's language. What has values in it says so: _("%(name)s is ready", { name }),
 * and ngettext("%(count)s photo", "%(count)s photos", count). After a change: make languages.
 */
import { _, ngettext, number, translated } from "./languages.js"

export const words = translated({
  // Everywhere
  photos: (count) => ngettext("%(count)s photo", "%(count)s photos", count),
  nobody: "Somebody",
  noAnswer: {
    offline: "You are offline. The wall shows what it knew; it catches up by itself.",
    unreachable: "The service does not answer just now. The wall shows what it knew; it catches up by itself.",
  },
  photoOf: (name) => _("Photo of %(name)s", { name }),
  ago: (minutes) => (minutes < 1 ? _("just now") : ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes)),
  close: "Close",
  cancel: "Cancel",
  tryAgain: "Try again",
  loading: "Loading…",
  queued: "Waiting for its turn",

  // When no answer comes
  lost: {
    offline: "There is no connection. We try again as soon as there is one.",
    network: "The server could not be reached. Please try again.",
    timeout: "The server took too long to answer. Please try again.",
    aborted: "This was stopped.",
    failed: "Something went wrong here. Please try again.",
    part: "This did not load. Try again, or reload the page.",
  },
  silent: (platform) => _("%(platform)s did not tell us who you are. Close this panel and open it again.", { platform }),
  cannotOpen: "The wall could not be opened.",
  noTargets: "The pictures did not load. Please try again.",

  // Choosing a picture
  wrongFile: {
    not_an_image: "That is not a photo. JPEG, PNG, WebP, GIF, AVIF or HEIC will do.",
    too_large: (megabytes) => _("That photo is larger than %(megabytes)s MB. Please choose a smaller one.", { megabytes: number(megabytes) }),
    empty: "That file is empty. Please choose another.",
    gone: "That file changed or went away after it was chosen. Please choose it again.",
  },

  // The coffee break
  phases: { soon: "Starts soon", pour: "Pour", stroll: "Stroll", line: "In line", seats: "Back to your seats" },
  phaseMore: {
    soon: "A coffee break is about to begin.",
    pour: "Add your photo; the wall fills.",
    stroll: "Go from photo to photo.",
    line: "Get in line and meet who stands there.",
    seats: "Thank you for coming. Your hellos and conversations are kept.",
  },
  // The reveal
  finale: {
    nearly: (seconds) => ngettext("The picture is nearly whole: %(count)s second", "The picture is nearly whole: %(count)s seconds", seconds),
    late: "The last photos are finding their places…",
    made: (people) => ngettext("%(count)s person made this picture", "%(count)s people made this picture", people),
    rooms: (rooms) => ngettext("from %(count)s room", "from %(count)s rooms", rooms),
    hellos: (hellos) => ngettext("%(count)s hello was answered", "%(count)s hellos were answered", hellos),
  },
  bellRings: "The bell: back to your seats.",
  minutesLeft: (minutes) => (minutes < 1 ? _("less than a minute") : ngettext("%(count)s min left", "%(count)s min left", minutes)),
  startsIn: (minutes) => (minutes < 1 ? _("in a moment") : ngettext("in %(count)s min", "in %(count)s min", minutes)),
  phaseNow: (phase, time) => _("%(phase)s, %(time)s", { phase, time }),
  speakerLine: (name, count) => ngettext("%(count)s person waits for %(name)s", "%(count)s people wait for %(name)s", count, { name }),
  reasons: { rude: "Rude or hurtful", sexual: "Sexual", spam: "Advertising", picture: "Not a picture for here", other: "Something else" },

  // Starting, and passing it on
  needEventName: "Give it a name, so that people know where they are.",
  needPrompt: "Ask one question; everybody’s story answers it.",
  wallHere: "The wall",
  joinCode: "Join code",
  qr: "QR code of the join link",
  hostSecret: "Keep this link to yourself: whoever has it is the host.",
  copy: "Copy",
  copied: "Copied",
  pressCopy: "Press Ctrl+C",

  // Landing
  desk: "desk",
  wallLink: "wall",
  forget: "Forget",
  forgetLabel: (name) => _("Forget %(name)s in this browser", { name }),
  needCode: "Type the join code first.",
})
