/**
 * What only Teams has: its stage, its tabs, how one comes in from it; and the texts of its own pages. Plain English; make
 * languages brings it into the catalogues, and a page in Teams gets it translated.
 */
export const words = {
  outside: "Add it to a meeting in Teams: open the meeting’s chat, press + above it, and choose Virtual Mosaic.",

  // The personal tab
  begin: {
    title: "Your walls",
    sub: "Open one of yours, or start a new one and look around. For a meeting, add the app to the meeting: it asks there which wall it shall show.",
    earlier: "Open again",
    first: {
      title: "Start your first wall",
      sub: "For a meeting, open its chat, press + above it and choose Virtual Mosaic: it asks there which wall it shall show. Or start one here and look around.",
    },
  },

  // A tab whose wall we do not know
  places: {
    unknown: {
      title: "Which wall is it?",
      text: "This room has no wall of its own. With the join code of the meeting’s wall you are part of it from here, too.",
    },
    waiting: {
      title: "A host has to say yes",
      text: "Somebody else set up this tab. It opens by itself as soon as a host of the wall confirms it; with the join code you need not wait.",
    },
  },

  // The stage
  pin: {
    share: "Put it on stage",
    shareMore: "Everybody in the meeting sees it, without those who said no to it.",
    sharing: "The wall is on the meeting’s stage.",
    stop: "Take it off the stage",
  },
  why: {
    share: {
      phone: "Teams puts apps on stage from a computer only. Open the meeting there, or ask somebody else.",
      permission: "Teams does not let you put apps on stage in this meeting: only organizers and presenters may. Ask one of them.",
      frame: "The stage is opened from the panel beside the meeting. Open Virtual Mosaic there.",
    },
  },
  failed: {
    1000: "Your organization does not allow apps on stage. Share a browser window with the stage instead.",
    cancelled: "Nothing was shown: Teams asked, and the answer was no.",
  },

  // Guests
  profile: {
    guest: "You are here as a guest. Sign in, and your name and picture are there to choose from.",
    addApp: "Sign in with your work account",
  },

  // Setting up a tab
  configure: {
    title: "One picture, made of everybody",
    sub: "Each person adds a photo and one sentence; together they form a picture, live, beside the meeting. Touch a photo to see who it is.",
    which: "Which wall shall this tab show?",
    freshMore: "You are its host.",
    mine: "The wall of this meeting",
    taken: "The wall that is here already",
    takenMore: "Somebody else is its host and has to say yes. Then you are its second host.",
    byCode: "A wall that I have prepared",
    byCodeMore: "With a host code, from the desk of that wall.",
    save: "Now press Save.",
    saving: "One moment…",
    signIn: "Teams has to tell us who you are, because whoever sets this up is the host.",
    signInAgain: "Sign in",
    guest: "Guests cannot set up a wall here. Ask somebody of the organization, or start one in a browser and pass on its link.",
    browser: "Start one in a browser",
    notSaved: "It was not saved. Please try again.",
    help: "Help and contact",
    ready: "Will it work here?",
  },

  // What the organization allows
  ready: {
    title: "Will it work in your meeting?",
    sub: "What can be seen from here, before people come.",
    again: "Look again",
    yes: "yes",
    no: "no",
    unknown: "cannot be told from here",
    signedOn: "Signing in without a click",
    signedOnNo: "Teams did not say who you are. Your organization may have to allow the app first; until then people join with the code.",
    profile: "Name, title and picture are suggested",
    profileNo: "Each person is asked once, in a small window. An administrator can agree for everybody.",
    stage: "The wall on the meeting’s stage",
    stageUnknown: "Teams tells only inside a meeting: open the panel there, and the button says so.",
    stageNo: "Your organization does not allow apps on stage. Share a browser window with the stage instead.",
    guests: "Guests and people without an account",
    guestsUnknown: "An administrator decides whether they see apps. Anybody can join in a browser with the code, in any case.",
    adminTitle: "For administrators",
    adminMore: "Agree once for everybody, and nobody else is asked. It covers the name, the title and the picture, and nothing else.",
    admin: "Agree for my organization",
    agreed: "Thank you. Your organization has agreed; nobody else will be asked.",
    refused: "Your organization has not agreed. Each person is asked instead.",
  },

  // The small window
  popup: {
    done: "Thank you",
    doneMore: "This window closes by itself.",
    stopped: "Nothing was agreed",
    stoppedMore: "You can close this window.",
  },
}
