// The API for TypeScript: typed calls, patience, and lists read to their end.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";
export type ErrorBody = components["schemas"]["Error"];
export type ErrorCode = components["schemas"]["ErrorCode"];

/** What the API refused: its sentence is for people, `code` for programs. */
export class Refused extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorBody["details"];

  constructor(body: ErrorBody) {
    super(body.error);
    this.code = body.code;
    this.details = body.details;
  }
}

export interface Options {
  baseUrl: string;
  /** The access token of now, such as Supabase's session has it. */
  token: () => string | Promise<string>;
  /** A new access token, asked for once after a 401; absent: the 401 stands. */
  refresh?: () => string | Promise<string>;
  /** How often a request is sent at most, and how many seconds are waited for at most before each repetition. */
  attempts?: number;
  longestWait?: number;
  fetch?: (request: Request) => Promise<Response>;
  sleep?: (seconds: number) => Promise<void>;
}

const sleepFor = (seconds: number) => new Promise<void>((wake) => setTimeout(wake, seconds * 1000));

/** The API with every path, parameter and body typed: `connect({…}).GET("/api/accounts/me/")`. */
export function connect(options: Options) {
  const querySerializer = { array: { style: "form", explode: false } } as const; // status=PENDING,CONFIRMED
  return createClient<paths>({ baseUrl: options.baseUrl, fetch: patient(options), querySerializer });
}

/**
 * `fetch` with a token. Repeats what did not get through, what came too often (429) and what found the service busy
 * (503, nothing was changed), after the `Retry-After` that the answer names. Each POST gets an `Idempotency-Key`.
 */
export function patient(options: Options): (request: Request) => Promise<Response> {
  const { attempts = 4, longestWait = 60, sleep = sleepFor } = options;
  const send = options.fetch ?? ((request: Request) => fetch(request));

  return async (request) => {
    if (request.method === "POST" && !request.headers.has("Idempotency-Key"))
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    request.headers.set("Authorization", `Bearer ${await options.token()}`);
    let refresh = options.refresh;
    for (let attempt = 1; ; attempt++) {
      const answer = await send(request.clone()).catch((failure: unknown) => {
        if (attempt === attempts || request.signal.aborted) throw failure;
        return undefined; // the network failed
      });
      if (answer?.status === 401 && refresh) {
        request.headers.set("Authorization", `Bearer ${await refresh()}`);
        refresh = undefined;
        continue;
      }
      if (answer && answer.status !== 429 && answer.status !== 503) return answer;
      const wait = Number(answer?.headers.get("Retry-After") ?? 2 ** (attempt - 1));
      if (answer && (attempt === attempts || !(wait <= longestWait))) return answer;
      await sleep(wait);
    }
  };
}

interface Answer<T> {
  data?: T;
  error?: ErrorBody;
}

/** The body of an answer that is 2xx; throws Refused for any other. */
export function ok<T>({ data, error }: Answer<T>): T {
  if (error !== undefined) throw new Refused(error);
  return data as T;
}

interface Page<T> {
  readonly results: readonly T[];
  readonly next_after: string | null;
}

/** Every row of a list, page by page: `for await (const row of every((after) => api.GET(…, { params: { query: { after } } })))`. */
export async function* every<T>(page: (after: string) => Promise<Answer<Page<T>>>): AsyncGenerator<T> {
  for (let after: string | null = ""; after !== null; ) {
    const { results, next_after }: Page<T> = ok(await page(after));
    yield* results;
    after = next_after;
  }
}
