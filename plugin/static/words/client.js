/** What is said inside a meeting client before there is a wall, and to bring it to everybody; see words.js. */
import { _, ngettext, translated } from "./languages.js"
import { words as shared } from "./words.js"

export const words = {
  ...shared,
  ...translated({
    // Before there is a wall
    begin: {
      title: "Open a wall for this meeting",
      sub: "Everybody’s photos, one picture together.",
      name: "What is it called?",
      picture: "The picture everybody will make",
      prompt: "The question that each story answers",
      firstPrompt: "What would you talk about over coffee?",
      review: "Look at each photo before it shows",
      reviewMore: "You approve photos in this panel, under “For hosts”, or at your desk.",
      earlier: "Or continue an earlier wall",
      endedAgo: (days) =>
        days < 1 ? _("today") : ngettext("%(count)s day ago", "%(count)s days ago", days),
      fresh: "A new wall",
      onlyOpened: "not ended",
      elsewhere: "Or show a wall that is open elsewhere",
      hostCode: "Host code",
      hostCodeHint: "At the desk: Hosts, then Make a host code.",
      needHostCode: "Please type the host code.",
      showHere: "Show it here",
      create: "Open the wall",
      creating: "Opening…",
      waitTitle: "The wall is not open yet",
      wait: "It opens here by itself as soon as the host starts it.",
      noMeetingTitle: "A wall belongs to a meeting",
      noMeeting: (platform) => _("Start or join a meeting or webinar in %(platform)s, and open Virtual Mosaic there.", { platform }),
      outsideTitle: (platform) => _("Virtual Mosaic lives in %(platform)s", { platform }),
      install: (platform) => _("Add to %(platform)s", { platform }),
      silentTitle: (platform) => _("%(platform)s does not answer", { platform }),
      silentMore: "Close this panel and open it again, or come in with the join code.",
      codeLabel: "Join code",
      codeHint: "The host has it; it is also on the shared screen.",
      join: "Join",
    },

    // Bringing the wall to everybody
    pin: {
      open: "Bring the wall to everybody",
      title: "Bring the wall to everybody",
      passTitle: "Pass it on",
      pass: "Anybody with this link or code can join, in a browser or on a phone.",
      code: "Join code",
      link: "Join link",
      chat: "An invitation for the meeting’s chat",
      forChat: (values) => _("%(name)s: add your photo and one sentence, and we become one picture. Open it here: %(opening)s Or join with the code %(code)s: %(link)s", values),
      invite: "Invite everybody here",
      inviteAgain: "Invite everybody again",
      inviteSome: "Choose whom to invite",
      invited: (platform) =>
        _("%(platform)s has sent the invitation to everybody who is in this room now. Invite again for those who come later.", { platform }),
      invitedSome: (platform) => _("%(platform)s asks whom to invite.", { platform }),
      inviteMore: (platform) => _("Each person in the room gets an invitation in %(platform)s and opens the panel with one click.", { platform }),
      share: "Show it to everybody",
      shareMore: "As the shared screen, without those who said no to it.",
      stop: "Stop showing it",
      sharing: "The wall is the shared screen.",
      collaborate: "Open it for everybody",
      collaborateMore: (platform) => _("The panel opens by itself beside the meeting of everybody who has added the app to %(platform)s.", { platform }),
      collaborating: "The wall is open beside the meeting.",
      stopCollaborating: "Close it for everybody",
      why: (platform) => ({
        invite: {
          outside: _("Invitations go out from inside a meeting. Open Virtual Mosaic there."),
          guest: _("Only people who have added the app in %(platform)s can invite. Pass on the link or the code.", { platform }),
          role: _("In a webinar the host opens the app for everybody. Ask the host, or pass on the link."),
          client: _("This %(platform)s client cannot send invitations. Pass on the link or the code.", { platform }),
        },
        share: {
          outside: _("There is no screen to share outside a meeting."),
          role: _("Only hosts, panelists and participants can share their screen. Ask the host to show it."),
          client: _("This %(platform)s client cannot share the app. Share a browser window with the stage instead.", { platform }),
        },
      }),
      failed: (platform) => ({
        late: _("%(platform)s did not answer. Please try again.", { platform }),
        other: _("%(platform)s did not do it. Try again, or pass on the link.", { platform }),
      }),
      desk: "Your desk, as the host",
      openDesk: "Open it in a browser",
    },
  }),
}
