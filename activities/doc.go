// Package activities holds the side effects of the workflows, grouped by what they touch: the log (facts.go, plan.go), the
// agents (agent_*.go), the fleet's presence (fleet.go) and Temporal itself (slots.go). It knows its surroundings by the
// ports in ports.go only.
//
// Every activity may run twice: facts are appended under command ids that the workflow's own id and step make, and
// commands to agents carry ids that the agent's journal answers. No input, output or error of an activity holds a secret:
// environments travel as version numbers and are decrypted just before they are sent.
package activities
