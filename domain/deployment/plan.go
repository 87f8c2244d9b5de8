package deployment

// PlanOf returns the steps of a deployment, in order. It is the one place that turns a strategy into steps. A redeploy has
// no source and no build, a rollback no release either.
func PlanOf(r Requested) ([]PlannedStep, error) {
	s := r.Strategy.WithDefaults()
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := s.CheckAvailable(); err != nil {
		return nil, err
	}
	var kinds []StepKind
	switch r.Kind {
	case Deploy:
		kinds = []StepKind{Source, Build, Release}
	case Redeploy:
		kinds = []StepKind{Release}
	}
	return NewPlan(r.ServerID, append(kinds, Start, Health, Shift, Drain, Verify)...), nil
}
