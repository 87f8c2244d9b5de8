// Organizations, members and invitations of the sample world.
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const DAY = 86400;
const ada = { id: "usr_1", email: "ada@example.com", name: "Ada" };
const long = "maximiliane.von-der-grossen-tannenheide@subsidiary.of-a-rather-long-company-name.example.com";

export class People {
  organizations = [
    { id: "org_1", slug: "acme", name: "Acme", role: "owner" },
    { id: "org_2", slug: "nord", name: "Nordlicht Verlagsgesellschaft und Töchter", role: "viewer" },
  ];
  here = "org_1";
  members = [{ user: ada, role: "owner", projects: {}, since: at(-90 * DAY) }];
  invitations = [];
  made = 0;

  seed(projects) {
    this.members.push(
      { user: { id: "usr_2", email: "grace@example.com", name: "Grace" }, role: "admin", projects: {}, since: at(-60 * DAY) },
      { user: { id: "usr_3", email: "bob@example.com", name: "Bob" }, role: "developer", projects: { [projects[1].id]: "admin" }, since: at(-20 * DAY) },
      { user: { id: "usr_4", email: long, name: "" }, role: "guest", projects: { [projects[0].id]: "viewer", [projects[1].id]: "developer" }, since: at(-3 * DAY) },
    );
    this.invitations.push(
      { id: "inv_1", email: "eve@example.com", role: "viewer", projects: {}, invited_by: ada, created_at: at(-DAY), expires_at: at(6 * DAY) },
      { id: "inv_2", email: long, role: "guest", projects: { [projects[0].id]: "viewer" }, invited_by: this.members[1].user, created_at: at(-8 * DAY), expires_at: at(-DAY) },
    );
  }

  me() {
    const { role, ...organization } = this.organizations.find((each) => each.id === this.here);
    return { user: ada, organization, role, projects: {}, version: "0.1.0" };
  }

  offer(token) {
    if (token === "syi_ended") return { status: 404, problem: "this invitation is not valid: it was used, revoked or has expired; ask for another one" };
    const organization = { id: "org_9", slug: "beta", name: "Beta Works" };
    return { body: { organization, role: "guest", projects: [{ name: "Shop", role: "developer" }], invited_by: "Grace", email: "bob@example.com", has_account: token === "syi_known", expires_at: at(5 * DAY) } };
  }

  join(organization) {
    this.organizations.push(organization);
    return { body: organization };
  }

  /** The answer to one request, or nothing where it is about something else. */
  handle(method, path, body) {
    const [, root, thing, sub, user] = path.split("/");
    const member = this.members.find((each) => each.user.id === (root === "members" ? thing : user));
    switch (`${method} /${root}`) {
      case "GET /organizations": return { body: { items: this.organizations.map((each) => ({ ...each, current: each.id === this.here })) } };
      case "POST /organizations":
        if (this.organizations.some((each) => each.slug === body.slug)) return { status: 409, problem: `the organization name "${body.slug}" is taken: choose another` };
        return this.join({ id: `org_${10 + this.made++}`, slug: body.slug, name: body.name || body.slug, role: "owner" });
      case "POST /auth":
        if (thing !== "organization") return undefined;
        this.here = body.organization_id;
        return { body: this.me() };
      case "PATCH /organization":
        this.organizations.find((each) => each.id === this.here).name = body.name;
        return { body: this.me().organization };
      case "GET /members": return { body: { items: this.members } };
      case "PATCH /members": return { body: Object.assign(member, body) };
      case "DELETE /members": this.members = this.members.filter((each) => each !== member); return {};
      case "PUT /projects": member.projects[thing] = body.role; return { body: member };
      case "DELETE /projects":
        if (sub !== "members") return undefined;
        delete member.projects[thing];
        return {};
      case "GET /invitations": return this.offer(thing);
      case "POST /invitations": return this.join({ id: "org_9", slug: "beta", name: "Beta Works", role: "guest" });
      case "GET /organization": return { body: { items: this.invitations } };
      case "DELETE /organization": this.invitations = this.invitations.filter((each) => each.id !== sub); return {};
      case "POST /organization": return this.post(thing, body);
      default: return undefined;
    }
  }

  post(what, body) {
    if (what !== "invitations") return {};
    const made = { id: `inv_${10 + this.made++}`, projects: {}, ...body, invited_by: ada, created_at: at(0), expires_at: at(7 * DAY) };
    this.invitations.unshift(made);
    return { body: { ...made, link: `http://127.0.0.1:8700/join/syi_${"4f2a91bc".repeat(6)}` } };
  }
}
