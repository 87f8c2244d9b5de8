package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/syntra-dev/syntra/workflows"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long Temporal keeps a workflow that has ended.
const retention = 7 * 24 * time.Hour

// Prepare makes the namespace and the search attributes, however long Temporal takes to come up and to make them known.
func Prepare(ctx context.Context, c client.Client, namespace string, logger *slog.Logger) error {
	for try := 1; ; try++ {
		err := prepare(ctx, c, namespace)
		if err == nil {
			return nil
		}
		if try%20 == 0 {
			logger.Warn("temporal is not ready yet; trying again", "part", "worker", "try", try, "error", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("temporal is not ready: %w", errors.Join(ctx.Err(), err))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func prepare(ctx context.Context, c client.Client, namespace string) error {
	_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention), Description: "Syntra",
	})
	var exists *serviceerror.NamespaceAlreadyExists
	var denied *serviceerror.PermissionDenied
	if err != nil && !errors.As(err, &exists) && !errors.As(err, &denied) {
		return fmt.Errorf("register namespace %s: %w", namespace, err)
	}
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enums.IndexedValueType{}
	for _, name := range workflows.AttributeNames() {
		if _, has := known.GetCustomAttributes()[name]; !has {
			missing[name] = enums.INDEXED_VALUE_TYPE_KEYWORD
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing}); err != nil {
		return fmt.Errorf("add search attributes: %w", err)
	}
	// They are used only once the server lists them: it refuses workflows with attributes that it does not know yet.
	return errors.New("search attributes are being made known")
}
