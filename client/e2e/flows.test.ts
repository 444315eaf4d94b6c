// The life of a booking, as a front end goes through it, against a running server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bookFirstSlot, told } from "../examples/book.js";
import { every, ok } from "../src/client.js";
import { idOf, signedIn } from "./people.js";

const student = signedIn("STUDENT");
const teacher = signedIn("TEACHER");
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10);

test("settings, hours, slots, a request, its confirmation, a move and a cancellation", async () => {
  const me = ok(await teacher.PATCH("/api/accounts/me/", { body: { timezone: "UTC", profile: { headline: "Spanish" } } }));
  assert.equal(me.profile?.headline, "Spanish");
  const windows = [0, 1, 2, 3, 4, 5, 6].map((day_of_week) => ({ day_of_week, start_time: "00:00", end_time: "00:00" }));
  const week = ok(await teacher.PUT("/api/bookings/availability/week/", { body: { windows } }));
  assert.equal(week.windows.length, 7);

  const found = ok(await student.GET("/api/accounts/teachers/", { params: { query: { search: "Maria" } } }));
  assert.ok(found.results.some((each) => each.id === me.id));
  const detail = ok(await student.GET("/api/accounts/teachers/{id}/", { params: { path: { id: me.id } } }));
  assert.equal(detail.rules.slot_interval_minutes, 30);
  const query = { teacher_ids: [me.id], duration: 60, from: days(3) };
  const first = ok(await student.GET("/api/bookings/slots/first/", { params: { query } })).first_slots[0];
  assert.ok(first?.slot);
  assert.ok(first.slot.start.startsWith(days(3)));

  const requested = await bookFirstSlot(student, me.id, days(3));
  assert.ok(requested);
  assert.equal(requested.start_time, first.slot.start);
  assert.equal(told(requested), `${requested.teacher_name} has yet to answer.`);
  assert.ok(!requested.zoom_info.has_meeting);

  const inbox = { params: { query: { status: ["PENDING" as const], role: "teacher" as const } } };
  assert.ok(ok(await teacher.GET("/api/bookings/bookings/my/", inbox)).results.some((each) => each.id === requested.id));
  assert.ok(ok(await teacher.GET("/api/bookings/bookings/summary/")).pending >= 1);

  const one = { params: { path: { id: requested.id } } };
  ok(await student.PATCH("/api/bookings/bookings/{id}/", { ...one, body: { notes: "Past tenses" } }));
  const confirmed = ok(await teacher.POST("/api/bookings/bookings/{id}/confirm/", one));
  assert.ok(confirmed.booking.zoom_info.has_meeting);
  assert.equal(told(confirmed.booking), `Join at ${confirmed.booking.zoom_info.join_url}.`);

  const picker = { teacher_id: me.id, date: days(3), booking_id: requested.id };
  const free = ok(await student.GET("/api/bookings/slots/available/", { params: { query: picker } })).available_slots;
  assert.equal(free[0]?.start, requested.start_time);
  const later = free[3];
  assert.ok(later);
  const moved = ok(
    await student.POST("/api/bookings/bookings/{id}/reschedule/", { ...one, body: { start_time: later.start } }),
  );
  assert.equal(moved.booking.start_time, later.start);
  const cancelled = ok(
    await teacher.POST("/api/bookings/bookings/{id}/cancel/", { ...one, body: { reason: "Schedule conflict" } }),
  );
  assert.equal(told(cancelled.booking), "Cancelled: Schedule conflict");
});

test("a session under way is completed and rated", async () => {
  const now = { params: { query: { status: ["CONFIRMED" as const], when: "upcoming" as const } } };
  const running = ok(await student.GET("/api/bookings/bookings/my/", now)).results[0];
  assert.ok(running);
  const one = { params: { path: { id: running.id } } };
  const completed = ok(await teacher.PATCH("/api/bookings/bookings/{id}/", { ...one, body: { status: "COMPLETED" } }));
  assert.equal(told(completed), "How was it?");
  assert.equal(ok(await student.GET("/api/bookings/bookings/summary/")).feedback_due, 1);
  ok(await student.POST("/api/bookings/feedback/", { body: { booking_id: running.id, rating: 5 } }));
  const about = { params: { query: { booking_id: running.id } } };
  assert.equal(ok(await teacher.GET("/api/bookings/feedback/", about)).results[0]?.rating, 5);
});

test("a list is read to its end, page by page", async () => {
  const teacherId = await idOf(teacher);
  for (let hour = 8; hour < 13; hour++) {
    const start_time = `${days(10)}T${String(hour).padStart(2, "0")}:00:00Z`;
    ok(await student.POST("/api/bookings/bookings/", { body: { teacher_id: teacherId, start_time } }));
  }
  const starts: string[] = [];
  const query = { page_size: 2, starts_after: `${days(10)}T00:00:00Z`, starts_before: `${days(11)}T00:00:00Z` };
  for await (const booking of every((after) =>
    student.GET("/api/bookings/bookings/my/", { params: { query: { ...query, after } } }),
  ))
    starts.push(booking.start_time.slice(11, 13));
  assert.deepEqual(starts, ["08", "09", "10", "11", "12"]);
});

test("an absence is announced, changed and taken back", async () => {
  const body = { start_time: `${days(20)}T00:00:00Z`, end_time: `${days(21)}T00:00:00Z`, reason: "Holiday" };
  const made = ok(await teacher.POST("/api/bookings/time-off/", { body }));
  const one = { params: { path: { id: made.id } } };
  const changed = ok(await teacher.PATCH("/api/bookings/time-off/{id}/", { ...one, body: { reason: "Dentist" } }));
  assert.equal(changed.reason, "Dentist");
  assert.equal((await teacher.DELETE("/api/bookings/time-off/{id}/", one)).response.status, 204);
});
