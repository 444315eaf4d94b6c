// Every error code that a caller can provoke.

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { ok } from "../src/client.js";
import { baseUrl, given, idOf, refused, signedIn } from "./people.js";

const student = signedIn("STUDENT");
const teacher = signedIn("OTHER_TEACHER");
const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const at = (time: string) => `${day}T${time}:00Z`;

/** A request past the types, as broken clients send it; its status and code. */
async function raw(method: string, path: string, init: RequestInit = {}): Promise<[number, string]> {
  const headers = { Authorization: `Bearer ${given("STUDENT")}`, "Content-Type": "application/json", ...init.headers };
  const answer = await fetch(baseUrl + path, { ...init, method, headers });
  return [answer.status, ((await answer.json()) as { code: string }).code];
}

/** What fetch does not send: another host's name. */
function withHost(host: string): Promise<[number, string]> {
  return new Promise((done) =>
    httpRequest(`${baseUrl}/api/accounts/me/`, { headers: { Host: host } }, async (answer) => {
      const body = JSON.parse(Buffer.concat(await answer.toArray()).toString()) as { code: string };
      done([answer.statusCode ?? 0, body.code]);
    }).end(),
  );
}

test("requests that cannot be understood", async () => {
  const bookings = "/api/bookings/bookings/";
  assert.deepEqual(await raw("POST", bookings, { body: "{" }), [400, "parse_error"]);
  assert.deepEqual(await raw("POST", bookings, { body: "x", headers: { "Content-Type": "text/plain" } }), [
    415,
    "unsupported_media_type",
  ]);
  assert.deepEqual(await raw("GET", `${bookings}?student=x`), [400, "invalid"]);
  assert.deepEqual(await raw("DELETE", bookings), [405, "method_not_allowed"]);
  assert.deepEqual(await raw("GET", "/api/bookings/bookings"), [404, "not_found"]);
  assert.deepEqual(await raw("GET", bookings, { headers: { Authorization: "" } }), [401, "not_authenticated"]);
  assert.deepEqual(await raw("GET", bookings, { headers: { Authorization: "Bearer x" } }), [401, "invalid_token"]);
  assert.deepEqual(await raw("POST", "/api/bookings/zoom/webhook/", { body: "{}" }), [401, "bad_signature"]);
  assert.deepEqual(await withHost("evil.example"), [400, "bad_request"]);
});

test("times, statuses and roles that do not allow it", async () => {
  const windows = [0, 1, 2, 3, 4, 5, 6].map((day_of_week) => ({ day_of_week, start_time: "00:00", end_time: "00:00" }));
  ok(await teacher.PUT("/api/bookings/availability/week/", { body: { windows } }));
  const teacher_id = await idOf(teacher);
  const ask = (time: string, key?: string) =>
    student.POST("/api/bookings/bookings/", {
      params: { header: key ? { "Idempotency-Key": key } : {} },
      body: { teacher_id, start_time: at(time) },
    });
  const key = crypto.randomUUID();
  const booking = ok(await ask("10:00", key));
  assert.equal(ok(await ask("10:00", key)).id, booking.id);
  await refused(ask("11:00", key), "idempotency_key_reused", 400);
  const clash = await refused(ask("10:30"), "slot_unavailable", 400);
  assert.equal(clash.message, "Time slot is not available");

  const one = { params: { path: { id: booking.id } } };
  await refused(student.POST("/api/bookings/bookings/{id}/confirm/", one), "permission_denied", 403);
  await refused(signedIn("OTHER_STUDENT").GET("/api/bookings/bookings/{id}/", one), "not_found", 404);
  await refused(teacher.POST("/api/bookings/bookings/{id}/complete/", one), "wrong_status", 400);
  ok(await teacher.POST("/api/bookings/bookings/{id}/confirm/", one));
  await refused(teacher.POST("/api/bookings/bookings/{id}/complete/", one), "not_begun", 400);
  ok(await teacher.PATCH("/api/accounts/me/", { body: { profile: { cancel_notice_minutes: 500_000 } } }));
  await refused(student.POST("/api/bookings/bookings/{id}/cancel/", { ...one, body: {} }), "notice_too_short", 400);
  const feedback = student.POST("/api/bookings/feedback/", { body: { booking_id: booking.id, rating: 5 } });
  await refused(feedback, "wrong_status", 400);
});

test("a booking that is no longer as its reader saw it", async () => {
  const teacher_id = await idOf(teacher);
  const booking = ok(await student.POST("/api/bookings/bookings/", { body: { teacher_id, start_time: at("20:00") } }));
  const one = { params: { path: { id: booking.id } } };
  ok(await student.POST("/api/bookings/bookings/{id}/reschedule/", { ...one, body: { start_time: at("21:00") } }));
  const body = { expected_version: booking.version };
  const stale = await refused(teacher.POST("/api/bookings/bookings/{id}/confirm/", { ...one, body }), "changed", 400);
  assert.ok(stale.message);
  assert.equal(ok(await teacher.GET("/api/bookings/bookings/{id}/", one)).status, "PENDING");
});

test("what is kept once, and not without end", async () => {
  const hours = { day_of_week: 0, start_time: "00:00", end_time: "00:00" };
  await refused(teacher.POST("/api/bookings/availability/", { body: hours }), "duplicate", 400);
  const windows = Array.from({ length: 100 }, (_, number) => {
    const clock = (minutes: number) => new Date(minutes * 60_000).toISOString().slice(11, 16);
    return { day_of_week: 0, start_time: clock(number * 10), end_time: clock(number * 10 + 5) };
  });
  ok(await teacher.PUT("/api/bookings/availability/week/", { body: { windows } }));
  await refused(teacher.POST("/api/bookings/availability/", { body: { ...hours, day_of_week: 1 } }), "too_many", 400);
});

test("feedback is left once, and a session that has begun stays", async () => {
  const over = { params: { query: { status: ["COMPLETED" as const] } } };
  const rated = ok(await student.GET("/api/bookings/bookings/my/", over)).results[0];
  assert.ok(rated, "flows.test.ts comes first");
  const again = student.POST("/api/bookings/feedback/", { body: { booking_id: rated.id, rating: 1 } });
  await refused(again, "already_left", 400);
  const absent = signedIn("TEACHER").PATCH("/api/bookings/bookings/{id}/", {
    params: { path: { id: rated.id } },
    body: { outcome: "student_absent" },
  });
  await refused(absent, "has_feedback", 400);
});
