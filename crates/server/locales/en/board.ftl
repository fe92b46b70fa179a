board-title = Board
board-as-of = As of { $time }
board-live = Live
board-lost = Connection lost – as of
board-refresh = Refresh
board-no-script = This page refreshes every 15 seconds.
cards-label = Counts
more-than = > { $count }
show-all = Show all

card-pending = Waiting
card-on-hold = On hold
card-insufficient-credits = No credits
card-processing = Being called
card-unknown = Unclear
card-with-staff = For your staff
card-completed = Reached today
card-failed = Failed today

status-pending = Waiting
status-on-hold = On hold
status-insufficient-credits = No credits
status-processing = Being called
status-unknown = Unclear
status-completed = Reached
status-failed = Failed
status-cancelled = Cancelled

priority-high = High
priority-low = Low

missed-busy = busy
missed-no-answer = not answered
missed-network-error = network error
missed-at = missed { $at }
asked-for-at = asked for { $at }

banner-dialing-paused = The operator has paused all automatic calls. Missed calls are still recorded.
banner-credits = Credits are short: { $balance } left, more than { $minimum } are needed. Automatic callbacks wait until your operator adds credits, then they go on by themselves.
banner-record-only = Automatic callbacks are switched off. Missed calls are recorded for your staff.

phones-title = Phones
phones-empty = No phone is connected yet.
phones-empty-next = Add your first number with the API: POST /api/v1/phones.
phones-more =
    { $count ->
        [one] and one more phone
       *[other] and { $shown } more phones
    }
phone-occupancy = { $busy } of { $channels } busy
phone-inactive = Switched off: it takes no calls and makes none
phone-paused = No automatic calls until { $until }: { $because }
phone-agent-inactive = The voice agent is switched off; it goes on taking calls here
phone-record-only = Automatic callbacks are switched off for this phone
phone-campaign = Campaign “{ $name }” is running: missed calls wait for it
phone-reserved =
    { $count ->
        [one] One channel is kept free for callers
       *[other] { $count } channels are kept free for callers
    }
pause-breaker = too many requests to the carrier failed; last: { $because }
pause-pace = the carrier allows no more requests at once, it goes on in a moment
pause-throttled = the carrier asks for slower requests
pause-credentials = the carrier does not accept the credentials
pause-funds = the account at the carrier is not funded
pause-proxy = this server’s proxy does not let the request through
pause-unreachable = the carrier cannot be reached
pause-silent = the carrier does not answer
pause-trouble = something at the carrier has failed
pause-refused = the carrier refuses the requests
pause-no-stream = the phone lacks the address of its voice agent
pause-unknown = the reason is not known

channel-label = Channel { $channel }
channel-free = free
channels-more-free =
    { $count ->
        [one] and one more free channel
       *[other] and { $count } more free channels
    }
channel-dialing = Dialing
channel-ringing = Ringing
channel-returned = Calling back
channel-inbound-ringing = Calling us
channel-inbound = Talking, inbound
channel-unknown = Unclear: we are asking the carrier
channel-ending = Ending
channel-elsewhere = Somebody of another branch
channel-withheld = Number withheld

queue-title = Queue
queue-empty = Nobody is waiting.
queue-empty-next = As soon as a call is missed, it appears here and is returned by itself when a channel frees.
queue-empty-filter = Nobody is waiting in this state.
queue-more =
    { $count ->
        [one] { $shown } more is waiting behind them.
       *[other] { $shown } more are waiting behind them.
    }
queue-missed = missed
queue-asked-for = asked for
queue-via = via { $phone }
queue-later = later
cancel = Cancel
cancel-whom = Cancel the callback to { $whom }
cancel-sure = Cancel the automatic callback to { $whom }? The request stays open for your staff.

waiting-next = is called next
waiting-channels-busy = all channels are busy
waiting-not-its-turn = others are before them
waiting-not-before = wanted not before { $at }
waiting-campaign = waits for campaign “{ $name }”
waiting-credits = credits are short: { $available } free, more than { $minimum } needed
waiting-calling-hours = outside calling hours until { $until }
waiting-caller-on-the-line = is calling us at this moment
waiting-person-calling = a colleague is calling
waiting-phone-paused = phone paused until { $until }: { $because }
waiting-phone-inactive = the phone is switched off
waiting-dialing-paused = paused by the operator
waiting-record-only = automatic callbacks are switched off
waiting-too-many-attempts =
    { $limit ->
        [one] one attempt in 24 hours is all that is allowed
       *[other] already { $limit } attempts in 24 hours
    }
waiting-no-call = does not want to be called
waiting-own-number = a number that a voice agent answers: for your staff
waiting-premium = premium number: for your staff
waiting-shared-cost = shared-cost number: for your staff
waiting-satellite = satellite number: for your staff
waiting-no-subscriber = no subscriber’s line: for your staff
waiting-no-country = a number of no country: for your staff
waiting-country = calls to { $country } are not allowed: for your staff

outcomes-title = Last outcomes
outcomes-empty = Nothing has come to an end yet.
outcomes-empty-next = What came of each callback is listed here.
outcomes-empty-filter = None today.
outcome-reached = reached
outcome-machine = voicemail answered
outcome-short-talk = only a brief talk
outcome-busy = busy
outcome-no-answer = did not pick up
outcome-failed = the call did not go through
outcome-refused = refused by the carrier
outcome-no-trace = the carrier knows nothing of it
outcome-talked = { $time } min
outcome-ended = ended
retry = Retry
retry-whom = Retry the call to { $whom }

said-cancelled = Cancelled. The request stays open for your staff.
said-too-late = Too late: it is already being called or is over.
said-retried = It is in the queue again.
said-not-failed = Only failed attempts can be tried again.
said-another-open = Another attempt to this person is already waiting or running.
said-closed = The request is closed. Reopen it before you call again.
said-phone-gone = The phone is no longer there. Call back from another one.
said-unsent = Not carried out: there is no connection to the server. Please try again as soon as it is back.
said-unanswered = The server did not answer. Please look on the board whether it was carried out, and try again if not.
said-refused = Not carried out: the server refused it. Please reload the board and try again.
said-close = Close this notice

withheld-title = Missed without a number
withheld-why = Whoever sends no number cannot be called back. These are the calls of the last 24 hours.

cancelled-by = called off by { $name }
cancelled-by-program = called off over the API
cancelled-got-through = got through by calling again
cancelled-person-called = one of the staff called
cancelled-booked = has an appointment by now
cancelled-reached = was reached meanwhile
cancelled-closed = the request was closed meanwhile
cancelled-phone-deleted = the phone was deleted
