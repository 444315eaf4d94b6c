// A page that books sessions: everything a front end needs of the API, and no more.
// It calls the development server, or another: index.html?api=https://booking.example.com. The API must list this page's
// origin in CORS_ALLOWED_ORIGINS. The README has two lines to try it with.

const API = new URLSearchParams(location.search).get("api") ?? "http://127.0.0.1:8000";
// All times on the page are by this clock, the browser's own.
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const $ = (selector) => document.querySelector(selector);

let token = "";
let teacher = null;
// The Idempotency-Key of each wish that has been sent and not been answered.
const keys = new Map();

/** The API's refusal: a sentence for people, a code for programs. */
class Refusal extends Error {
  constructor({ error, code }) {
    super(error);
    this.code = code;
  }
}

/** Sends a request and gives the answer's body. Throws a Refusal, or a TypeError where nothing may be read at all. */
async function call(path, { method = "GET", body, headers = {} } = {}) {
  const answer = await fetch(`${API}/api/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }), ...headers },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Refusal(told);
  return told;
}

/** Runs what a person asked for, and tells them where it was refused. */
async function attempt(work) {
  $("[role=alert]").textContent = "";
  try {
    await work();
  } catch (error) {
    $("[role=alert]").textContent = error instanceof Refusal ? error.message : "The booking service cannot be reached.";
  }
}

function button(text, onclick, more = {}) {
  return Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick, ...more });
}

async function signIn() {
  token = $("#sign-in").elements.token.value.trim();
  const { results } = await call("accounts/teachers/");
  $("#teachers").replaceChildren(
    ...results.map((each) => button(`${each.first_name} ${each.last_name}`, () => attempt(() => choose(each)))),
  );
  await showBookings();
  $("#signed-in").hidden = false;
}

async function choose(chosen) {
  teacher = chosen;
  await showSlots();
}

async function showSlots() {
  if (!teacher || !$("#day").value) return;
  const asked = { teacher_id: teacher.id, date: $("#day").value, duration: 60, timezone: ZONE, explain: true };
  const query = new URLSearchParams(asked);
  const { available_slots, not_offered } = await call(`bookings/slots/available/?${query}`);
  const others = not_offered.filter(({ reason }) => reason !== "outside_hours");
  const times = [...available_slots, ...others].sort((one, other) => one.start.localeCompare(other.start));
  $("#slots").replaceChildren(
    ...times.map((time) =>
      button(time.start_time, () => attempt(() => book(time)), { disabled: "reason" in time, title: time.message ?? "" }),
    ),
  );
}

async function book(slot) {
  const body = { teacher_id: teacher.id, start_time: slot.start, duration: 60 };
  await send(body);
  await Promise.all([showBookings(), showSlots()]);
}

/** Sends a wish under its key, and keeps that until there is an answer: after a broken connection the same click sends
 *  the same again, and books nothing twice. */
async function send(body) {
  const wish = JSON.stringify(body);
  if (!keys.has(wish)) keys.set(wish, crypto.randomUUID());
  try {
    await call("bookings/bookings/", { method: "POST", body, headers: { "Idempotency-Key": keys.get(wish) } });
    keys.delete(wish);
  } catch (error) {
    if (error instanceof Refusal) keys.delete(wish);
    throw error;
  }
}

async function showBookings() {
  const { results } = await call("bookings/bookings/my/");
  $("#bookings").replaceChildren(
    ...results.map((booking) =>
      Object.assign(document.createElement("li"), {
        textContent: `${new Date(booking.start_time).toLocaleString()} with ${booking.teacher_name}: ${booking.status}`,
      }),
    ),
  );
}

$("#zone").textContent = ZONE;
$("#sign-in").onsubmit = (event) => {
  event.preventDefault();
  attempt(signIn);
};
$("#day").onchange = () => attempt(showSlots);
