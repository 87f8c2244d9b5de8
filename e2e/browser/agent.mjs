// The agent of the server that the story adds, started with the very command that the dashboard shows.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

/** Starts the agent. `more` are flags that a second agent on one machine needs. */
export function startAgent(command, { binary, dataDir }) {
  const [program, verb, ...flags] = command.split(/\s+/);
  if (program !== "syntra" || verb !== "agent") throw new Error(`the dashboard shows no command that starts an agent: ${command.slice(0, 40)}`);
  const log = createWriteStream(join(dataDir, "agent.log"), { flags: "a" });
  const child = spawn(binary, [verb, ...flags, "--data", join(dataDir, "data"), "--edge-http", "127.0.0.1:0", "--runtime", "process"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    /** Kills it as a crash would: its edge and the services stay. */
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
