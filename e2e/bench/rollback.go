package main

import (
	"context"
	"fmt"
	"os"
)

// measureRollback goes back and forth between two releases, each time to the one that is kept warm, in turns with
// starting a stopped container of the same source.
func measureRollback(ctx context.Context, s settings, svc *service, hand *byHand, r *report) error {
	var releases [2]struct{ id, version string }
	for i := range releases {
		src := sample(svc.p, fmt.Sprintf("back-%d", i))
		if err := src.Write(); err != nil {
			return err
		}
		d, err := svc.deploy(ctx, src.Dir, src.Version)
		if err != nil {
			return err
		}
		if d.Release == nil {
			return fmt.Errorf("deployment %s succeeded without a release", d.ID)
		}
		releases[i].id, releases[i].version = d.Release.ID, src.Version
	}
	src := sample(svc.p, "old")
	if err := src.Write(); err != nil {
		return err
	}
	_, container, err := hand.deploy(ctx, src.Dir, src.Version)
	if err != nil {
		return err
	}
	var ours, theirs spread
	var all []deployed
	for i := range s.runs {
		if err := hand.stop(ctx, container); err != nil {
			return err
		}
		if err := pause(ctx, rest); err != nil {
			return err
		}
		to := releases[i%2]
		d, err := svc.rollback(ctx, to.id, to.version)
		if err != nil {
			return err
		}
		if err := pause(ctx, rest); err != nil {
			return err
		}
		took, err := hand.start(ctx, container, src.Version)
		if err != nil {
			return err
		}
		ours, theirs, all = append(ours, millis(d.answered.Sub(d.began))), append(theirs, millis(took)), append(all, d)
		fmt.Fprintf(os.Stderr, "  rollback %d: Syntra %.0f ms, by hand %.0f ms\n", i+1, ours[i], theirs[i])
	}
	r.add(row{name: "rollback → first 200", ours: ours.ms(), beside: "`docker start` + first 200", theirs: theirs.ms(), ratio: ours.over(theirs), aim: 1.3})
	r.sections = append(r.sections, breakdown("Where the time of a rollback goes", all, nil))
	return hand.remove(ctx, container)
}
