/** The names of everything read from the API. The first word is the model that the live stream tells of. */
export const keys = {
  me: ["me"],
  servers: ["servers", "list"],
  server: (id: string) => ["servers", "one", id],
  samples: (id: string) => ["samples", id],
  projects: ["projects", "list"],
  project: (id: string) => ["projects", "one", id],
  services: (project?: string) => (project ? ["services", "list", project] : ["services", "list"]),
  service: (id: string) => ["services", "one", id],
  env: (id: string) => ["services", "env", id],
  releases: (id: string) => ["services", "releases", id],
  deploymentLists: ["deployments", "list"],
  deployments: (filter: object) => ["deployments", "list", filter],
  deployment: (id: string) => ["deployments", "one", id],
  approvals: (service?: string) => (service ? ["approvals", "list", service] : ["approvals", "list"]),
  activity: ["activity"],
  tokens: ["tokens"],
} as const;
