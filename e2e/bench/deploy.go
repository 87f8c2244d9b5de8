package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// rest lies between two turns.
const rest = 2 * time.Second

// measureDeploy deploys versions that were never built, in turns with syn and by hand.
func measureDeploy(ctx context.Context, s settings, svc *service, hand *byHand, r *report) error {
	var ours, theirs, whole spread
	var byHand []turn
	var all []deployed
	for i := range s.runs {
		src := sample(svc.p, fmt.Sprintf("syn-%d", i))
		if err := src.Write(); err != nil {
			return err
		}
		if err := pause(ctx, rest); err != nil {
			return err
		}
		d, err := svc.deploy(ctx, src.Dir, src.Version)
		if err != nil {
			return err
		}
		ours, whole, all = append(ours, millis(d.answered.Sub(d.began))), append(whole, millis(d.exited.Sub(d.began))), append(all, d)

		src = sample(svc.p, fmt.Sprintf("hand-%d", i))
		if err := src.Write(); err != nil {
			return err
		}
		if err := pause(ctx, rest); err != nil {
			return err
		}
		t, container, err := hand.deploy(ctx, src.Dir, src.Version)
		if err != nil {
			return err
		}
		theirs, byHand = append(theirs, t.total), append(byHand, t)
		if err := hand.remove(ctx, container); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "  deploy %d: syn %.0f ms, by hand %.0f ms\n", i+1, ours[i], theirs[i])
	}
	const beside = "`docker build` + `docker run` + first 200"
	r.add(row{name: "`syn deploy` → first 200", ours: ours.ms(), beside: beside, theirs: theirs.ms(), ratio: ours.over(theirs), aim: 1.25})
	r.add(row{name: "`syn deploy` → its exit", ours: whole.ms(), beside: beside, theirs: theirs.ms(), ratio: whole.over(theirs)})
	r.sections = append(r.sections, breakdown("Where the time of a deployment goes", all, handParts(byHand)))
	return nil
}

// handParts are the parts of the deployments by hand.
func handParts(turns []turn) [][2]string {
	var build, run, answer spread
	for _, t := range turns {
		build, run, answer = append(build, t.build), append(run, t.run), append(answer, t.answer)
	}
	return [][2]string{{"by hand: `docker build`", build.ms()}, {"by hand: `docker run`", run.ms()}, {"by hand: until the first 200", answer.ms()}}
}
