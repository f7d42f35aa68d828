/** What the panel says; see words.js. */
import { _, ngettext, number, percent, translated } from "./languages.js"
import { words as shared } from "./words.js"

export const words = {
  ...shared,
  ...translated({
    // The top line and notices
    newPhotos: (count) => ngettext("%(count)s new photo", "%(count)s new photos", count),
    delayed: "New photos are safe; placing them is delayed. The wall catches up by itself.",
    delayedMine: "Your photo is safe; placing is delayed.",
    offline: "You are offline. The wall shows what it knew; it catches up by itself.",
    ended: "This coffee break has ended. The wall stays.",

    // The wall
    empty: "Be the first",
    emptyMore: "One photo already makes the whole picture. Each one after it makes it sharper.",
    emptyEnded: "Nobody gave a photo this time.",
    add: "Add your photo",
    stroll: "Stroll",
    sending: (share) => (share < 1 ? _("Sending %(share)s", { share: percent(share) }) : _("Sending…")),

    wholePicture: "Show the whole picture",

    // The wall for keyboard and screen readers
    grid: {
      grid: "The wall. Arrow keys move, Enter opens a photo.",
      home: (name, row, column) => _("Photo of %(name)s, row %(row)s column %(column)s", { name, row: number(row), column: number(column) }),
      echo: (name, row, column) => _("Photo of %(name)s again, row %(row)s column %(column)s", { name, row: number(row), column: number(column) }),
      own: (row, column) => _("Your photo, row %(row)s column %(column)s", { row: number(row), column: number(column) }),
      nameless: (row, column) => _("Photo, row %(row)s column %(column)s", { row: number(row), column: number(column) }),
      empty: (row, column) => _("Empty, row %(row)s column %(column)s", { row: number(row), column: number(column) }),
    },

    // What becomes of my photo
    state: {
      received: "Your photo is on its way",
      prepared: "Your photo is on its way",
      held: "Waiting for the host’s look",
      placed: "You are on the wall",
      refused: "This photo did not work",
    },
    showMe: "Show me",
    another: "Try another photo",

    // Sheets
    next: "Next photo",
    previous: "Previous photo",

    // Adding a photo
    addTitle: "Add your photo",
    changeTitle: "A new photo",
    camera: "Take a picture",
    choose: "Choose a photo",
    drop: "or drop or paste one here",
    welcome: "Your mug, your view, your desk: things are as welcome as faces.",
    otherPhoto: "Other photo",
    shoot: "Take the picture",
    stopCamera: "Not now",
    noCamera: "The camera did not open. Allow it in the browser, or choose a photo.",
    moveCrop: "Drag to choose what shows.",
    cropLabel: "The square of your photo that shows. Arrow keys move it.",
    cannotPreview: "This kind of photo cannot be previewed here. You will see it once it is sent.",
    story: "Your line",
    storyLeft: (left) => left < 0 ? _("%(count)s too many", { count: number(-left) }) : _("%(count)s left", { count: number(left) }),
    name: "Your name",
    reach: "Who may say hello?",
    reachability: {
      open: ["Open", "Anybody here may say hello to you."],
      looking: ["Just looking", "You are seen, and nobody is asked to write to you."],
      hidden: ["Hidden", "Your photo is part of the picture, without your name and line."],
    },
    stage: "On the shared screen",
    stageChoices: {
      named: ["With my name", "Now and then your photo comes forward, with your name and line."],
      photo: ["Photo only", "Your photo is part of the picture there, without your name."],
      no: ["Not there", "The picture there is made without your photo."],
    },
    stageOwn: "It is this event’s own screen.",
    stagePublic: "The host says that it is recorded or public.",
    inKeepsake: "Include it in the keepsake that others download",
    sentence: "By sending, your photo and line become part of the mosaic for the people at this event, on their screens and on the shared one.",
    sentencePublic: "By sending, your photo and line become part of the mosaic for the people at this event, on their screens.",
    send: "Send",
    needPhoto: "Choose a photo first.",
    needStory: "Write a few words: they are what people answer to.",
    longStory: "Please use at most 140 characters.",
    needName: "Please tell us your name.",
    notSent: "Not sent. Your photo and line are still here.",
    sendLater: "There is no connection; send again when it is back.",

    // One photo
    you: (name) => _("%(name)s · you", { name }),
    echo: (name) =>
      name
        ? _("An echo: the photo of %(name)s is repeated here because its colours fit.", { name })
        : _("An echo: this photo is repeated here because its colours fit."),
    showHome: "Show its home",
    showOnWall: "Show on the wall",
    gone: "This photo is not on the wall any more.",

    // People
    search: "Search names and lines",
    peopleFound: (count, more) =>
      more ? _("%(count)s or more people", { count: number(count) }) : ngettext("%(count)s person", "%(count)s people", count),
    endOfPeople: (count, more, query) => {
      if (more) return _("Loading…")
      if (count) return query || count < 8 ? "" : _("That is everybody.")
      return query
        ? _("Nobody matches “%(query)s”. Try fewer letters.", { query })
        : _("Nobody yet. The first photo starts the list.")
    },
    credits: "Photo credits",

    // Me
    me: "Me",
    noPhoto: "You have no photo on the wall yet.",
    editStory: "Edit the line",
    changePhoto: "Change the photo",
    withdraw: "Take it off",
    withdrawAsk: "Take your photo off the wall? It goes for everybody, here and now, with its line.",
    withdrawYes: "Take it off",
    withdrawNo: "Keep it",
    withdrawn: "Your photo is off the wall.",
    save: "Save",
    saved: "Saved",
    remembered: "This browser remembers you for this event.",

    // Strolling
    nextDoor: "Next door",
    nobodyNear: "Nobody lives near by yet.",
    nobodyToMeet: "You have met everybody who is here. New people come with new photos.",
    onceMore: "You have seen everybody once; it goes round again.",

    // Saying hello
    sayHello: "Say hello",
    helloTo: (name) => _("Say hello to %(name)s", { name }),
    helloChoose: "Choose how to begin. It is sent at once, with your photo and your line.",
    helloSent: (name) => _("Your hello is on its way to %(name)s.", { name }),
    helloAnswers: "Answers come to you here. Nobody has to answer, and that is fine.",
    conversation: "Go to your conversation",
    whyNot: {
      own: "This is you.",
      no_photo: "Add your photo first: it goes along with each hello.",
      photo_waiting: "Your photo is on its way to the wall. Then you can say hello.",
      not_reachable: "This person is only looking today.",
      open_already: "Your hello is with them. It waits until they feel like answering.",
      limit_event: "You have said hello to many people at this event. Now it is for the others to answer.",
      paused: "Your hellos are paused until a host has had a look.",
      closed: "This coffee break has ended.",
    },
    limitSoon: (minutes) =>
      ngettext("That was a lot of hellos. The next one can go in %(count)s minute.", "That was a lot of hellos. The next one can go in %(count)s minutes.", minutes),

    // Hellos
    newHellos: (count) => ngettext("%(count)s new", "%(count)s new", count),
    helloFrom: (name) => _("%(name)s says hello", { name }),
    hellosTitle: "Your hellos",
    noHellos: "No hellos yet",
    noHellosMore: "Stroll a little. When a photo or a line makes you smile, say hello.",
    metTitle: "People you met",
    metHow: { line: "You stood in line together", speaker: "You met after the talk", hello: "You both said hello" },
    saidByYou: (text) => _("You: %(text)s", { text }),
    yourself: "You",
    ownWords: "Your own words",
    ownWordsSend: "Send",
    waitForThem: (name) => _("Now it is for %(name)s to say something.", { name }),
    wordsLater: "Own words come once you have both spoken.",
    decline: "Let it lie",

    // Contact, when both want it
    shareContact: "Share contact",
    shareMore: "Your contact line shows once you have both pressed this.",
    contactLine: "Your contact line",
    contactHint: "An e-mail address or a profile, as you like. Nobody sees it until you both share.",
    contactPlace: "ada@example.org",
    shared: (name) => _("You shared yours. It shows once %(name)s shares too.", { name }),
    sharedTheirs: (name) => _("%(name)s would like to share contact with you.", { name }),
    unshare: "Take it back",
    contactOf: (name) => _("Contact of %(name)s", { name }),
    openChat: "Open the chat",
    chatFailed: (platform) => _("%(platform)s did not open the chat. Please try again.", { platform }),
    takeAlong: "Take it along",
    takeAlongWarning: "This file holds what people shared with you and nobody else. Keep it to yourself, and delete it when you no longer need it.",
    takeAlongNobody: "Nobody has shared contact with you yet.",
    takeAs: { text: "As text", csv: "As a table", vcard: "For the address book" },

    // Safety
    safety: "Block or report",
    blockTitle: "Block",
    blockMore: "You no longer see each other: not here, not in line, not on the wall. Nobody is told.",
    block: "Block",
    blocked: "Blocked. You no longer see each other.",
    reportTitle: "Report to the host, because it is",
    reportNote: "A word to the host, if you like",
    reported: "Thank you. The host will have a look, and you no longer see each other.",
    blockedPeople: "People you blocked",
    unblock: "Unblock",
    unblockLabel: (name) => _("Unblock %(name)s", { name }),

    // The coffee break
    bellOn: "Bell: on",
    bellOff: "Bell: off",

    // In line
    getInLine: "Get in line",
    lineTitle: "In line",
    lineWaiting: "Waiting for company",
    lineAlone: "You are the first here. The next person who comes stands with you.",
    lineWith: (count) => ngettext("%(count)s other waits with you.", "%(count)s others wait with you.", count),
    lineTogether: (names) => _("You stand with %(names)s", { names }),
    lineAsk: "Something to talk about",
    lineMoves: (seconds) => ngettext("The line moves in %(count)s second", "The line moves in %(count)s seconds", seconds),
    lineLeave: "Leave the line",
    lineLeft: "You left the line.",
    lineOver: "The line is over. Back to your seats.",
    lineHelloSent: "Hello sent",

    // Waiting for the speaker
    speakerWaits: (name) => _("Wait for %(name)s", { name }),
    speakerChoose: "What do you want to say when it is your turn?",
    speakerPlace: (place) => (place === 1 ? _("You are next.") : ngettext("%(count)s person is before you.", "%(count)s people are before you.", place - 1)),
    speakerNow: (name) => _("%(name)s is with you now.", { name }),
    speakerAround: "They wait with you",
    speakerMine: (count) => ngettext("%(count)s person waits for you", "%(count)s people wait for you", count),
    speakerNext: "Take the next hello",
    speakerNobody: "Nobody waits just now.",

    // Me, more
    onlyWhole: "Show mine only whole",
    onlyWholeMore: "Nowhere will a part of your photo be shown by itself.",
    greeter: "Be a greeter: you are shown photos that nobody has opened yet",
    language: "Language",
    erase: "Erase me",
    eraseAsk: "Everything of yours goes, for everybody and for good: photo, line, name, hellos, contact. It cannot be undone.",
    eraseYes: "Erase everything of mine",
    eraseNo: "Keep everything",
    erased: "Everything of yours is gone",
    erasedMore: "The wall closes the gap by itself. You are welcome back as somebody new at any time.",
    erasedAgain: "Come in again",
    connected: "What is connected",
    signOut: "Sign out",
    hostNow: "You are a host of this wall now. “Bring the wall to everybody” has what hosts need.",
    hostNoMore: "You are not a host of this wall any more.",
    signedOut: "You are signed out",
    signedOutMore: "What you gave stays on the wall. Come in again to change it or to take it back.",
    pausedMe: "A host will have a look at a report about you. Until then your hellos are paused.",

    // Inside a meeting client
    platform: {
      fromProfile: (platform) => _("From your %(platform)s profile. Change or clear it as you like.", { platform }),
      fromAddress: "The page that shows this wall suggests it. Change or clear it as you like.",
      title: "What you do",
      titleHint: "Shown under your name. Optional.",
      clear: (label) => _("Clear: %(label)s", { label }),
      usePicture: (platform) => _("My %(platform)s picture", { platform }),
      pictureFailed: (platform) => _("Your %(platform)s picture did not come. Choose another way.", { platform }),
      asking: (platform) => _("%(platform)s asks you in a window of its own.", { platform }),
      notTaken: (platform) => ({
        videoOff: _("Your camera is off in the meeting. Start your video, or choose another way."),
        optedOut: _("No picture was taken: you said no to %(platform)s, or its question ran out. Nothing was sent.", { platform }),
        late: _("%(platform)s did not hand over a picture in time. Try again, or choose another way.", { platform }),
        unable: _("This %(platform)s client cannot take a picture for us. Choose another way.", { platform }),
        failed: _("The picture did not work. Try again, or choose another way."),
      }),
      room: "In this room",
      roomBreak: "A break for this room",
      showRoom: "Show us on the wall",
      showAll: "Show everybody",
      everywhere: "Everywhere",
      guest: (platform) => _("You are here as a guest. Add the app in %(platform)s, and your profile fills itself in next time.", { platform }),
      addApp: (platform) => _("Add it in %(platform)s", { platform }),
      asked: (platform) => _("%(platform)s asks you now. You can go on meanwhile.", { platform }),
      fill: (platform) => _("Fill in from my %(platform)s profile", { platform }),
      filled: (platform) => _("Your %(platform)s profile is there when you add a photo.", { platform }),
      notFilled: (platform) => _("%(platform)s did not give us your profile. Nothing has changed.", { platform }),
    },

    // Who is here
    disconnected: "This device was disconnected. You are here as a guest now.",
    known: {
      isMe: "This is me",
      already: "Registered, or here on another device?",
      isMeElsewhere: "Here on another device too?",
      intro: "Registered for this event, or here on another device already? Then be one person, with one photo and one place.",
      welcome: (name) => (name ? _("This panel is yours now, %(name)s.", { name }) : _("This panel is yours now.")),
      mail: "With a code by mail",
      address: "Your e-mail address",
      needAddress: "Type the address that you registered with.",
      sendCode: "Send me a code",
      sent: (address) => _("If %(address)s is registered, a code is on its way there. It is good for ten minutes.", { address }),
      digits: "The six digits",
      needDigits: "Type the digits from the mail.",
      goOn: "Go on",
      otherAddress: "Another address",
      device: "With a device that knows you",
      deviceMore: "A phone or another tab where you are on the wall already, or where your personal link is open.",
      link: "Or open the personal link from your mail: it brings you here as yourself.",
      showCode: "Show a code",
      how: "Scan this with the other device. Or type the code there: your photo, then “Connect another screen”.",
      qr: "QR code that opens this wall on your other device, to confirm this screen",
      chooseThis: "Then choose this number there:",
      waiting: "Waiting for your other device…",
      over: "This code has run out, or it was not confirmed.",
      newCode: "Show a new code",
      connect: "Connect another screen",
      connectMore: "Type the code that the other screen shows. It becomes yours after you have confirmed it here.",
      codeLabel: "The code on the other screen",
      codeHint: "Six letters and digits, such as BCD-FGH.",
      needCode: "Type the code first.",
      confirmTitle: "Is this your screen?",
      asks: (event) => _("A screen at %(event)s asks to be you:", { event }),
      inClient: "inside a meeting or event client",
      inBrowser: "in a web browser",
      system: (system) => _("on %(system)s", { system }),
      near: "on the same network as this device",
      far: "on another network than this device",
      gets: "It gets your name, your photo and line, and your hellos, and speaks for you here. It cannot act as a host.",
      becomesOne: "What was given there becomes yours: photo, hellos, and whatever was blocked or reported. You are one person afterwards, and that stays.",
      beware: "Go on only if that screen is in front of you. Nobody else needs you to do this.",
      whichNumber: "Which number does it show?",
      notMine: "That is not my screen",
      devices: "Where you are known",
      devicesMore: "Devices and ways by which this is you. What you disconnect is out at once.",
      unknownHere: "This panel does not know you yet.",
      thisDevice: "this one",
      disconnect: "Disconnect",
      disconnectLabel: (what) => _("Disconnect: %(what)s", { what }),
      linkOff: "This turns your personal link off, everywhere. A new one comes from the organizer only.",
      thisOff: "This is the device in your hands. You go on here as a guest.",
      doors: {
        identity: "Another meeting client",
        paired: "A screen that you connected",
        phone: "Your phone",
        link: "Your personal link",
        mail: "A device with a code by mail",
      },
      asGuest: "Go on as a guest",
      trouble: {
        forged_link: "This link does not work",
        other_event: "A link for another event",
        revoked_link: "This link was taken back",
        expired_link: "This link has run out",
        link_elsewhere: "Open on another device",
      },
    },

    // The phone
    phone: {
      use: "Use my phone",
      how: "Scan this with your phone’s camera. The phone then speaks for you here.",
      qr: "QR code that opens this wall on your phone",
      waiting: "Waiting for your photo. It shows here by itself.",
      over: "This code has run out.",
      anew: "Show a new code",
      failed: "There is no code now. Please try again.",
      back: "Another way",
      copyLink: "The link for your phone",
      goOn: "Go on as a guest",
    },

    // My keepsake
    keepsake: {
      title: "Your keepsake",
      more: "The whole picture to keep, with “you are here”, your photo and your line.",
      make: "Make my keepsake",
      making: "Your keepsake is being made",
      again: "Make it anew",
      save: "Save it",
      picture: "Your keepsake: the whole picture, a ring around your photo, and your photo with your line beside it",
    },
  }),
}
