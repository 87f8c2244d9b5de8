// Package process is the runtime without an engine: it builds a source with the host's own tools into a
// content-addressed directory, and runs replicas as processes of this host, each under a small supervisor of its own (the
// shim) that outlives the agent.
//
// What it does not do: programs run as the agent's user and see the host's files and network. It is meant for
// development and for hosts whose services all belong to their owner. Memory and CPU limits are kernel limits where the
// agent may write cgroups; elsewhere memory is sampled twice a second by the shim and CPU is not limited.
package process
