// Codes that need other settings: low limits, one Zoom host that takes its time, a second factor for the admin.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../src/client.js";
import { idOf, refused, signedIn } from "./people.js";

const student = signedIn("STUDENT");
const otherStudent = signedIn("OTHER_STUDENT");
const teacher = signedIn("TEACHER");
const otherTeacher = signedIn("OTHER_TEACHER");
const day = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
const at = (time: string) => `${day}T${time}:00Z`;
const named = (id: string) => ({ params: { path: { id } } });
const windows = [0, 1, 2, 3, 4, 5, 6].map((day_of_week) => ({ day_of_week, start_time: "00:00", end_time: "00:00" }));
const ask = async (by: typeof student, whom: typeof teacher, time: string) =>
  by.POST("/api/bookings/bookings/", { body: { teacher_id: await idOf(whom), start_time: at(time) } });

test("hours for both teachers", async () => {
  for (const each of [teacher, otherTeacher]) ok(await each.PUT("/api/bookings/availability/week/", { body: { windows } }));
});

test("a session under way", async () => {
  const now = { params: { query: { status: ["CONFIRMED" as const], when: "upcoming" as const } } };
  const running = ok(await student.GET("/api/bookings/bookings/my/", now)).results[0];
  assert.ok(running);
  const one = named(running.id);
  await refused(student.POST("/api/bookings/bookings/{id}/cancel/", { ...one, body: {} }), "too_late", 400);
  await refused(teacher.GET("/api/bookings/bookings/{id}/start/", one), "not_own_host", 400);
  ok(await teacher.POST("/api/bookings/bookings/{id}/complete/", { ...one, body: { outcome: "student_absent" } }));
  const feedback = student.POST("/api/bookings/feedback/", { body: { booking_id: running.id, rating: 5 } });
  await refused(feedback, "did_not_take_place", 400);
});

test("two confirmations at once", async () => {
  const answers = async (id: string, keys: string[]) => {
    const confirm = (key: string) =>
      teacher.POST("/api/bookings/bookings/{id}/confirm/", { params: { path: { id }, header: { "Idempotency-Key": key } } });
    const both = await Promise.all(keys.map(confirm));
    return both.map(({ error }) => error?.code ?? "confirmed").sort();
  };
  const first = ok(await ask(student, teacher, "09:00"));
  assert.deepEqual(await answers(first.id, ["one", "one"]), ["confirmed", "idempotency_key_in_use"]);
  const second = ok(await ask(student, teacher, "15:00"));
  assert.deepEqual(await answers(second.id, ["two", "three"]), ["being_confirmed", "confirmed"]);
});

test("a student moves a session once a day, and has one request that waits", async () => {
  const booking = ok(await ask(student, teacher, "12:00"));
  const move = (time: string) =>
    student.POST("/api/bookings/bookings/{id}/reschedule/", { ...named(booking.id), body: { start_time: at(time) } });
  ok(await move("18:00"));
  await refused(move("20:00"), "too_many_moves", 400);
  await refused(ask(student, teacher, "12:00"), "too_many_pending", 400);
});

test("one Zoom host, two sessions at once", async () => {
  const confirm = (by: typeof teacher, id: string) => by.POST("/api/bookings/bookings/{id}/confirm/", named(id));
  const sessions = [
    ok(await ask(otherStudent, teacher, "21:00")),
    ok(await ask(signedIn("THIRD_STUDENT"), otherTeacher, "21:00")),
  ] as const;
  ok(await confirm(teacher, sessions[0].id));
  await refused(confirm(otherTeacher, sessions[1].id), "no_host_free", 400);
});

test("the admin asks for a second factor", async () => {
  await refused(teacher.POST("/api/accounts/me/admin-link/"), "second_factor_required", 403);
});
