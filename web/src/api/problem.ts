/** A refusal of the API (RFC 9457), or the failure to reach it (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly requestId: string;
  /** What is wrong with which field of the request: "health.path" and why. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(fields: { status: number; detail: string; code?: string; reason?: string; requestId?: string; fields?: Record<string, string> }) {
    super(fields.detail);
    this.name = "Problem";
    this.status = fields.status;
    this.code = fields.code ?? "";
    this.reason = fields.reason ?? "";
    this.requestId = fields.requestId ?? "";
    this.fields = fields.fields ?? {};
  }

  get unauthorized(): boolean {
    return this.status === 401;
  }

  get notFound(): boolean {
    return this.status === 404;
  }

  /** Whether trying the same again may work. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** What to do about it, in one sentence. */
  get advice(): string {
    if (this.status === 0) return "Check that Syntra runs and that this browser can reach it, then try again.";
    if (this.status === 401) return "Log in again.";
    if (this.status === 403) return "Ask an owner or admin of the organization for a role that allows it.";
    if (this.status === 404) return "It may have been removed. Go back to the list.";
    if (this.status === 429) return "Wait a moment, then try again.";
    if (this.status >= 500) return "Try again. If it stays, look at the platform's log for this request id.";
    return "";
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads a problem document, however incomplete it is. */
export function problemOf(body: unknown, response: Response): Problem {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const named = text(fields.detail) || text(fields.title);
  const errors = errorsOf(fields.errors);
  return new Problem({
    status: response.status,
    detail: [
      named || `The server answered ${response.status} ${response.statusText}`.trim(),
      ...errors.filter((each) => !named.includes(each.message)).map((each) => each.text),
    ].join("; "),
    code: text(fields.code),
    reason: text(fields.reason),
    requestId: text(fields.request_id) || (response.headers.get("X-Request-ID") ?? ""),
    fields: Object.fromEntries(errors.filter((each) => each.field !== "").map((each) => [each.field, each.message])),
  });
}

/** The list of wrong fields that a validation problem carries. */
function errorsOf(value: unknown): { field: string; message: string; text: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const { location, message } = (entry ?? {}) as Record<string, unknown>;
    if (!text(message)) return [];
    // "body.domains[0]" is of the field "domains".
    const field = text(location).replace(/^body\.?/, "").replace(/\[\d+\].*$/, "");
    return [{ field, message: text(message), text: `${field} ${text(message)}`.trim() }];
  });
}

/** What a person reads about any thrown thing. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
