// Package workflows holds the durable processes, one per file: service.go (the one writer per service), deploy.go,
// operation.go and buildqueue.go. They own progress and nothing else: what a person must see is appended to the log by an
// activity, and what they decide on comes from the log or from an agent, never from a read model.
//
// Workflow ids are derived, so that starting twice is starting once:
//
//	service/<service id>        one writer per service; runs everything below one at a time
//	deployment/<deployment id>  child of the service; its id is never used again
//	operation/<operation id>    child of the service; stop, start, restart, scale
//	build-queue/<server id>     hands out the build slots of one server
package workflows
