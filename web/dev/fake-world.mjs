// The sample data behind fake-api.mjs, and how it changes.
import { Webhooks } from "./fake-webhooks.mjs";
import { People } from "./fake-people.mjs";

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const now = () => new Date().toISOString();
let counter = 0;
const id = (prefix) => `${prefix}_06f3w2b9d1h5k8m2p4r6t8${String(++counter).padStart(4, "0")}`;
const digest = (n) => `sha256:${(n * 2654435761).toString(16).padStart(12, "a").repeat(6).slice(0, 64)}`;
const STEPS = ["source", "build", "release", "start", "health", "shift", "drain", "verify"];
const GB = 2 ** 30;

const EVIDENCE = {
  source: { digest: digest(77), files: "212" },
  build: { image: digest(99), size: "48.2 MB", cached_layers: "7 of 9" },
  release: { env_version: "4", config_version: "3" },
  start: { replicas: "2", addresses: "172.17.0.4:8080, 172.17.0.5:8080" },
  health: { attempts: "3", path: "/up", millis: "812" },
  shift: { hosts: "2", previous: "rel_…0007" },
  drain: { cut: "0", millis: "1204" },
  verify: { digest: digest(99), healthy: "2 of 2", routed: "yes" },
};

/** The steps to come of a deployment, as the platform plans them. */
const planned = (kind, server) => {
  const kinds = kind === "deploy" ? STEPS : kind === "redeploy" ? STEPS.slice(2) : STEPS.slice(3);
  return kinds.map((step, index) => ({ id: step, kind: step, index, status: "pending", ...(index >= kinds.indexOf("start") ? { target: server } : {}) }));
};

export class World {
  position = 1000;
  people = new People();
  onMessage = () => undefined;
  servers = [];
  projects = [];
  services = [];
  deployments = [];
  releases = [];
  env = {};
  activity = [];
  approvals = [];
  webhooks = new Webhooks();
  tokens = [
    { id: id("tok"), user_id: "usr_1", kind: "api", name: "laptop", prefix: "syn_4f2a", role: "owner", created_at: ago(86400 * 20) },
    { id: id("tok"), user_id: "usr_1", kind: "api", name: "CI of shop", prefix: "syn_91bc", role: "developer", expires_at: ago(-86400 * 40), created_at: ago(86400 * 3) },
    { id: id("tok"), user_id: "usr_1", kind: "session", name: "login", prefix: "syn_77aa", role: "owner", expires_at: ago(-86400 * 29), created_at: ago(3600) },
  ];
  lines = [];

  constructor({ empty } = {}) {
    if (!empty) this.seed();
    if (!empty) this.people.seed(this.projects);
    setInterval(() => this.beat(), 2000);
    setInterval(() => this.chatter(), 900);
  }

  seed() {
    const asked = { action: "deployment.create", shown_digest: "5".repeat(64), deciders: [], status: "pending", created_at: ago(240), expires_at: ago(-3300) };
    this.approvals.push(
      { ...asked, id: id("apr"), title: "Promote release 12 of shop/web from 25 % to all traffic", subject: { kind: "deployment", id: id("dep") } },
      { ...asked, id: id("apr"), title: "Roll back blog/site to release 4", action: "service.operate", subject: { kind: "tool_call", id: id("call") } },
    );
    const fra = this.server("fra-1", "online", 8, 32);
    const ams = this.server("ams-1", "online", 4, 16);
    this.server("old-box", "offline", 2, 4).reason = "no heartbeat for 45 s";
    this.server("hel-1", "pending");
    const shop = this.project("shop", "Shop");
    this.webhooks.seed(shop);
    const blog = this.project("blog", "Company blog");
    this.project("labs", "Labs");
    const commits = [
      { sha: "9f2c1ab04d3e77aa", branch: "main", subject: "Show stock on the product page" },
      { sha: "4be01d9912f3ccaa", branch: "main", subject: "Retry payments on 502" },
      { sha: "c7712aa0e1144baa", branch: "main", subject: "Bump pgx to 5.9" },
    ];
    const web = this.service(shop, fra, "web", { kind: "git", repository: "https://github.com/acme/shop.git", branch: "main" }, 2);
    const api = this.service(shop, fra, "api", { kind: "upload" }, 3);
    const worker = this.service(shop, ams, "worker", { kind: "upload" }, 1);
    const site = this.service(blog, ams, "site", { kind: "git", repository: "https://github.com/acme/blog.git", branch: "main" }, 1);
    this.service(blog, ams, "preview", { kind: "upload" }, 1);
    const wordy = this.service(blog, fra, `storefront-${"of-the-northern-warehouses-".repeat(2)}eu`, { kind: "git", repository: `https://git.example.com/${"platform-engineering/".repeat(4)}storefront.git`, branch: `feature/${"long-".repeat(12)}branch` }, 1);
    wordy.config.domains = [`${"very-long-label.".repeat(8)}example.com`];
    this.past(wordy, 1, { ...commits[0], subject: "Rework " + "the-unbreakable-".repeat(9) + "subject" }, 7200);
    for (const [index, service] of [web, api, worker, site].entries()) {
      for (let n = 1; n <= 4; n++) this.past(service, n, commits[(n + index) % 3], 86400 * (5 - n) + index * 700);
    }
    this.share(api, 10);
    site.placement.push({ kind: "server", id: fra.id, replicas: 2 });
    this.failed(api, 300);
    this.failed(worker, 4000);
    worker.state = "stopped";
    site.auto_deploy_frozen = true;
    web.env_version = 5;
    this.env[web.id] = ["DATABASE_URL", "LOG_LEVEL", "SESSION_KEY", "STRIPE_KEY"].map((name, i) => ({ name, version: i + 2, updated_at: ago(3600 * (9 - i)) }));
    for (let i = 0; i < 400; i++) this.line({ service: web.id, release: web.live?.id, replica: `syntra-web-${i % 2}`, stream: i % 17 === 0 ? "stderr" : "stdout", body: i % 17 === 0 ? `level=error msg="payment gateway answered 502" order=${1000 + i} retry=true` : `level=info method=GET path=/products/${i} status=200 duration=${(i * 7) % 90}ms request=0198c1f0a7f3${i}`, at: ago(900 - i * 2) });
    this.line({ service: web.id, stream: "gap", body: "about 120 lines are missing: the server's spool was full", at: ago(60) });
    this.run(web, { kind: "deploy", commit: { sha: "e01f77ab9c3d4411", branch: "main", subject: "Cache the category tree" } }, 3);
  }

  server(name, state, cores = 0, gigabytes = 0) {
    const server = { id: id("srv"), name, state, join_prefix: "syj_8c1f", runtimes: state === "pending" ? [] : ["docker", "process"], created_at: ago(86400 * 12) };
    if (state !== "pending") Object.assign(server, { agent_version: "0.1.0", hostname: `${name}.acme.internal`, os: "linux", arch: "amd64", cores, memory_bytes: gigabytes * GB, edge_http: 8080, edge_https: 8443, peer_address: `${name}.acme.internal:7743`, connected_at: ago(86400 * 2) });
    this.servers.push(server);
    return server;
  }

  project(slug, name) {
    const project = { id: id("prj"), slug, name, services: 0, created_at: ago(86400 * 10) };
    this.projects.push(project);
    return project;
  }

  service(project, server, slug, source, replicas = 1) {
    const host = `${slug}-${project.slug}.localhost`;
    const service = {
      id: id("svc"), project_id: project.id, project_slug: project.slug, placement: [{ kind: "server", id: server.id }], slug, name: slug, state: "empty", url: `http://${host}:8080`, host, replicas,
      config: { source, build: {}, run: { replicas, memory_mb: 512 }, health: { path: "/up" }, rollout: {}, domains: slug === "web" ? ["shop.example.com"] : [] },
      config_version: 3, env_version: 4, auto_deploy_frozen: false, traffic: [], warm: [], created_at: ago(86400 * 9),
    };
    project.services++;
    this.services.push(service);
    this.env[service.id] ??= [];
    return service;
  }

  release(service, number, commit, age, deployment) {
    const release = { id: id("rel"), service_id: service.id, deployment_id: deployment, number, artifact: { runtime: "docker", digest: digest(number + counter), size_bytes: 50_000_000, port: 8080 }, commit: service.config.source.kind === "git" ? commit : {}, env_version: 4, config_version: 3, state: "retired", created_at: ago(age) };
    this.releases.unshift(release);
    return release;
  }

  nextNumber(service) {
    return 1 + Math.max(0, ...this.releases.filter((r) => r.service_id === service.id).map((r) => r.number));
  }

  activate(service, release) {
    for (const each of this.releases.filter((r) => r.service_id === service.id)) each.state = each.state === "live" ? "warm" : each.state === "warm" ? "retired" : each.state;
    release.state = "live";
    release.activated_at ??= now();
    service.warm = this.releases.filter((r) => r.service_id === service.id && r.state === "warm").map((r) => r.id);
    service.live = { id: release.id, number: release.number, commit: release.commit, digest: release.artifact.digest, since: now() };
    service.traffic = [{ release_id: release.id, number: release.number, weight_percent: 100 }];
    service.state = "running";
  }

  /** Gives the release before the live one most of the traffic again, as in the middle of a canary. */
  share(service, percent) {
    const [fresh, old] = this.releases.filter((r) => r.service_id === service.id);
    for (const each of [fresh, old]) each.state = "live";
    service.warm = service.warm.filter((each) => each !== old.id);
    service.live = { ...service.live, id: old.id, number: old.number, commit: old.commit, digest: old.artifact.digest };
    service.traffic = [
      { release_id: old.id, number: old.number, weight_percent: 100 - percent },
      { release_id: fresh.id, number: fresh.number, weight_percent: percent },
    ];
  }

  deployment(service, kind, commit, age) {
    const deployment = { id: id("dep"), service_id: service.id, service_slug: service.slug, project_id: service.project_id, project_slug: service.project_slug, kind, status: "queued", source: service.config.source.kind === "git" ? { repository: service.config.source.repository, ref: "main", commit } : { upload_id: id("upl"), upload_digest: digest(5) }, steps: planned(kind, service.placement[0].id), point: "cancellable", strategy: { kind: "blue_green" }, actor: "user usr_1", requested_at: ago(age) };
    this.deployments.unshift(deployment);
    service.deployment = { id: deployment.id, kind, status: "queued", at: deployment.requested_at };
    return deployment;
  }

  past(service, number, commit, age) {
    const deployment = this.deployment(service, "deploy", commit, age);
    const release = this.release(service, number, commit, age, deployment.id);
    let at = age;
    for (const step of deployment.steps) {
      const name = step.kind;
      const took = name === "build" ? 14 : name === "drain" ? 1.2 : 0.6;
      Object.assign(step, { status: "succeeded", started_at: ago(at), ended_at: ago(at - took), evidence: EVIDENCE[name] });
      at -= took;
    }
    this.activate(service, release);
    service.live.since = ago(at);
    Object.assign(deployment, { status: "succeeded", point: "settled", started_at: ago(age), ended_at: ago(at), release: { ...service.live } });
    service.deployment.status = "succeeded";
    this.fact("deployment.succeeded", deployment.id, `Deployed ${service.project_slug}/${service.slug} release #${number}`, ago(at));
  }

  failed(service, age) {
    const deployment = this.deployment(service, "deploy", {}, age);
    const failsAt = deployment.steps.findIndex((step) => step.kind === "health");
    for (const step of deployment.steps) {
      if (step.index < failsAt) Object.assign(step, { status: "succeeded", started_at: ago(age), ended_at: ago(age - 2), evidence: EVIDENCE[step.kind] });
      else if (step.index === failsAt) Object.assign(step, { status: "failed", started_at: ago(age - 8), ended_at: ago(age - 68) });
      else step.status = "skipped";
    }
    Object.assign(deployment, { status: "failed", started_at: ago(age), ended_at: ago(age - 68), failed_step: "health", code: "unhealthy", reason: "GET /up answered 503 on all 240 tries within 60 s; the last body was: \"database not reachable\"" });
    // Its release was made and never had traffic.
    this.release(service, this.nextNumber(service), {}, age, deployment.id).state = "new";
    service.deployment.status = "failed";
    this.fact("deployment.failed", deployment.id, `Deployment of ${service.project_slug}/${service.slug} failed at health: unhealthy`, ago(age - 68));
    for (const [i, body] of ["#1 [internal] load build definition from Dockerfile", "#5 [2/4] RUN go build -o /app", "#5 DONE 11.2s"].entries()) this.line({ service: service.id, deployment: deployment.id, stream: "build", body, at: ago(age - i) });
    this.line({ service: service.id, deployment: deployment.id, stream: "stderr", body: "panic: database not reachable: dial tcp 10.0.0.4:5432: connect: connection refused", at: ago(age - 20) });
  }

  run(service, { kind, commit, release: target }, pace = 1) {
    const deployment = this.deployment(service, kind, commit ?? {}, 0);
    this.change("deployment", deployment.id, "deployment.requested", `Requested ${kind} of ${service.project_slug}/${service.slug}`);
    let release = target;
    let delay = 900;
    const later = (seconds, run) => setTimeout(() => deployment.status !== "cancelled" && run(), (delay += seconds * 1000 * pace));
    for (const step of deployment.steps) {
      const name = step.kind;
      later(0.05, () => {
        deployment.started_at ??= now();
        deployment.status = ["source", "build", "release"].includes(name) ? "building" : "deploying";
        service.deployment.status = deployment.status;
        if (service.state === "empty") service.state = "deploying";
        if (name === "shift") deployment.point = "abortable";
        Object.assign(step, { status: "running", started_at: now() });
        if (name === "build") for (let i = 0; i < 20; i++) setTimeout(() => this.line({ service: service.id, deployment: deployment.id, stream: "build", body: `\u001b[36m#${i + 1}\u001b[0m [${(i % 4) + 1}/4] RUN go build ./... \u001b[32mDONE\u001b[0m ${(i * 0.3).toFixed(1)}s` }), i * 180 * pace);
        if (name === "start") this.line({ service: service.id, deployment: deployment.id, stream: "system", body: "started 2 replicas beside release #4" });
        this.change("deployment", deployment.id, "deployment.step_started");
      });
      later(name === "build" ? 4 : 0.8, () => {
        if (name === "release") release = this.release(service, this.nextNumber(service), commit, 0, deployment.id);
        if (release) deployment.release = { id: release.id, number: release.number, commit: release.commit, digest: release.artifact.digest, since: now() };
        Object.assign(step, { status: "succeeded", ended_at: now(), evidence: EVIDENCE[name] });
        if (name === "shift") {
          deployment.point = "settled";
          this.activate(service, release);
        }
        this.change("deployment", deployment.id, "deployment.step_succeeded");
      });
    }
    later(0.2, () => {
      Object.assign(deployment, { status: "succeeded", ended_at: now() });
      service.deployment.status = "succeeded";
      if (kind === "rollback") service.auto_deploy_frozen = true;
      this.change("deployment", deployment.id, "deployment.succeeded", `Deployed ${service.project_slug}/${service.slug} release #${release.number}`);
    });
    return deployment;
  }

  fact(type, subject, summary, at = now()) {
    this.activity.unshift({ position: String(++this.position), at, type, actor: "user usr_1", actor_name: "Ada", subject, summary });
    this.activity.sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  change(model, thing, event, summary) {
    if (summary) this.fact(event, thing, summary);
    else this.position++;
    this.onMessage({ type: "change", position: String(this.position), model, id: thing, event });
  }

  line({ at = now(), ...line }) {
    this.lines.push({ at, ...line, cursor: String(this.lines.length + 1) });
  }

  /** Writes so many lines a second, as a program gone wild. */
  flood(perSecond) {
    const web = this.services.find((each) => each.slug === "web");
    let n = 0;
    setInterval(() => {
      for (let i = 0; i < perSecond / 20; i++) this.line({ service: web.id, stream: "stdout", body: `level=info msg="flood" n=${n++} method=GET path=/products/${n % 997} status=200 duration=${n % 90}ms` });
    }, 50);
  }

  linesOf(thing, query, after = 0) {
    const q = query.get("q")?.toLowerCase();
    const streams = query.get("stream")?.split(",");
    return this.lines.slice(after).filter((line) => (line.service === thing || line.deployment === thing) && (!q || line.body.toLowerCase().includes(q)) && (!streams || streams.includes(line.stream) || line.stream === "gap") && (!query.get("since") || line.at >= query.get("since")) && (!query.get("until") || line.at < query.get("until")));
  }

  liveOf(server) {
    const instances = this.services.filter((s) => s.placement.some((t) => t.id === server.id) && s.live && s.state === "running").flatMap((s) => Array.from({ length: s.placement.find((t) => t.id === server.id).replicas ?? s.replicas }, (_, i) => ({ name: `syntra-${s.project_slug}-${s.slug}-${s.live.number}-${i + 1}`, labels: { org: "org_1", project: s.project_id, service: s.id, release: s.live.id, deployment: "", replica: i + 1 }, digest: s.live.digest, state: "running", address: `172.17.0.${i + 4}:8080`, started_at: s.live.since, exit_code: 0, restarts: 0 })));
    const t = Date.now() / 1000 + server.name.length * 9;
    return { at: now(), cpu_percent: 26 + 16 * Math.sin(t / 17) + Math.random() * 9, memory: { used: server.memory_bytes * (0.52 + 0.03 * Math.sin(t / 40)), total: server.memory_bytes }, disk: { used: 212 * GB, total: 256 * GB }, network: { received: t * 240_000 + Math.random() * 90_000, sent: t * 130_000 + Math.random() * 50_000 }, load1: 1.2 + Math.sin(t / 30), instances, problems: server.problems ?? [] };
  }

  beat() {
    for (const server of this.servers.filter((each) => each.state === "online")) {
      server.live = this.liveOf(server);
      this.onMessage({ type: "server", id: server.id, live: server.live });
    }
  }

  chatter() {
    for (const service of this.services.filter((each) => each.state === "running").slice(0, 2)) this.line({ service: service.id, release: service.live.id, replica: "syntra-1", stream: "stdout", body: `level=info method=GET path=/products/${Math.floor(Math.random() * 900)} status=200 duration=${Math.floor(Math.random() * 90)}ms` });
  }

  handle(method, path, query, body) {
    const find = (list, thing) => list.find((each) => each.id === thing);
    const listOf = (items) => ({ body: { items } });
    const [, root, thing, sub, more] = path.split("/");
    const route = `${method} /${root}${thing ? "/:id" : ""}${sub ? `/${sub}` : ""}${more ? "/:more" : ""}`;
    const me = this.people.me();
    const people = this.people.handle(method, path, body);
    if (people) return people;
    switch (path === "/auth/login" || path === "/auth/logout" ? path : route) {
      case "/auth/login":
        return body.password === "wrong" ? { status: 401, problem: "e-mail or password is wrong" } : { body: me };
      case "/auth/logout": return {};
      case "GET /me": return { body: me };
      case "GET /approvals": return listOf(this.approvals);
      case "POST /approvals/:id/approve":
      case "POST /approvals/:id/reject": {
        const approval = find(this.approvals, thing);
        if (!approval) return;
        this.approvals = this.approvals.filter((each) => each !== approval);
        return { body: { ...approval, status: sub === "approve" ? "approved" : "rejected", decided_by: "usr_1", decided_at: now() } };
      }
      case "GET /tokens": return listOf(this.tokens);
      case "POST /tokens": {
        const token = { id: id("tok"), user_id: "usr_1", kind: "api", prefix: "syn_aa11", created_at: now(), ...body };
        this.tokens.unshift(token);
        return { body: { ...token, token: "syn_aa11c0ffee5f2d9b7e31" } };
      }
      case "DELETE /tokens/:id": this.tokens = this.tokens.filter((each) => each.id !== thing); return {};
      case "GET /servers": return listOf(this.servers);
      case "POST /servers": {
        if (this.servers.some((each) => each.name === body.name)) return { status: 409, problem: `the server name "${body.name}" is taken: choose another` };
        const server = this.server(body.name, "pending");
        setTimeout(() => {
          Object.assign(server, { state: "online", runtimes: ["docker", "process"], hostname: "box", os: "linux", arch: "arm64", cores: 4, memory_bytes: 8 * GB, connected_at: now() });
          this.change("server", server.id, "server.connected", `Server ${server.name} connected`);
        }, 6000);
        return { body: { ...server, token: "syj_x", command: "syntra agent --url http://127.0.0.1:8700 --token syj_8c1f0b2e6d4a" } };
      }
      case "GET /servers/:id": return find(this.servers, thing) && { body: find(this.servers, thing) };
      case "POST /servers/:id/token": return { body: { ...find(this.servers, thing), token: "syj_y", command: "syntra agent --url http://127.0.0.1:8700 --token syj_77aa0b2e6d4a" } };
      case "DELETE /servers/:id":
        if (this.services.some((each) => each.placement.some((t) => t.id === thing))) return { status: 409, problem: "services run on it: move or delete them first" };
        this.servers = this.servers.filter((each) => each.id !== thing);
        return {};
      case "GET /projects": return listOf(this.projects);
      case "POST /projects": return { body: this.project(body.slug, body.name) };
      case "GET /projects/:id": return find(this.projects, thing) && { body: find(this.projects, thing) };
      case "PATCH /projects/:id": return { body: Object.assign(find(this.projects, thing), body) };
      case "DELETE /projects/:id": this.projects = this.projects.filter((each) => each.id !== thing); return {};
      case "GET /services": return listOf(this.services.filter((each) => !query.get("project") || each.project_id === query.get("project")));
      case "POST /services": {
        const service = this.service(find(this.projects, body.project_id), find(this.servers, body.server_id), body.slug, body.config.source);
        service.config = body.config;
        return { body: service };
      }
      case "GET /services/:id": return find(this.services, thing) && { body: find(this.services, thing) };
      case "DELETE /services/:id": this.services = this.services.filter((each) => each.id !== thing); return {};
      case "PUT /services/:id/config": {
        const service = find(this.services, thing);
        Object.assign(service, { config: body, config_version: service.config_version + 1 });
        this.change("service", thing, "service.config_changed", `Changed settings of ${service.slug}`);
        return { body: service };
      }
      case "PUT /services/:id/placement": {
        const service = find(this.services, thing);
        service.placement = body.targets.map((target) => ({ kind: "server", ...target }));
        return { body: this.run(service, { kind: "place", commit: service.live?.commit ?? {}, release: service.live && find(this.releases, service.live.id) }) };
      }
      case "GET /services/:id/env": return { body: { version: find(this.services, thing).env_version, items: this.env[thing] } };
      case "PATCH /services/:id/env": {
        const service = find(this.services, thing);
        service.env_version++;
        const gone = new Set([...(body.unset ?? []), ...Object.keys(body.set ?? {})]);
        this.env[thing] = [...this.env[thing].filter((each) => !gone.has(each.name)), ...Object.keys(body.set ?? {}).map((name) => ({ name, version: service.env_version, updated_at: now() }))].sort((a, b) => (a.name < b.name ? -1 : 1));
        return { body: { version: service.env_version } };
      }
      case "POST /services/:id/operations": {
        const service = find(this.services, thing);
        service.operation = { id: id("opr"), kind: body.kind, status: "requested", at: now(), ...(body.replicas ? { replicas: body.replicas } : {}) };
        setTimeout(() => {
          service.operation.status = "succeeded";
          if (body.kind === "stop") service.state = "stopped";
          if (body.kind === "start") service.state = "running";
          if (body.kind === "scale") service.replicas = body.replicas;
          this.change("service", thing, "service.operation_succeeded", `${body.kind} of ${service.slug} done`);
        }, 1500);
        return { body: service.operation };
      }
      case "POST /services/:id/resume": find(this.services, thing).auto_deploy_frozen = false; return { body: find(this.services, thing) };
      case "GET /services/:id/releases": return listOf(this.releases.filter((each) => each.service_id === thing));
      case "POST /uploads": return { body: { id: id("upl"), digest: digest(1), size: 100 } };
      case "POST /services/:id/deployments": {
        const service = find(this.services, thing);
        return { body: this.run(service, { kind: body.kind ?? "deploy", commit: { sha: "aa11bb22cc33dd44", branch: "main", subject: "Try it" }, release: body.kind === "redeploy" ? find(this.releases, service.live.id) : undefined }) };
      }
      case "POST /services/:id/rollback": return { body: this.run(find(this.services, thing), { kind: "rollback", release: find(this.releases, body.release_id) }) };
      case "GET /deployments": {
        const all = this.deployments.filter((each) => (!query.get("service") || each.service_id === query.get("service")) && (!query.get("status") || each.status === query.get("status")));
        const from = Number(query.get("cursor") ?? 0);
        const limit = Number(query.get("limit") ?? 50);
        return { body: { items: all.slice(from, from + limit), ...(all.length > from + limit ? { next_cursor: String(from + limit) } : {}) } };
      }
      case "GET /deployments/:id": return find(this.deployments, thing) && { body: find(this.deployments, thing) };
      case "POST /deployments/:id/cancel": {
        const deployment = find(this.deployments, thing);
        for (const step of deployment.steps) {
          if (step.status === "running") Object.assign(step, { status: "cancelled", ended_at: now() });
          else if (step.status === "pending") step.status = "skipped";
        }
        Object.assign(deployment, { status: "cancelled", ended_at: now() });
        this.change("deployment", thing, "deployment.cancelled", "Cancelled a deployment");
        return { body: deployment };
      }
      case "GET /activity": return listOf(this.activity.slice(0, Number(query.get("limit") ?? 50)));
      default: return this.webhooks.handle(route, thing, query, body);
    }
  }
}
