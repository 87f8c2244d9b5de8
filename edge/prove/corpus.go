package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/syntra-dev/syntra/edge/corpus"
)

// corpus sends every case over every way that can say it.
func (b *bench) corpus(ctx context.Context, rounds int, f *figures) error {
	replica, err := corpus.Listen()
	if err != nil {
		return err
	}
	defer replica.Close()
	if err := b.put(ctx, "svc_corpus", corpus.Host, replica.Addr()); err != nil {
		return err
	}
	trust, err := b.trust(corpus.Host)
	if err != nil {
		return err
	}
	e := corpus.Edge{HTTP: b.http(), HTTPS: b.https(), Trust: trust, Replica: replica, Visitors: 3}
	cases := corpus.Cases()
	f.ways, f.cases = len(corpus.Ways), len(cases)
	for round := range rounds {
		for _, way := range corpus.Ways {
			for i, c := range cases {
				if !c.Speaks(way) {
					continue
				}
				f.sent++
				for _, wrong := range e.Run(ctx, way, c, fmt.Sprintf("%d-%s-%d", round, way, i)) {
					fmt.Printf("%s, %s: %s\n", way, c.Name, wrong)
					if !strings.HasPrefix(wrong, "desynchronised") {
						f.wrong++
					}
				}
			}
		}
	}
	f.desynchronised = len(replica.Desynchronised())
	return ctx.Err()
}
