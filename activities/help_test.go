package activities_test

import "github.com/syntra-dev/syntra/agent/wire"

type (
	command        = wire.Command
	failureOfAgent = wire.Failure
)
