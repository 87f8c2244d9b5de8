package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Search attributes by which operators find workflows. They hold ids and words of ours only.
var (
	AttributeOrg     = temporal.NewSearchAttributeKeyKeyword("SyntraOrg")
	AttributeProject = temporal.NewSearchAttributeKeyKeyword("SyntraProject")
	AttributeService = temporal.NewSearchAttributeKeyKeyword("SyntraService")
	AttributeKind    = temporal.NewSearchAttributeKeyKeyword("SyntraKind")
	AttributeStatus  = temporal.NewSearchAttributeKeyKeyword("SyntraStatus")
)

// Attributes of a workflow when it starts.
func Attributes(org, project, service, kind, status string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		AttributeOrg.ValueSet(org), AttributeProject.ValueSet(project), AttributeService.ValueSet(service),
		AttributeKind.ValueSet(kind), AttributeStatus.ValueSet(status),
	)
}

// status shows an operator where the workflow stands.
func status(ctx workflow.Context, word, details string) error {
	workflow.SetCurrentDetails(ctx, details)
	return workflow.UpsertTypedSearchAttributes(ctx, AttributeStatus.ValueSet(word))
}

// AttributeNames are all of them.
func AttributeNames() []string {
	return []string{AttributeOrg.GetName(), AttributeProject.GetName(), AttributeService.GetName(), AttributeKind.GetName(), AttributeStatus.GetName()}
}
