package source

import "github.com/syntra-dev/syntra/domain/service"

type fieldDoc struct {
	text  string
	oneOf []string
	max   int
}

const maxSeconds = 86400

// fieldDocs says what each key means, for the JSON Schema that editors show.
var fieldDocs = map[string]fieldDoc{
	"project":               {text: "Project that `syn deploy` deploys to."},
	"service":               {text: "Service that `syn deploy` deploys to."},
	"build":                 {text: "How the artifact is made."},
	"build.runtime":         {text: "docker or process; left out: docker where the source has a Dockerfile and an engine answers, else process.", oneOf: []string{"docker", "process"}},
	"build.dockerfile":      {text: "Path of the Dockerfile inside the source."},
	"build.target":          {text: "Stage of the Dockerfile to build."},
	"build.args":            {text: "Build arguments. Not for secrets."},
	"build.secrets":         {text: "Names of environment variables that the build may read: /run/secrets/NAME (docker, with --mount=type=secret,id=NAME), $NAME (process)."},
	"build.command":         {text: "Shell command that builds the source (process)."},
	"build.timeout_seconds": {text: "Longest time a build may take.", max: maxSeconds},
	"run":                   {text: "How a replica runs."},
	"run.command":           {text: "Shell command that starts the program. It must listen on $PORT."},
	"run.port":              {text: "Port the program listens on inside its container (docker).", max: 65535},
	"run.replicas":          {text: "Running copies.", max: service.MaxReplicas},
	"run.cpus":              {text: "CPU limit of one replica."},
	"run.memory_mb":         {text: "Memory limit of one replica, in MB."},
	"run.disk_mb":           {text: "Largest artifact, in MB."},
	"run.stop_grace_seconds": {
		text: "Time between SIGTERM and SIGKILL.", max: maxSeconds},
	"health": {text: "The gate a new release must pass before traffic."},
	"health.path": {text: "Path that answers 2xx or 3xx when the replica is ready. Left out: /up; where that is no path of the program, / with any " +
		"status below 500."},
	"health.interval_millis":          {text: "Pause between probes.", max: 60_000},
	"health.timeout_seconds":          {text: "Longest time for one probe.", max: maxSeconds},
	"health.deadline_seconds":         {text: "Time by which every replica must be healthy.", max: maxSeconds},
	"rollout":                         {text: "How traffic moves to a new release."},
	"rollout.drain_seconds":           {text: "Longest time for requests under way on the old release.", max: maxSeconds},
	"rollout.websocket_drain_seconds": {text: "The same for WebSockets.", max: maxSeconds},
	"rollout.rollback_window_seconds": {text: "How long the old release is kept ready for an instant rollback.", max: maxSeconds},
	"rollout.agent_deadline_seconds":  {text: "How long a deployment waits for an offline agent.", max: maxSeconds},
	"domains":                         {text: "Host names of the service besides its own one."},
	"placement":                       {text: "Servers that `syn deploy` places the service on, instead of where it runs now."},
	"placement.server":                {text: "Name of a server."},
	"placement.replicas":              {text: "Running copies on it; left out: as many as run.replicas says.", max: service.MaxReplicas},
}
