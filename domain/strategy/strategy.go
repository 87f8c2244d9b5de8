// Package strategy is how a deployment moves a service's traffic to a new release, as data. It decides nothing about a
// single deployment: domain/deployment turns a strategy into the list of steps that are taken.
package strategy

import (
	"github.com/syntra-dev/syntra/domain"
)

// Kind names a way of moving traffic.
type Kind string

const (
	// Rolling replaces replicas a few at a time.
	Rolling Kind = "rolling"
	// BlueGreen starts the new release beside the old one and moves all traffic at once. It is the default.
	BlueGreen Kind = "blue_green"
	// Canary moves traffic in stages, and watches the new release at each of them.
	Canary Kind = "canary"
	// AB leaves two releases side by side, so that a person can compare them.
	AB Kind = "ab"
)

// Kinds are all kinds that have a form.
var Kinds = []Kind{Rolling, BlueGreen, Canary, AB}

// Bounds of a strategy.
const (
	MaxStages       = 20
	MaxWatchSeconds = 7 * 24 * 60 * 60
	MaxReplicas     = 100
)

// Strategy is a kind with its settings. A setting that belongs to another kind is refused.
type Strategy struct {
	Kind Kind `json:"kind"`
	// Steps are the stages of a canary. The last of them is followed by the whole traffic.
	Steps []Stage `json:"steps,omitempty"`
	// MaxSurge is how many replicas a rolling replacement may add beyond those that are asked for.
	MaxSurge int `json:"max_surge,omitempty"`
	// MaxUnavailable is how many replicas a rolling replacement may be short of those that are asked for.
	MaxUnavailable int `json:"max_unavailable,omitempty"`
}

// Stage of a canary: the share of the traffic in percent, and for how long the release is watched with it.
type Stage struct {
	Weight       int `json:"weight"`
	WatchSeconds int `json:"watch_seconds"`
}

// WithDefaults fills in what was left out.
func (s Strategy) WithDefaults() Strategy {
	if s.Kind == "" {
		s.Kind = BlueGreen
	}
	return s
}

// Check refuses a strategy that makes no sense. It does not say whether this version can carry the strategy out: see
// CheckAvailable.
func (s Strategy) Check() error {
	switch s.Kind {
	case Canary:
		if err := s.checkStages(); err != nil {
			return err
		}
	case Rolling, BlueGreen, AB:
		if len(s.Steps) > 0 {
			return invalid("strategy %q has no steps: leave them out, or use %q", s.Kind, Canary)
		}
	default:
		return invalid("strategy %q is unknown: use rolling, blue_green, canary or ab", s.Kind)
	}
	return s.checkReplicas()
}

func (s Strategy) checkStages() error {
	if len(s.Steps) == 0 || len(s.Steps) > MaxStages {
		return invalid("a canary has 1 to %d steps, not %d", MaxStages, len(s.Steps))
	}
	before := 0
	for i, stage := range s.Steps {
		switch {
		case stage.Weight < 1 || stage.Weight > 99:
			return invalid("step %d of the canary: weight %d is not within 1 to 99 percent", i+1, stage.Weight)
		case stage.Weight <= before:
			return invalid("step %d of the canary: weight %d is not more than the %d before it", i+1, stage.Weight, before)
		case stage.WatchSeconds < 1 || stage.WatchSeconds > MaxWatchSeconds:
			return invalid("step %d of the canary: watch_seconds %d is not within 1 to %d",
				i+1, stage.WatchSeconds, MaxWatchSeconds)
		}
		before = stage.Weight
	}
	return nil
}

func (s Strategy) checkReplicas() error {
	if s.Kind != Rolling {
		if s.MaxSurge != 0 || s.MaxUnavailable != 0 {
			return invalid("strategy %q has no max_surge and no max_unavailable: leave them out, or use %q", s.Kind, Rolling)
		}
		return nil
	}
	switch {
	case s.MaxSurge < 0 || s.MaxSurge > MaxReplicas || s.MaxUnavailable < 0 || s.MaxUnavailable > MaxReplicas:
		return invalid("max_surge and max_unavailable are numbers of replicas from 0 to %d", MaxReplicas)
	case s.MaxSurge == 0 && s.MaxUnavailable == 0:
		return invalid("max_surge and max_unavailable are both 0: no replica could ever be replaced")
	}
	return nil
}

// CheckAvailable refuses a strategy that this version of Syntra knows, but cannot carry out yet.
func (s Strategy) CheckAvailable() error {
	if s.Kind == BlueGreen {
		return nil
	}
	return invalid("strategy %q is not available yet: use %q, or leave the strategy out", s.Kind, BlueGreen).
		WithReason("strategy_not_yet")
}

func invalid(format string, args ...any) *domain.Error {
	return domain.Errorf(domain.Invalid, format, args...).WithReason("bad_strategy")
}
