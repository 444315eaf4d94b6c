// Books a teacher's first free slot, and tells what went wrong. `make client` writes schema.d.ts and compiles this.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Booking = components["schemas"]["Booking"];
type Refusal = components["schemas"]["Error"];

/** What the API refused: its sentence is for people, `code` for programs. */
export class Refused extends Error {
  readonly code: string;
  readonly details: Refusal["details"];

  constructor(refusal: Refusal) {
    super(refusal.error);
    this.code = refusal.code;
    this.details = refusal.details;
  }
}

export function client(baseUrl: string, token: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

/** Asks for the first free hour of a date (YYYY-MM-DD); undefined where nothing is free. Throws Refused. */
export async function bookFirstSlot(
  api: ReturnType<typeof client>,
  teacherId: string,
  date: string,
): Promise<Booking | undefined> {
  const slots = await api.GET("/api/bookings/slots/available/", {
    params: { query: { teacher_id: teacherId, date, duration: 60 } },
  });
  if (slots.error) throw new Refused(slots.error);
  const first = slots.data.available_slots[0];
  if (!first) return undefined;

  const booked = await api.POST("/api/bookings/bookings/", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { teacher_id: teacherId, start_time: first.start, duration: 60, notes: "" },
  });
  if (booked.error) throw new Refused(booked.error);
  return booked.data;
}

/** A line for the student's screen. */
export function told(booking: Booking): string {
  switch (booking.status) {
    case "PENDING":
      return `${booking.teacher_name} has yet to answer.`;
    case "CONFIRMED":
      return `Join at ${booking.zoom_join_url}.`;
    case "CANCELLED":
      return `Cancelled: ${booking.cancellation_reason}`;
    case "COMPLETED":
      return "How was it?";
  }
}
