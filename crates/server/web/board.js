// The board in motion: what the stream tells is fetched and woven in by htmx; this module keeps the reader's place,
// says when the picture is old, and lets the clocks run.
const htmx = window.htmx;
const stream = document.getElementById("stream");
const link = document.getElementById("link");
const said = document.getElementById("said");
const announced = { state: "" };
const LOST_AFTER = 40_000;
let heardAt = Date.now();
let skew = 0;

// What somebody is about to press or type in is not touched, whatever is new around it. A heading only keeps the place.
htmx.registerExtension("board", {
  htmx_before_morph_node: (old) => old !== document.activeElement || old.tabIndex < 0 || old.id === "live",
});

function tell(state) {
  if (announced.state === state) return;
  announced.state = state;
  link.dataset.state = state;
  const asOf = document.getElementById("as-of")?.textContent.slice(0, 5) ?? "";
  link.textContent = state === "live" ? link.dataset.live : `${link.dataset.lost} ${asOf}`;
}

function heard() {
  heardAt = Date.now();
  tell("live");
}

for (const event of ["htmx:sse:after:connection", "htmx:sse:after:message"]) {
  stream.addEventListener(event, heard);
}
stream.addEventListener("htmx:sse:before:connection", (event) => {
  if (event.detail.connection.attempt > 0 && !document.hidden) tell("lost");
});
document.addEventListener("htmx:sse:error", () => tell("lost"));
document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  const late = ctx?.request?.signal?.reason === "timeout" || ctx?.response;
  if (moves(event)) say(late ? said.dataset.unanswered : said.dataset.unsent);
  tell("lost");
});
document.addEventListener("htmx:response:error", (event) => {
  if (moves(event)) say(said.dataset.refused);
  else tell("lost");
});

// Nobody believes that somebody was called off who was not. What the next move comes to takes its place.
function moves(event) {
  return event.target instanceof Element && event.target.matches("form.act");
}

function say(sentence) {
  const failed = document.createElement("span");
  failed.className = "failed";
  failed.textContent = sentence;
  said.replaceChildren(failed);
}

// A connection can die without a word, and the first one can be refused: then nothing else would try again.
setInterval(() => {
  if (document.hidden) {
    heardAt = Date.now();
    return;
  }
  const silent = Date.now() - heardAt;
  if (silent > LOST_AFTER) tell("lost");
  if (silent > 10_000 && !stream._htmx?.sse) {
    heardAt = Date.now() - LOST_AFTER;
    htmx.ajax("GET", "/board/stream", { source: stream, swap: "none" });
  }
}, 10_000);

// The row somebody stood on may be gone after an update: he goes on at the head of its list.
let stood = null;
document.addEventListener("htmx:before:swap", () => {
  const element = document.activeElement?.closest("#live") ? document.activeElement : null;
  stood = element && { element, list: element.closest("section")?.id };
});
document.addEventListener("htmx:after:swap", () => {
  const asOf = document.getElementById("as-of");
  if (asOf) {
    skew = Date.parse(asOf.dateTime) - Date.now();
    document.getElementById("as-of-said").textContent = asOf.dataset.said;
  }
  run();
  if (!stood || document.activeElement === stood.element) return;
  const next = stood.element.isConnected ? stood.element : document.querySelector(`#${stood.list} h2`);
  next?.focus({ preventScroll: true });
});

// What a move came to stays until it was read. Without this module the link behind it loads the board anew.
document.getElementById("unsay").addEventListener("click", (event) => {
  event.preventDefault();
  said.textContent = "";
  document.getElementById("main").focus({ preventScroll: true });
});

// Whoever has signed out meanwhile must not see on the way back what the browser has kept.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function run() {
  const now = Date.now() + skew;
  for (const clock of document.querySelectorAll(".elapsed[data-since]")) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(clock.dataset.since)) / 1000));
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const padded = (number) => String(number).padStart(2, "0");
    const text = hours ? `${hours}:${padded(minutes)}:${padded(seconds % 60)}` : `${minutes}:${padded(seconds % 60)}`;
    if (clock.textContent !== text) clock.textContent = text;
  }
}
setInterval(run, 1000);
