package deployment

// Where says on which servers a deployment works.
type Where struct {
	// On are the servers that run the service afterwards, in the order of its placement.
	On []string
	// Left are the servers that the service leaves.
	Left []string
}

// CheckStrategy refuses a strategy that this version cannot carry out.
func (r Requested) CheckStrategy() error {
	s := r.Strategy.WithDefaults()
	if err := s.Check(); err != nil {
		return err
	}
	return s.CheckAvailable()
}

// PlanOf returns the steps of a deployment, in order. It is the one place that turns a strategy into steps. A redeploy has
// no source and no build, a rollback and a placement no release either. On several servers the release is started and
// healthy on all of them before the traffic moves on the first, and the traffic has moved on all before the old release is
// drained on the first: no edge sends to it any more then, its own requests or another's.
func PlanOf(r Requested, where Where) ([]PlannedStep, error) {
	if err := r.CheckStrategy(); err != nil {
		return nil, err
	}
	var stages []Stage
	switch r.Kind {
	case Deploy:
		stages = At("", Source, Build, Release)
	case Redeploy:
		stages = At("", Release)
	}
	each := func(targets []string, kinds ...StepKind) {
		for _, target := range targets {
			stages = append(stages, At(target, kinds...)...)
		}
	}
	each(where.On, Start, Health)
	each(where.On, Shift)
	if r.Kind == Place {
		each(where.Left, Drain)
		each(where.Left, Remove)
	} else {
		each(where.On, Drain)
	}
	each(where.On, Verify)
	return NewPlan(stages...), nil
}
