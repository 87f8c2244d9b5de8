export interface EnvLine { name: string; value: string }
export interface EnvText { set: EnvLine[]; errors: string[] }

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Why a variable's name is refused, or "". The same rules as the platform's. */
export function nameError(name: string): string {
  if (!NAME.test(name)) return "Use letters, digits and underscores, not starting with a digit.";
  if (name === "PORT") return "PORT is set by Syntra: change the port in the settings.";
  if (name.length > 128) return "Use at most 128 characters.";
  return "";
}

/** Reads the text of a .env file: NAME=value lines, comments, export, and quotes (over several lines in double ones). */
export function parseEnv(text: string): EnvText {
  const result: EnvText = { set: [], errors: [] };
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const start = i;
    const line = (lines[i] ?? "").trim().replace(/^export\s+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    if (equals < 0) {
      result.errors.push(`Line ${start + 1} has no "=".`);
      continue;
    }
    const name = line.slice(0, equals).trim();
    let raw = line.slice(equals + 1).trim();
    while (raw.startsWith('"') && !/(^|[^\\])"\s*(#.*)?$/.test(raw.slice(1)) && i + 1 < lines.length) raw += `\n${lines[++i] ?? ""}`;
    const wrong = nameError(name);
    if (wrong) result.errors.push(`Line ${start + 1}, ${name || "no name"}: ${wrong}`);
    else result.set.push({ name, value: valueOf(raw) });
  }
  return result;
}

function valueOf(raw: string): string {
  const quoted = /^(["'])([\s\S]*)\1\s*(?:#.*)?$/.exec(raw);
  if (!quoted) return raw.replace(/\s+#.*$/, "");
  const inner = quoted[2] ?? "";
  if (quoted[1] === "'") return inner;
  return inner.replaceAll(/\\([nrt"\\$])/g, (_, c: string) => ({ n: "\n", r: "\r", t: "\t" })[c] ?? c);
}
