// Webhooks of the sample world and their deliveries.
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
let counter = 0;
const id = (prefix) => `${prefix}_07h2c4e6g8j0m1n3p5q7r9${String(++counter).padStart(4, "0")}`;

const payload = (type) => JSON.stringify({
  type, id: "0199c0de-5a1e-7c1b-9d2f-3b4c5d6e7f80", at: ago(300),
  organization: { id: "org_1", slug: "acme", name: "Acme" },
  project: { id: "prj_1", slug: "shop", name: "Shop" },
  service: { id: "svc_1", slug: "api", name: "api" },
  actor: { kind: "user", id: "usr_1" },
  data: { deployment_id: "dep_1", kind: "deploy", automatic: false, step: "build", code: "build_failed", reason: "npm ci: exit status 1" },
  url: "http://127.0.0.1:8700/deployments/dep_1",
});

export class Webhooks {
  list = [];
  deliveries = [];

  seed(project) {
    const chat = this.make({ name: "On-call chat", host: "hooks.slack.com", events: ["deployment.failed", "server.lost"] });
    const pager = this.make({ host: "events.pagerduty-like-service-with-a-long-name.example.com", events: ["*"], project_id: project.id });
    Object.assign(this.make({ name: "Old billing hook of the shop, kept for its name, which is long enough to be cut", host: "billing.example.com", events: ["deployment.succeeded"] }), { enabled: false, reason: "its receiver answered 410 Gone" });
    this.sent(chat, "deployment.failed", 300, { state: "delivered", attempts: 1, answer_status: 200, answer: "ok", millis: 182 });
    this.sent(chat, "server.lost", 4000, { state: "delivered", attempts: 3, answer_status: 200, answer: "ok", millis: 240 });
    this.sent(pager, "deployment.failed", 60, { state: "pending", attempts: 4, error: "the receiver answered 503", answer_status: 503, answer: "<h1>Service Unavailable</h1>", millis: 31, next_at: ago(-25) });
    this.sent(pager, "approval.requested", 90000, { state: "dead", attempts: 15, error: "the receiver did not answer in time", millis: 10000, finished_at: ago(3600) });
    this.sent(pager, "deployment.succeeded", 95000, { state: "delivered", attempts: 1, answer_status: 202, millis: 77 });
  }

  make(fields) {
    const webhook = { id: id("whk"), enabled: true, created_at: ago(86400), ...fields };
    this.list.unshift(webhook);
    return webhook;
  }

  sent(webhook, type, seconds, fields) {
    const delivery = { id: id("msg"), destination: webhook.id, type, payload: payload(type), created_at: ago(seconds), tried_at: ago(seconds), millis: 0, ...fields };
    this.deliveries.push(delivery);
    return delivery;
  }

  /** Answers a request, or nothing where it is about other things. */
  handle(route, thing, query, body) {
    const webhook = this.list.find((each) => each.id === thing);
    switch (route) {
      case "GET /webhooks": return { body: { items: this.list } };
      case "POST /webhooks": {
        const { url, ...rest } = body;
        if (!url.startsWith("http")) return { status: 422, problem: "the webhook's URL has no scheme https: give one like https://example.com/hooks/syntra" };
        return { body: { ...this.make({ ...rest, host: new URL(url).host }), secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKY8=" } };
      }
      case "PATCH /webhooks/:id": {
        const { url, ...rest } = body;
        Object.assign(webhook, rest, url ? { host: new URL(url).host } : {});
        if (rest.enabled === false) webhook.reason = "disabled by hand";
        if (rest.enabled) webhook.reason = undefined;
        return { body: webhook };
      }
      case "DELETE /webhooks/:id": this.list = this.list.filter((each) => each !== webhook); return {};
      case "POST /webhooks/:id/rotate-secret": return { body: { ...webhook, secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=", previous_secret_until: ago(-86400) } };
      case "POST /webhooks/:id/test": return { body: this.sent(webhook, "webhook.test", 0, { state: "delivered", attempts: 1, answer_status: 200, answer: "ok", millis: 120 }) };
      case "GET /webhooks/:id/deliveries": {
        const items = this.deliveries.filter((each) => each.destination === thing && (!query.get("state") || each.state === query.get("state")));
        return { body: { items: items.sort((a, b) => (a.created_at < b.created_at ? 1 : -1)) } };
      }
      case "POST /deliveries/:id/redeliver": {
        const delivery = this.deliveries.find((each) => each.id === thing);
        setTimeout(() => Object.assign(delivery, { state: "delivered", attempts: 1, answer_status: 200, error: undefined, next_at: undefined }), 2000);
        return { body: Object.assign(delivery, { state: "pending", attempts: 0 }) };
      }
      default: return null;
    }
  }
}
