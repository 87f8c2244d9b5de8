package workflows

import "go.temporal.io/sdk/workflow"

// Registry is what learns workflows: a worker, a replayer or a test environment.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register makes a registry know all workflows.
func Register(r Registry) {
	r.RegisterWorkflowWithOptions(Service, workflow.RegisterOptions{Name: NameService})
	r.RegisterWorkflowWithOptions(Deployment, workflow.RegisterOptions{Name: NameDeployment})
	r.RegisterWorkflowWithOptions(Operation, workflow.RegisterOptions{Name: NameOperation})
	r.RegisterWorkflowWithOptions(BuildQueue, workflow.RegisterOptions{Name: NameBuildQueue})
}
